"""Tables as CSV (RFC 4180) that a spreadsheet opens without running anything, and an import reads back unchanged.

A text that a spreadsheet could take for a formula, that begins with an apostrophe or that is empty, gets an apostrophe
in front: spreadsheets hide it, and whoever reads the table back takes one away. Numbers, dates and truth values are
written as they are: nothing in them can be a formula.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from litestar.response import Stream

from domain.shared.money import plain

Cell: TypeAlias = str | Decimal | int | bool | date | datetime | UUID | None
Row = TypeVar("Row")

MEDIA_TYPE: Final = "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "|", "%")
# what is larger waits on disk: no export is ever held in memory as a whole
_IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024


def cell_text(cell: Cell) -> str:
    """Return how a cell is written; None is empty."""
    match cell:
        case None:
            text = ""
        case bool():
            text = "true" if cell else "false"
        case str():
            text = f"'{cell}" if not cell or cell.startswith(_FORMULA) else cell
        case Decimal():
            text = plain(cell)
        case datetime():
            text = cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case _:
            text = str(cell)
    return text


async def table(
    name: str, header: Sequence[str], rows: AsyncIterator[Row], render: Callable[[Row], Iterator[Sequence[Cell]]]
) -> Stream:
    """Answer with a CSV file; each row becomes as many lines as `render` makes of it.

    The whole table is read before the first byte leaves: a failure is still a problem then and not half a file, and no
    slow reader keeps a connection to the database.
    """
    return await text_file(name, MEDIA_TYPE, _lines(header, rows, render))


async def _lines(
    header: Sequence[str], rows: AsyncIterator[Row], render: Callable[[Row], Iterator[Sequence[Cell]]]
) -> AsyncIterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    async for row in rows:
        writer.writerows([cell_text(cell) for cell in line] for line in render(row))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


async def text_file(name: str, media_type: str, texts: AsyncIterator[str]) -> Stream:
    """Answer with a file of these texts, one after the other; all of them are read before the first byte leaves."""
    kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    waiting = io.StringIO()
    try:
        async for text in texts:
            waiting.write(text)
            if waiting.tell() > _PIECE:
                _move(waiting, kept)
        _move(waiting, kept)
    except BaseException:
        kept.close()
        raise
    return download(name, media_type, kept)


def download(name: str, media_type: str, content: tempfile.SpooledTemporaryFile[bytes]) -> Stream:
    """Answer with a file to be kept under a name; closes the content when it has been sent."""
    content.seek(0)
    return Stream(
        _pieces(content),
        media_type=f"{media_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _move(text: io.StringIO, kept: tempfile.SpooledTemporaryFile[bytes]) -> None:
    kept.write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


async def _pieces(content: tempfile.SpooledTemporaryFile[bytes]) -> AsyncIterator[bytes]:
    with content:
        while piece := content.read(_PIECE):
            yield piece
