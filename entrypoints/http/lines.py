"""Long lists as a stream: one row a line, in the order and with the filters of the list, page by page underneath.

A page is read when the reader has taken the one before, so neither memory nor a connection to the database is held for
a slow reader. The last line says that this is all, or why it is not and from which cursor to go on: whoever sees
no such line has been cut off.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.response import Stream
from litestar.types import Scope
from msgspec import UNSET, Struct, UnsetType

from application.shared.pages import MAX_LIMIT, Page, PageRequest
from entrypoints.http.auth import Renewal, provide_renewal
from entrypoints.http.context import exchange
from entrypoints.http.envelope import Meta, Success, paged
from entrypoints.http.problem import Problem, problem_of, translate

T = TypeVar("T")
Row = TypeVar("Row")
# what a handler of such a list returns; the OpenAPI tells both forms
Listed: TypeAlias = Success[list[T]] | Stream

MEDIA_TYPE: Final = "application/x-ndjson"
# how long a token that is no longer good may go on to be served
_STILL_ALLOWED_EVERY_S: Final = 4.0
_LONGEST_ACCEPT: Final = 1_024
_REFUSED: Final = re.compile(r"q=0(?:\.0*)?\s*$")
_encoder: Final = msgspec.json.Encoder()


class LastLine(Struct, rename="camel", kw_only=True):
    """The end of a stream of rows. No row has a member `complete`."""

    complete: Annotated[bool, msgspec.Meta(description="Whether these are all rows.", examples=[True])]
    rows: Annotated[int, msgspec.Meta(ge=0, description="How many rows came before this line.", examples=[2])]
    next_cursor: (
        Annotated[
            str,
            msgspec.Meta(
                description="Where to go on if these are not all: send this as `cursor`.", examples=["eyJrIjoxfQ"]
            ),
        ]
        | None
    )
    problem: Annotated[Problem, msgspec.Meta(description="Why these are not all.")] | UnsetType = UNSET
    meta: Meta


@dataclass(frozen=True, slots=True)
class Rows:
    """How the reader of a list wants its rows."""

    page: PageRequest
    renewal: Renewal
    as_lines: bool
    clock: Callable[[], float] = monotonic

    async def listed(
        self, fetch: Callable[[PageRequest], Awaitable[Page[Row]]], render: Callable[[Row], T]
    ) -> Listed[T]:
        """Answer with one page, or with all rows from the cursor on as lines.

        What goes wrong before the first row is a problem as ever.
        """
        if not self.as_lines:
            return paged(await fetch(self.page), render)
        first = await fetch(PageRequest(MAX_LIMIT, self.page.cursor))
        lines = self._lines(first, fetch, render)
        # the media type of a Stream gives way to that of its handler, a header does not
        headers = {"Content-Type": MEDIA_TYPE, "Vary": "Accept", "X-Accel-Buffering": "no"}
        return Stream(lines, headers=headers)

    async def _lines(
        self, page: Page[Row], fetch: Callable[[PageRequest], Awaitable[Page[Row]]], render: Callable[[Row], T]
    ) -> AsyncIterator[bytes]:
        asked, rows = self.clock(), 0
        while True:
            if page.rows:
                rows += len(page.rows)
                yield _encoder.encode_lines([render(row) for row in page.rows])
            cursor = page.next_cursor
            if cursor is None:
                yield _last(rows, None, None)
                return
            try:
                if self.clock() - asked > _STILL_ALLOWED_EVERY_S:
                    await self.renewal()
                    asked = self.clock()
                page = await fetch(PageRequest(MAX_LIMIT, cursor))
            except Exception as error:  # noqa: BLE001 - the status has gone out: this line is where it can be told
                yield _last(rows, cursor, error)
                return


async def provide_rows(scope: Scope, page: NamedDependency[PageRequest]) -> Rows:
    """Return how the rows are wanted."""
    return Rows(page, await provide_renewal(scope), as_lines=wants_lines(scope))


def wants_lines(scope: Scope) -> bool:
    """Say whether `Accept` names the type of lines, and not to refuse it."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    for part in accepted[:_LONGEST_ACCEPT].decode("latin-1").lower().split(","):
        kind, _, parameters = part.partition(";")
        if kind.strip() == MEDIA_TYPE:
            return _REFUSED.search(parameters) is None
    return False


def _last(rows: int, cursor: str | None, error: Exception | None) -> bytes:
    current = exchange()
    line = LastLine(
        complete=error is None,
        rows=rows,
        next_cursor=cursor,
        problem=UNSET if error is None else problem_of(translate(error)[0]),
        meta=Meta(timestamp=current.received_at, request_id=current.request_id),
    )
    return _encoder.encode(line) + b"\n"
