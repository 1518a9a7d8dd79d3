"""Text is cut into the same records whatever the windows are, and a bad record costs no good one."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.imports.delimited.encodings import FileProbe
from adapters.ledger.imports.delimited.records import MAX_RECORD_CHARACTERS, WINDOW_BYTES, Grid, Record, cut
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.layout import Encoding, Place

COMMA = Grid(",")


def records(
    data: bytes, encoding: Encoding = Encoding.UTF_8, window: int = WINDOW_BYTES, grid: Grid = COMMA
) -> list[Record]:
    """All records of a file, read in windows that begin where the last one ended."""
    found: list[Record] = []
    place = Place(0, 1)
    while place.offset < len(data):
        piece = data[place.offset : place.offset + window]
        before = place
        for step in cut(piece, place, encoding, grid, final=place.offset + len(piece) >= len(data)):
            place = step.end
            if step.record is not None:
                found.append(step.record)
        if place == before:
            window *= 2
    return found


def cells(data: bytes) -> list[tuple[str, ...]]:
    """The cells of good records."""
    return [record.cells for record in records(data) if record.problem is None]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).map(str.strip)
CELL = st.one_of(TEXT, st.sampled_from(['"', '""', 'a"b', "a,b", "a\nb", "a\r\nb", "x"]))
ROWS = st.lists(
    st.lists(CELL, min_size=1, max_size=4).filter(lambda row: any(cell.strip() for cell in row)), max_size=8
)


def usable(rows: list[list[str]]) -> bool:
    """Whether no cell looks like what spreadsheets do to texts, nor holds the sign of a broken encoding."""
    return not any(cell.strip().startswith(("'", "=")) or "\ufffd" in cell for row in rows for cell in row)


@given(ROWS.filter(usable), st.integers(1, 40), st.sampled_from(list(Encoding)))
def test_what_a_csv_writer_writes_is_read_in_any_windows(
    rows: list[list[str]], window: int, encoding: Encoding
) -> None:
    """Also when a window ends inside a cell, a quote, a line break or a character."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    text = buffer.getvalue()
    if encoding is Encoding.CP1252:
        text = text.encode("cp1252", errors="ignore").decode("cp1252")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    data = text.encode(encoding.value)
    expected = [tuple(cell.strip() for cell in row) for row in rows]
    assert [record.cells for record in records(data, encoding, window * 4)] == expected


@given(st.binary(max_size=400), st.integers(4, 60))
def test_any_bytes_are_cut_alike_in_any_windows(data: bytes, window: int) -> None:
    """Nothing raises, and the windows make no difference."""
    assert records(data, Encoding.CP1252, window) == records(data, Encoding.CP1252)


def test_line_numbers_are_those_of_the_file() -> None:
    """Blank lines and line breaks inside cells count."""
    found = records(b'a,b\r\n\r\n"x\ny",1\rc,d\n')
    assert [(record.line, record.cells) for record in found] == [(1, ("a", "b")), (3, ("x\ny", "1")), (5, ("c", "d"))]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'1,"unclosed,2', "not closed"),
        (b'1,"x"y,2', "follows the closing quote"),
        (b"1,\x00,2", "U+0000"),
        (b"1," + b"x" * (MAX_RECORD_CHARACTERS + 10), "longer than"),
        (b"," * 2000, "more than 1000 cells"),
    ],
)
def test_a_bad_line_costs_only_itself(bad: bytes, reason: str) -> None:
    """The rows before and after it are read."""
    good = b"".join(b"%d,%d\n" % (number, number) for number in range(40_000))
    found = records(b"a,b\n" + bad + b"\n" + good)
    problems = [record for record in found if record.problem is not None]
    assert [record.line for record in problems] == [2]
    assert reason in str(problems[0].problem)
    assert len(found) == 40_002


def test_a_stray_quote_does_not_swallow_rows_up_to_the_next_quote() -> None:
    """A record over several lines that is wider than the header is no record."""
    found = records(b'a,b,c\n1,"2,3\n4,5,6\n7,"",9\n', grid=Grid(",", 3))
    assert [record.cells for record in found] == [("a", "b", "c"), (), ("4", "5", "6"), ("7", "", "9")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'=1+1", "=1+1"),
        ("'+x", "+x"),
        ("'-1", "-1"),
        ("'@x", "@x"),
        ("'x", "'x"),
        ('"=""0012"""', "0012"),
        ("=1", "=1"),
    ],
)
def test_formulas_that_were_made_harmless_are_texts_again(cell: str, text: str) -> None:
    """What spreadsheets and careful exporters put before a text is taken away."""
    assert cells(f"{cell},b\n".encode()) == [(text, "b")]


VERBATIM = Grid(",", 3, verbatim=True)


@pytest.mark.parametrize("cell", [" =x ", "'=1+1", "''", "'", '="0012"', "\ufffd", "\ta\r", "x" * 200_000])
def test_verbatim_cells_are_as_they_are_written(cell: str) -> None:
    """Blanks, apostrophes and the sign for a broken character are part of the text, and long texts fit."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([cell, "b"])
    assert [record.cells for record in records(buffer.getvalue().encode(), grid=VERBATIM)] == [(cell, "b")]


def test_a_byte_that_is_no_character_makes_a_verbatim_row_bad() -> None:
    """In a file that is not all UTF-8 the sign stands for what was lost."""
    (record,) = records(b"a\x81,b\n", Encoding.CP1252, grid=VERBATIM)
    assert "no character" in str(record.problem)


@pytest.mark.parametrize("start", ["", '"'], ids=["line", "quote"])
@pytest.mark.parametrize("character", ["x", "\u20ac", "\U0001f600"])
def test_what_fills_a_window_without_an_end_is_passed_over(start: str, character: str) -> None:
    """Whatever a character takes, reading goes on behind it."""
    overlong = character * (2 * WINDOW_BYTES // len(character.encode()))
    found = records(f"{start}{overlong}\na,b\n".encode(), grid=VERBATIM)
    assert [record.problem is None for record in found] == [False, True]
    assert found[1].cells == ("a", "b")


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 20_000_000,
        b'"' * 5_000_000,
        b'a,"\n' * 200_000,
        b'"a\n' * 200_000,
        b"\x00" * 20_000_000,
        b"\r" * 200_000,
    ],
    ids=["one line", "quotes", "open quotes", "opening quotes", "NULs", "breaks"],
)
def test_garbage_is_cut_in_time_that_grows_with_its_size(data: bytes) -> None:
    """What takes seconds here would take hours if anything were quadratic."""
    started = time.process_time()
    records(data)
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"a,b", Encoding.UTF_8),
        ("\ufeffa,é".encode(), Encoding.UTF_8),
        ("é".encode("cp1252"), Encoding.CP1252),
        ("\ufeffa,é".encode("utf-16-le"), Encoding.UTF_16_LE),
        ("\ufeffa,é".encode("utf-16-be"), Encoding.UTF_16_BE),
        (b"", Encoding.UTF_8),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_the_encoding_is_found_in_pieces(data: bytes, encoding: Encoding, piece: int) -> None:
    """By the mark, else UTF-8 if all of it is, else Windows-1252."""
    probe = FileProbe()
    for start in range(0, len(data), piece):
        probe.feed(data[start : start + piece])
    assert probe.finish() is encoding


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08\x00", b"\xff\xfe\x00\xd8a"])
def test_a_file_of_another_kind_is_named(head: bytes) -> None:
    """What people upload by mistake is told apart."""
    probe = FileProbe()
    probe.feed(head + b"rest of it")
    with pytest.raises(Unreadable):
        probe.finish()
