"""Files that are read at once: fed in pieces, within limits, then handed to their format as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from adapters.ledger.imports.delimited.records import Grid, Record, cut
from adapters.ledger.imports.format import JsonFormat, SectionedFormat, XmlFormat
from adapters.ledger.imports.xml.elements import ElementReader
from application.ledger.imports.format_ports import FileContext, WholeFile
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.tradebook_import import MAX_STATEMENT_RECORDS

MAX_JSON_BYTES: Final = 16 * 1024 * 1024
_MOST_SHARED: Final = 50_000


@final
class SectionedFile(WholeFile):
    """Cuts the text into records as it arrives; equal cells are kept once."""

    def __init__(self, format_: SectionedFormat, layout: Layout, context: FileContext) -> None:
        self._format = format_
        self._layout = layout
        self._context = context
        self._grid = Grid(layout.delimiter)
        self._place = layout.body
        self._skip = layout.body.offset
        self._waiting = b""
        self._records: list[Record] = []
        self._shared: dict[str, str] = {}

    def feed(self, piece: bytes) -> None:
        """Take in the next piece."""
        self._waiting += piece[self._skip :]
        self._skip = max(0, self._skip - len(piece))
        self._cut(final=False)

    def rows(self) -> Iterator[ReadRow]:
        """Return what the format makes of the records."""
        self._cut(final=True)
        return apart(self._format.read(iter(self._records), self._context))

    def _cut(self, *, final: bool) -> None:
        begun = self._place.offset
        for step in cut(self._waiting, self._place, self._layout.encoding, self._grid, final=final):
            self._place = step.end
            if step.record is not None:
                self._take(step.record)
        self._waiting = self._waiting[self._place.offset - begun :]

    def _take(self, record: Record) -> None:
        if len(self._records) >= MAX_STATEMENT_RECORDS:
            raise Unreadable(
                f"The file has more than {MAX_STATEMENT_RECORDS} rows; export shorter periods and import each."
            )
        self._records.append(Record(record.line, tuple(map(self._share, record.cells)), record.problem))

    def _share(self, cell: str) -> str:
        return self._shared.setdefault(cell, cell) if len(self._shared) < _MOST_SHARED else cell


@final
class XmlFile(WholeFile):
    """Parses the XML as it arrives."""

    def __init__(self, format_: XmlFormat, context: FileContext) -> None:
        self._format = format_
        self._context = context
        self._reader = ElementReader(format_.wanted)

    def feed(self, piece: bytes) -> None:
        """Take in the next piece."""
        self._reader.feed(piece)

    def rows(self) -> Iterator[ReadRow]:
        """Return what the format makes of the elements."""
        self._reader.close()
        return apart(self._format.read(iter(self._reader.elements), self._context))


@final
class JsonFile(WholeFile):
    """Collects the document."""

    def __init__(self, format_: JsonFormat, context: FileContext) -> None:
        self._format = format_
        self._context = context
        self._content = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take in the next piece."""
        if len(self._content) + len(piece) > MAX_JSON_BYTES:
            raise Unreadable(
                f"The file has more than {MAX_JSON_BYTES} bytes of JSON; export shorter periods and import each."
            )
        self._content += piece

    def rows(self) -> Iterator[ReadRow]:
        """Return what the format makes of the document."""
        return apart(self._format.read(bytes(self._content), self._context))


def apart(rows: Iterator[ReadRow]) -> Iterator[ReadRow]:
    """Number the parts of each line anew: a tree may be written on a single line."""
    parts: dict[int, int] = {}
    for row in rows:
        part = parts.get(row.line, 0) + 1
        parts[row.line] = part
        yield row if row.part == part else ReadRow(row.line, row.content, part)
