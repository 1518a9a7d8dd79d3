"""Cuts text into records of cells, a window at a time, and loses no good record to a bad one.

Cells may be quoted, with doubled quotes inside and line breaks inside; lines end in LF, CR LF or CR. A quote
that is never closed, text after a closing quote, and a line beyond the limit cost the one line they are on:
reading goes on with the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.ledger.imports.delimited.encodings import REPLACEMENT, Decoder
from domain.ledger.imports.layout import Encoding, Place

MAX_RECORD_CHARACTERS = 64 * 1024
# what an export of ours can write of one trade: 1,000 chosen lots, 20 long links, notes full of quotes
MAX_VERBATIM_CHARACTERS = 240 * 1024
MAX_CELLS = 1_000
# a window holds any record that is not overlong, in any encoding, with room for more
WINDOW_BYTES = 512 * 1024

_LINE = re.compile(r"[^\r\n]*+(\r\n|\n|\r)?")
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_UNFINISHED = "The text ends within the record."
_FORMULA_QUOTE = re.compile(r"'[=+\-@\t\r]")
_FORMULA_TEXT = re.compile(r'="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a record, or the reason why it has none, with the line on which it begins."""

    line: int
    cells: tuple[str, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A record, and the place after it."""

    record: Record | None
    end: Place


@dataclass(frozen=True, slots=True)
class Grid:
    """How the text is divided: the delimiter, and the number of cells that no record over several lines exceeds.

    A record that runs over lines and is wider has swallowed others through a stray quote. Cells that are `verbatim`
    keep their blanks and whatever a spreadsheet would understand; others are trimmed and freed of that.
    """

    delimiter: str
    width: int = MAX_CELLS
    verbatim: bool = False

    @property
    def longest(self) -> int:
        """How many characters a record may have."""
        return MAX_VERBATIM_CHARACTERS if self.verbatim else MAX_RECORD_CHARACTERS


def cut(data: bytes, place: Place, encoding: Encoding, grid: Grid, *, final: bool) -> Iterator[Cut]:
    """Yield the records of a window of bytes that begins at the place; `final` if the file ends with it.

    A window that is not final yields all records that end in it; if it is as long as `WINDOW_BYTES`, at least
    one cut. A cut without a record moves the place over blank lines, or over more of an overlong line.
    """
    decoder = Decoder(encoding)
    is_full = len(data) >= WINDOW_BYTES
    yield from _Window(decoder.decode(data, final=final), place, decoder, grid, final=final, is_full=is_full).cuts()


class _Window:
    """The text being cut, the position in it, and the position's place in the file."""

    def __init__(self, text: str, place: Place, decoder: Decoder, grid: Grid, *, final: bool, is_full: bool) -> None:
        self._text = text
        self._position = 0
        self._place = place
        self._decoder = decoder
        self._delimiter = grid.delimiter
        self._width = grid.width
        self._verbatim = grid.verbatim
        self._longest = grid.longest
        self._unclosed = f"A quote opens on this line and is not closed within {grid.longest} characters."
        self._final = final
        self._full = is_full
        self._plain = re.compile(rf"[^{re.escape(grid.delimiter)}\r\n]*+")

    def cuts(self) -> Iterator[Cut]:
        if self._place.inside:
            yield self._skip_on()
        while self._position < len(self._text) and not self._place.inside:
            step = self._next()
            if step is None:
                return
            yield step

    def _skip_on(self) -> Cut:
        """Skip what is left of an overlong line."""
        end, is_whole = self._line_end(self._position)
        self._advance(end, lines=1 if is_whole else 0, inside=not is_whole and not self._final)
        return Cut(None, self._place)

    def _next(self) -> Cut | None:
        start, line = self._position, self._place.line
        end, is_whole = self._line_end(start)
        if end - start > self._longest or (not is_whole and self._fills_window(start)):
            self._advance(end, lines=1 if is_whole else 0, inside=not is_whole and not self._final)
            reason = f"The line is longer than {self._longest} characters."
            return Cut(Record(line, (), reason), self._place)
        if not is_whole and not self._final:
            return None
        content = self._text[start:end].rstrip("\r\n")
        if '"' not in content:
            self._advance(end, lines=1, inside=False)
            return Cut(self._record(line, content.split(self._delimiter), content), self._place)
        return self._next_quoted(start, end, line)

    def _next_quoted(self, start: int, line_end: int, line: int) -> Cut | None:
        cells, position, problem = self._quoted_cells(start)
        if problem is None:
            raw = self._text[start:position]
            breaks = _count_breaks(raw)
            if breaks <= 1 or len(cells) <= self._width:
                self._advance(position, lines=breaks or 1, inside=False)
                return Cut(self._record(line, cells, raw), self._place)
            problem = self._unclosed
        if problem == _UNFINISHED:
            waits = len(self._text) - start <= self._longest and not self._fills_window(start)
            if waits and not self._final:
                return None
            problem = self._unclosed
        self._advance(line_end, lines=1, inside=False)
        return Cut(Record(line, (), problem), self._place)

    def _quoted_cells(self, start: int) -> tuple[list[str], int, str | None]:
        """Return the cells from `start`, the position after the record, and what is wrong with it."""
        text, delimiter = self._text, self._delimiter
        cells: list[str] = []
        position = start
        limit = start + self._longest
        while True:
            if text.startswith('"', position):
                match = _QUOTED.match(text, position, limit)
                if match is None:
                    return cells, position, _UNFINISHED
                cells.append(match[1].replace('""', '"'))
            else:
                match = self._plain.match(text, position)
                cells.append("" if match is None else match[0])
            position = position if match is None else match.end()
            if position >= len(text):
                return cells, position, None if self._final else _UNFINISHED
            if text.startswith(delimiter, position):
                position += 1
                continue
            if text[position] in "\r\n":
                end, is_whole = self._line_end(position)
                return cells, end, None if is_whole or self._final else _UNFINISHED
            return cells, position, f"Text follows the closing quote of cell {len(cells)}."

    def _fills_window(self, start: int) -> bool:
        """Tell whether what begins here has all of a full window and does not end in it."""
        return self._full and start == 0 and not self._final

    def _record(self, line: int, cells: list[str], raw: str) -> Record | None:
        if len(cells) > MAX_CELLS:
            return Record(line, (), f"The row has more than {MAX_CELLS} cells.")
        if not raw.isprintable():
            control = _CONTROL.search(raw)
            if control is not None:
                return Record(line, (), f"The row contains the control character U+{ord(control[0]):04X}.")
        if REPLACEMENT in raw and not (self._verbatim and self._decoder.is_lossless):
            return Record(line, (), "The row contains a byte that is no character in the file's encoding.")
        values = tuple(cells) if self._verbatim else tuple(_unescape(cell.strip()) for cell in cells)
        return Record(line, values) if any(values) else None

    def _line_end(self, start: int) -> tuple[int, bool]:
        """Return the position after the line, and whether its end is certain."""
        match = _LINE.match(self._text, start)
        if match is None:
            return start, False
        ending: str | None = match[1]
        # a CR at the very end may be the first half of CR LF
        is_whole = ending is not None and (ending != "\r" or match.end() < len(self._text) or self._final)
        return match.end(), is_whole

    def _advance(self, position: int, *, lines: int, inside: bool) -> None:
        size = self._decoder.size(self._text[self._position : position])
        self._place = Place(self._place.offset + size, self._place.line + lines, inside)
        self._position = position


def _count_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _unescape(cell: str) -> str:
    """Undo what spreadsheets and careful exporters do to text: `'=x` and `="00123"` are plain texts."""
    if cell[:1] not in {"'", "="}:
        return cell
    if _FORMULA_QUOTE.match(cell):
        return cell[1:]
    match = _FORMULA_TEXT.fullmatch(cell)
    return cell if match is None else str(match[1])
