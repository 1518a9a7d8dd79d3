"""A workbook becomes the text that its sheets would be as CSV, exactly, and no archive can take more than its share."""

from __future__ import annotations

import asyncio
import io
import random
import resource
import time
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.imports.workbook.archive import Archive
from adapters.ledger.imports.workbook.opening import opened
from adapters.ledger.imports.workbook.transcript import transcribe
from adapters.ledger.imports.workbook.values import date_text, number_text
from application.ledger.imports.format_ports import Upload
from domain.ledger.imports.errors import Unreadable
from tests.workbooks import cell, inline, packed, parts, row, sheet, workbook

# of the processor, not of the clock: other tests run beside this one
SECONDS = 30
MEGABYTES = 200


def text_of(content: bytes) -> str:
    """The text of a workbook."""
    out = io.BytesIO()
    with Archive(io.BytesIO(content)) as archive:
        transcribe(archive, out)
    return out.getvalue().decode()


def refusal(content: bytes) -> str:
    """Why an archive is not read, found within seconds and without much memory."""
    begun, before = time.thread_time(), _peak()
    with pytest.raises(Unreadable) as caught:
        text_of(content)
    assert time.thread_time() - begun < SECONDS
    assert _peak() - before < MEGABYTES
    return caught.value.message


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_rows_and_columns_keep_their_places() -> None:
    """Line n is row n, also past rows that are missing, and a missing cell is an empty one."""
    content = workbook({"Data": sheet(row(2, cell("B2", "1")), row(5, cell("A5", "2"), cell("C5", "3")))})
    assert text_of(content) == "\n,1\n\n\n2,,3\n"


def test_cells_without_a_place_follow_each_other() -> None:
    """Also past one that is empty."""
    assert text_of(workbook({"Data": inline([["a", "", "c"], ["", "b"]])})) == "a,,c\n,b\n"


def test_texts_are_shared_or_in_place_and_quoted_like_csv() -> None:
    """Commas, quotes and breaks stay within their cell; readings above a text are not part of it."""
    content = parts({"Data": sheet(row(1, cell("A1", "0", kind="s"), cell("B1", "1", kind="s")))})
    content["xl/sharedStrings.xml"] = (
        '<sst><si><r><t>A, "</t></r><r><t>B"</t></r><rPh sb="0" eb="1"><t>reading</t></rPh></si>'
        "<si><t>two\nlines</t></si></sst>"
    )
    assert text_of(packed(content)) == '"A, ""B""",two lines\n'


def test_other_kinds_of_cells() -> None:
    """Truth, errors and the stored value of a formula, which is not evaluated."""
    formula = '<c r="C1" t="str"><f>HYPERLINK("http://no-such-host.invalid","x")</f><v>shown</v></c>'
    content = workbook({"Data": sheet(row(1, cell("A1", "1", kind="b"), cell("B1", "#N/A", kind="e"), formula))})
    assert text_of(content) == "TRUE,#N/A,shown\n"


def test_dates_are_told_by_their_style() -> None:
    """A built-in date, one with a time and one of the sheet's own are ISO; a colour is no date."""
    cells = [cell("A1", "45292", style=1), cell("B1", "45292.385416666664", style=2), cell("C1", "45292", style=3)]
    content = workbook({"Data": sheet(row(1, *cells, cell("D1", "45292", style=4), cell("E1", "45292")))})
    assert text_of(content) == "2024-01-01,2024-01-01T09:15:00,2024-01-01,45292,45292\n"


def test_days_of_the_other_epoch() -> None:
    """Workbooks from old Macs count from 1904."""
    content = packed(parts({"Data": sheet(row(1, cell("A1", "43830", style=1)))}, from_1904=True))
    assert text_of(content) == "2024-01-01\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("1499.5999999999999", "1499.6"),
        ("0.30000000000000004", "0.3"),
        ("2.5000000000000001E-3", "0.0025"),
        ("1E+3", "1000"),
        ("1100000012345678", "1100000012345678"),
        ("-0", "-0"),
        ("-0.0", "0"),
        ("1E-999", "1E-999"),
        ("NaN", "NaN"),
        ("", ""),
    ],
)
def test_numbers_lose_the_noise_of_binary_fractions_and_nothing_else(raw: str, shown: str) -> None:
    """Fractions have the 15 digits that Excel has; whole numbers are ids and stay as they are."""
    assert number_text(raw) == shown


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_price_written_as_a_binary_fraction_comes_back(value: object) -> None:
    """Whatever Excel makes of it with its 17 digits."""
    text = f"{value:f}"
    noisy = f"{float(text):.17g}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    assert number_text(noisy) in {plain, "0" if plain in {"-0", ""} else plain}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("0.5", "12:00:00"),
        ("45292.999999999", "2024-01-02"),
        ("45292.38541724537", "2024-01-01T09:15:00.050"),
        ("2958466", "2958466"),
        ("-1", "-1"),
    ],
)
def test_serial_days(raw: str, shown: str) -> None:
    """Also around the leap day that never was, and beyond the calendar of workbooks."""
    assert date_text(raw, from_1904=False) == shown


def test_visible_sheets_follow_each_other() -> None:
    """A hidden one is not read."""
    content = parts({"One": inline([["a"]]), "Secret": inline([["x"]]), "Two": inline([["b"]])}, hidden=["Secret"])
    assert text_of(packed(content)) == "a\nb\n"


def test_external_targets_are_not_followed() -> None:
    """A relation that leads out of the file is as if it were not there."""
    content = parts({"One": inline([["a"]])})
    content["xl/_rels/workbook.xml.rels"] = (
        '<Relationships><Relationship Id="rId1" TargetMode="External" Type="x/worksheet" '
        'Target="http://no-such-host.invalid/"/></Relationships>'
    )
    assert refusal(packed(content)) == "The workbook has no visible sheet of cells."


def test_a_zip_that_is_no_workbook() -> None:
    """It says so."""
    assert "not an Excel workbook" in refusal(packed({"a.csv": "x"}))


@pytest.mark.parametrize("share", [1, 3, 10, 50, 90, 99])
def test_a_truncated_workbook_is_refused(share: int) -> None:
    """Wherever it ends."""
    content = workbook({"Data": inline([[str(number), "x" * 30] for number in range(500)])})
    assert "damaged" in refusal(content[: len(content) * share // 100])


def test_a_damaged_part_is_refused() -> None:
    """A checksum that does not fit, bytes that do not inflate."""
    content = bytearray(workbook({"Data": inline([[str(number), "x" * 30] for number in range(2_000)])}))
    place = content.find(b"xl/worksheets/sheet1.xml") + 200
    content[place : place + 50] = bytes(50)
    assert "damaged" in refusal(bytes(content)) or "well-formed" in refusal(bytes(content))


def test_a_bomb_is_stopped_while_it_unpacks() -> None:
    """Hundreds of megabytes of one byte in a small part."""
    content = parts({"Data": sheet()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            if not name.startswith("xl/worksheets"):
                archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            member.write(b"<worksheet><sheetData>")
            blank = b"<x></x>    " * 100_000
            for _ in range(300):
                member.write(blank)
    assert "unpacks to more than can be read" in refusal(out.getvalue())


def test_a_text_that_every_cell_repeats_is_stopped_while_it_is_written() -> None:
    """A long shared text and many cells that refer to it."""
    cells = "".join(row(number, '<c t="s"><v>0</v></c>' * 50) for number in range(1, 2_000))
    assert "bytes of text" in refusal(packed(parts({"Data": sheet(cells)}, shared=["x" * 30_000])))


def test_a_long_list_of_members_is_not_read() -> None:
    """Python's own reader would keep all of it in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number:08}", b"")
    assert "more members" in refusal(out.getvalue())


@pytest.mark.parametrize(
    ("part", "text", "reason"),
    [
        ("xl/worksheets/sheet1.xml", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>', "document type"),
        ("xl/sharedStrings.xml", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>', "document type"),
        ("xl/worksheets/sheet1.xml", "<worksheet>" + "<a>" * 100, "levels deep"),
        ("xl/worksheets/sheet1.xml", "<worksheet a='" + "x" * 2_000_000 + "'/>", "has a tag of more than"),
        ("xl/worksheets/sheet1.xml", "<worksheet><row r='9999999'/></worksheet>", "stands where it cannot"),
        ("xl/worksheets/sheet1.xml", "<worksheet><row r='1'><c r='ZZZZ1'/></row></worksheet>", "no place in a sheet"),
        ("xl/worksheets/sheet1.xml", "<worksheet><row r='1'><c r='ZZZ1'><v>1</v></c></row></worksheet>", "columns"),
        ("xl/worksheets/sheet1.xml", "<worksheet><row r='1'><c t='s'><v>7</v></c></row></worksheet>", "lacks"),
    ],
)
def test_parts_that_ask_for_trouble(part: str, text: str, reason: str) -> None:
    """Each is refused for what it is."""
    content = parts({"Data": sheet()})
    content[part] = text
    assert reason in refusal(packed(content))


def test_garbage_that_begins_like_an_archive_is_refused_at_once() -> None:
    """Fifty megabytes of it, with and without the end of an archive."""
    noise = b"PK\x03\x04" + random.Random(5).randbytes(50 * 1024 * 1024)  # noqa: S311 - repeatable noise
    assert "damaged" in refusal(noise)
    assert "not an Excel workbook" in refusal(noise + b"PK\x05\x06" + bytes(18))


@given(st.binary(max_size=3_000), st.integers(0, 2_999), st.integers(1, 40))
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(noise: bytes, place: int, length: int) -> None:
    """And nothing else happens."""
    content = bytearray(workbook({"Data": inline([["a", "b"], ["1", "2"]])}))
    content[place : place + length] = noise[:length]
    try:
        text_of(bytes(content))
    except Unreadable:
        return


@dataclass(frozen=True, slots=True)
class Bytes(Upload):
    """A file in memory."""

    content: bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it in odd pieces."""
        for start in range(0, len(self.content), 1_000):
            yield self.content[start : start + 1_000]


async def _read(content: bytes) -> bytes:
    async with opened(Bytes(content)) as upload:
        return b"".join([piece async for piece in upload.chunks()])


def test_an_upload_is_opened_only_if_it_is_an_archive() -> None:
    """Text passes as it is."""
    assert asyncio.run(_read(b"a,b\n1,2\n")) == b"a,b\n1,2\n"
    assert asyncio.run(_read(b"")) == b""
    assert asyncio.run(_read(workbook({"Data": inline([["a", "b"], ["1", "2"]])}))) == b"a,b\n1,2\n"
