"""Lists as lines: all rows in bounded memory, and an end that cannot be overlooked or mistaken."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import httpx
import pytest
from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from application.shared.pages import MAX_LIMIT, Page, PageRequest
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor
from domain.shared.errors import Invalid, Unauthenticated, Unavailable
from entrypoints.http.auth import Renewal
from entrypoints.http.lines import MEDIA_TYPE, Listed, Rows
from entrypoints.http.operations import RateClass
from entrypoints.http.rate_limits import LimitRules
from tests.asgi import in_process
from tests.entrypoints.http.toys import AUTH, TOKEN, Toy
from tests.hostile.server import LOOPBACK, listening
from tests.virtual_time import in_virtual_time

pytestmark = pytest.mark.anyio

LINES = {**AUTH, "Accept": MEDIA_TYPE}


class Number(Struct):
    value: int
    filler: str = ""


@dataclass
class Numbers:
    """A list of so many numbers, which fails where it is told to; notes what was read of it."""

    size: int
    fails_at: int | None = None
    error: Exception = field(default_factory=lambda: Unavailable("The database is away."))
    filler: str = ""
    reads: list[PageRequest] = field(default_factory=list)

    async def page(self, wanted: PageRequest) -> Page[int]:
        """Return a page."""
        self.reads.append(wanted)
        start = int(wanted.cursor or 0)
        if self.fails_at is not None and start >= self.fails_at:
            raise self.error
        end = min(start + wanted.limit, self.size)
        return Page(range(start, end), str(end) if end < self.size else None)

    def route(self) -> HTTPRouteHandler:
        """Return the operation that lists them."""

        @get("/numbers", tags=["trades"])
        async def list_numbers(rows: NamedDependency[Rows]) -> Listed[Number]:
            """List numbers."""
            return await rows.listed(self.page, lambda value: Number(value, self.filler))

        return list_numbers


def client_of(toy: Toy, numbers: Numbers) -> httpx.AsyncClient:
    transport = in_process(toy.build(routes=[numbers.route()]))
    return httpx.AsyncClient(transport=transport, base_url="http://toy/api/v1", headers=LINES)


async def lines_of(toy: Toy, numbers: Numbers, **query: str) -> tuple[list[int], dict[str, object]]:
    """Return the rows, and the last line."""
    async with client_of(toy, numbers) as client:
        response = await client.get("/numbers", params=query)
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.text.endswith("\n")
    *rows, last = [json.loads(line) for line in response.text.splitlines()]
    assert all("complete" not in row for row in rows)
    return [row["value"] for row in rows], last


@pytest.mark.parametrize("size", [0, 1, MAX_LIMIT, MAX_LIMIT + 1, 3 * MAX_LIMIT + 7])
async def test_all_rows_come_once_and_then_the_word_that_these_are_all(toy: Toy, size: int) -> None:
    numbers = Numbers(size)
    rows, last = await lines_of(toy, numbers, limit="3")
    assert rows == list(range(size))
    assert (last["complete"], last["rows"], last["nextCursor"]) == (True, size, None)
    assert "problem" not in last
    assert {wanted.limit for wanted in numbers.reads} == {MAX_LIMIT}


async def test_a_failure_under_way_is_told_at_the_end_with_where_to_go_on(toy: Toy) -> None:
    numbers = Numbers(3 * MAX_LIMIT, fails_at=2 * MAX_LIMIT)
    rows, last = await lines_of(toy, numbers)
    assert rows == list(range(2 * MAX_LIMIT))
    assert (last["complete"], last["rows"], last["nextCursor"]) == (False, 2 * MAX_LIMIT, str(2 * MAX_LIMIT))
    problem = last["problem"]
    assert isinstance(problem, dict)
    assert (problem["status"], problem["error"]["code"]) == (503, "unavailable")
    numbers.fails_at = None
    more, last = await lines_of(toy, numbers, cursor=str(2 * MAX_LIMIT))
    assert rows + more == list(range(3 * MAX_LIMIT))
    assert last["complete"] is True


async def test_an_error_that_nobody_expected_gives_nothing_away(toy: Toy) -> None:
    numbers = Numbers(2 * MAX_LIMIT, fails_at=MAX_LIMIT, error=RuntimeError("secret of ours"))
    _, last = await lines_of(toy, numbers)
    assert last["complete"] is False
    assert "secret" not in json.dumps(last)
    assert last["problem"]["status"] == 500  # type: ignore[index]  # JSON of a problem


@pytest.mark.parametrize(("error", "status"), [(Unavailable("Away."), 503), (Invalid("No such cursor."), 422)])
async def test_what_fails_before_the_first_row_is_a_problem_as_ever(toy: Toy, error: Exception, status: int) -> None:
    async with client_of(toy, Numbers(5, fails_at=0, error=error)) as client:
        response = await client.get("/numbers")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "as_lines"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        (MEDIA_TYPE, True),
        ("application/json;q=0.5, Application/X-NDJSON;q=0.9", True),
        (f"{MEDIA_TYPE};q=0", False),
        (f"{MEDIA_TYPE};q=0.00, */*", False),
        (f"{MEDIA_TYPE};q=0.001", True),
        (f"{MEDIA_TYPE}s", False),
        ("\xff,;q=,=", False),
        (",".join(["text/html"] * 2_000 + [MEDIA_TYPE]), False),
    ],
)
async def test_lines_are_for_those_who_ask_for_them(toy: Toy, accept: str | None, *, as_lines: bool) -> None:
    async with client_of(toy, Numbers(3)) as client:
        client.headers.pop("accept")
        response = await client.get(
            "/numbers", headers=[] if accept is None else [(b"accept", accept.encode("latin-1"))]
        )
    assert response.status_code == 200
    assert (response.headers["content-type"] == MEDIA_TYPE) is as_lines
    assert response.text.count("\n") == (4 if as_lines else 0)


async def test_a_list_as_lines_counts_as_heavy(toy: Toy) -> None:
    numbers = {RateClass.READ: 100, RateClass.WRITE: 100, RateClass.HEAVY: 2, RateClass.SIGN_IN: 100}
    rules = LimitRules(period_s=60, tier="test", tiers={"test": numbers})
    transport = in_process(toy.build(routes=[Numbers(1).route()], limits=rules))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy/api/v1", headers=AUTH) as client:
        as_lines = [(await client.get("/numbers", headers={"Accept": MEDIA_TYPE})).status_code for _ in range(3)]
        as_pages = [(await client.get("/numbers")).status_code for _ in range(3)]
    assert as_lines == [200, 200, 429]
    assert as_pages == [200, 200, 200]


async def test_a_session_that_ends_ends_the_stream() -> None:
    clock = iter(range(0, 100, 5))

    async def authenticate(token: AccessToken) -> Actor:
        raise Unauthenticated(f"The session of {token} has ended.")

    numbers = Numbers(3 * MAX_LIMIT)
    rows = Rows(PageRequest(), Renewal(authenticate, AccessToken(TOKEN)), as_lines=True, clock=lambda: next(clock))
    answer = await rows.listed(numbers.page, Number)
    assert isinstance(answer, Stream)
    # a Stream takes iterators of many kinds, this one of bytes
    *_, end = [piece async for piece in cast("AsyncIterator[bytes]", answer.iterator)]
    last = json.loads(end)
    assert last["complete"] is False
    assert last["problem"]["error"]["code"] == "unauthenticated"
    assert len(numbers.reads) == 1


@dataclass
class Watched:
    """An application, and when it has had enough of a request."""

    toy: Toy
    numbers: Numbers
    patience_s: float
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> object:
        """Return the application."""
        api = self.toy.build(routes=[self.numbers.route()], body_timeout_s=0.1, handler_timeout_s=self.patience_s)

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await api(scope, receive, send)
            finally:
                self.is_over.set()

        return watched


async def test_who_stops_reading_is_cut_off_without_the_last_line_and_costs_little_memory(toy: Toy) -> None:
    numbers = Numbers(10_000_000, filler="x" * 1_000)
    watched = Watched(toy, numbers, patience_s=0.3)
    async with listening(watched.app()) as server:
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plug.setblocking(False)  # noqa: FBT003 - the library's own signature
        await asyncio.get_running_loop().sock_connect(plug, (LOOPBACK, server.port))
        reader, writer = await asyncio.open_connection(sock=plug, limit=1_000)
        head = f"GET /api/v1/numbers HTTP/1.1\r\nHost: t\r\nAccept: {MEDIA_TYPE}\r\n"
        writer.write(f"{head}Authorization: {AUTH['Authorization']}\r\n\r\n".encode())
        async with asyncio.timeout(60):
            await watched.is_over.wait()
        assert len(numbers.reads) < 30
        try:
            got = await reader.read()
        except ConnectionError:
            got = b""
        assert b'"complete"' not in got
        writer.close()


def test_a_slow_reader_who_goes_on_reading_gets_everything(toy: Toy) -> None:
    """The whole takes several times as long as any single piece may, or the body of a request."""
    in_virtual_time(_a_slow_reader_gets_everything(toy))


async def _a_slow_reader_gets_everything(toy: Toy) -> None:
    numbers = Numbers(20 * MAX_LIMIT, filler="x" * 200)
    watched = Watched(toy, numbers, patience_s=0.5)
    begun = asyncio.get_running_loop().time()
    async with listening(watched.app()) as server:
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port, limit=10_000)
        head = f"GET /api/v1/numbers HTTP/1.1\r\nHost: t\r\nAccept: {MEDIA_TYPE}\r\nConnection: close\r\n"
        writer.write(f"{head}Authorization: {AUTH['Authorization']}\r\n\r\n".encode())
        got = bytearray()
        while piece := await reader.read(100_000):
            got += piece
            await asyncio.sleep(0.1)  # reads as slowly as that
        writer.close()
    assert b'"complete":true,"rows":10000' in got
    assert asyncio.get_running_loop().time() - begun > 3 * watched.patience_s
