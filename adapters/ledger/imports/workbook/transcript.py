"""Writes a workbook's visible sheets as comma-separated text, one below the other, a row to a line.

Line n of the text is row n of the first sheet; the next sheets count on. Formulas are not evaluated: what counts is
the value that was stored beside them.
"""

from __future__ import annotations

import re
from typing import IO, Final, final

from adapters.ledger.imports.delimited.records import MAX_CELLS
from adapters.ledger.imports.workbook.archive import Archive
from adapters.ledger.imports.workbook.parts import Book, local, read_book, read_date_styles, read_texts
from adapters.ledger.imports.workbook.values import date_text, number_text
from adapters.ledger.imports.xml.safe import SafeParser
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.tradebook_import import MAX_FILE_BYTES

_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_INDEX: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_BREAKS: Final = re.compile(r"[\r\n\t]+")
_SPECIAL: Final = re.compile(r'[",;|]')
_LAST_ROW: Final = 1_048_576
_FLUSH_CHARACTERS: Final = 256 * 1024
_TRUTH: Final = {"0": "FALSE", "1": "TRUE"}


def transcribe(archive: Archive, out: IO[bytes]) -> None:
    """Write the text; raise Unreadable for what is no workbook, damaged, or more than can be read."""
    book = read_book(archive)
    sheets = [sheet for sheet in book.sheets if archive.has(sheet.member)]
    if not sheets:
        raise Unreadable("The workbook has no visible sheet of cells.")
    texts, dates = read_texts(archive), read_date_styles(archive)
    writer = _Writer(out)
    for sheet in sheets:
        reader = _SheetReader(book, texts, dates, writer)
        parser = SafeParser(reader.start, end=reader.end, text=reader.text, what=f"The sheet {sheet.name[:64]!r}")
        for piece in archive.pieces(sheet.member):
            parser.feed(piece)
        parser.close()
    writer.flush()


@final
class _Writer:
    """Writes lines in large pieces, and no more of them than a file may have."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._lines: list[str] = []
        self._waiting = 0
        self._written = 0

    def line(self, text: str) -> None:
        self._lines.append(text)
        self._waiting += len(text) + 1
        if self._waiting > _FLUSH_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        data = ("\n".join(self._lines) + "\n").encode()
        self._lines, self._waiting = [], 0
        self._written += len(data)
        if self._written > MAX_FILE_BYTES:
            raise Unreadable(f"The workbook's sheets are more than {MAX_FILE_BYTES} bytes of text; split it.")
        self._out.write(data)


@final
class _SheetReader:
    """Gathers the cells of one row at a time."""

    def __init__(self, book: Book, texts: list[str], dates: frozenset[int], writer: _Writer) -> None:
        self._from_1904 = book.from_1904
        self._texts = texts
        self._dates = dates
        self._writer = writer
        self._row = 0
        self._cells: list[str] = []
        self._kind = "n"
        self._style = ""
        self._column = -1
        self._parts: list[str] = []
        self._listens = False
        self._readings = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name) if ":" in name else name
        if name == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._column = self._place(attributes.get("r"))
            self._parts = []
        elif name in {"v", "t"}:
            self._listens = not self._readings
        elif name == "row":
            self._begin_row(attributes.get("r", ""))
        elif name == "rPh":
            self._readings += 1

    def end(self, name: str) -> None:
        name = local(name) if ":" in name else name
        if name in {"v", "t"}:
            self._listens = False
        elif name == "c":
            self._take()
        elif name == "row":
            self._writer.line(",".join(self._cells))
        elif name == "rPh":
            self._readings -= 1

    def text(self, text: str) -> None:
        if self._listens:
            self._parts.append(text)

    def _begin_row(self, number: str) -> None:
        stated = _index(number)
        row = self._row + 1 if stated is None else stated
        if not self._row < row <= _LAST_ROW:
            raise Unreadable(f"Row {row} of a sheet stands where it cannot; save the workbook again.")
        for _ in range(row - self._row - 1):
            self._writer.line("")
        self._row, self._cells, self._column = row, [], -1

    def _place(self, place: str | None) -> int:
        if place is None:
            return self._column + 1
        match = _PLACE.fullmatch(place)
        if match is None:
            raise Unreadable(f"A cell of row {self._row} is named {place[:20]!r}, which is no place in a sheet.")
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        return column - 1

    def _take(self) -> None:
        value = self._value("".join(self._parts))
        if not value:
            return
        if self._column >= MAX_CELLS:
            raise Unreadable(f"Row {self._row} of a sheet has more than {MAX_CELLS} columns.")
        while len(self._cells) <= self._column:
            self._cells.append("")
        self._cells[self._column] = _quoted(value)

    def _value(self, raw: str) -> str:
        match self._kind:
            case "s":
                return self._shared(raw)
            case "inlineStr" | "str" | "e" | "d":
                return raw
            case "b":
                return _TRUTH.get(raw, raw)
            case _:
                is_date = _index(self._style) in self._dates
                return date_text(raw, from_1904=self._from_1904) if is_date else number_text(raw)

    def _shared(self, raw: str) -> str:
        number = _index(raw)
        if number is not None and number < len(self._texts):
            return self._texts[number]
        raise Unreadable(f"A cell of row {self._row} refers to text {raw[:20]!r}, which the workbook lacks.")


def _index(text: str) -> int | None:
    return int(text) if _INDEX.fullmatch(text) else None


def _quoted(value: str) -> str:
    if not value.isprintable():
        value = _BREAKS.sub(" ", value)
    return '"' + value.replace('"', '""') + '"' if _SPECIAL.search(value) else value
