"""Every format recognises its own files and no other's, and says of each row what it is or why it is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from adapters.ledger.imports.delimited.header import headers
from adapters.ledger.imports.formats import BrokerFormats
from adapters.ledger.imports.registry import TABLES
from application.ledger.imports.format_ports import FileHead, Window
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import FeeKind
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import Column, DateOrder, NumberStyle, RowOrder, SavedMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.ledger.imports.verdict import RowProblem
from domain.shared.instrument import Segment
from domain.shared.money import Currency
from tests.contracts.imports.samples import (
    EQUITY,
    EXPORT,
    FUNDS,
    FUTURES,
    GENERIC,
    SAMPLES,
    WORKBOOK,
    Sample,
    generic_mapping,
    saved,
)

MAPPING = saved(generic_mapping())
BERLIN = ZoneInfo("Europe/Berlin")


def recognised(content: bytes, *mappings: SavedMapping, wanted: str | None = None) -> Reading | Layout:
    """What the formats make of a file."""
    formats = BrokerFormats()
    probe = formats.probe()
    probe.feed(content)
    return formats.recognise(FileHead(content, probe.finish(), is_whole=True), wanted, mappings)


def read(content: bytes, mapping: SavedMapping = MAPPING) -> list[ReadRow]:
    """The rows of a file."""
    reading = recognised(content, mapping)
    assert isinstance(reading, Reading)
    start = reading.layout.body
    window = Window(content[start.offset :], start, is_last=True)
    return list(BrokerFormats().read(reading, window, BERLIN, 1000).rows)


def only(content: bytes, mapping: SavedMapping = MAPPING) -> Fill:
    """The only row, which is a fill."""
    (row,) = read(content, mapping)
    assert isinstance(row.content, Fill), row.content
    return row.content


def problem(content: bytes, mapping: SavedMapping = MAPPING) -> RowProblem:
    """The only row, which is bad."""
    (row,) = read(content, mapping)
    assert isinstance(row.content, RowProblem), row.content
    return row.content


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_each_sample_is_recognised_by_its_format_and_no_other(sample: Sample) -> None:
    """Whichever formats are listed."""
    probe = BrokerFormats().probe()
    probe.feed(sample.content)
    layouts = list(headers(sample.content, probe.finish(), final=True))
    by = {item.name for item in TABLES for layout in layouts if item.recognises(layout, None)}
    by |= {item.name for item in TABLES for layout in layouts if item.recognises(layout, MAPPING.mapping)}
    assert by == {sample.format}


def test_every_format_has_a_sample() -> None:
    """A format without one would never have been seen to work."""
    assert {item.name for item in TABLES} == {sample.format for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_each_sample_is_read_whole(sample: Sample) -> None:
    """All rows are fills, or what else the format holds."""
    rows = read(sample.content)
    assert len(rows) == sample.rows
    entry = CashEntry if sample.format == "tapedeck_cash" else Fill
    assert all(isinstance(row.content, entry) for row in rows)


def test_a_generic_file_without_a_fitting_mapping_is_not_recognised() -> None:
    """Its columns are told, so that a mapping can be made."""
    found = recognised(GENERIC)
    assert isinstance(found, Layout)
    assert found.columns == ("Ticker", "Way", "Pieces", "At", "When")


def test_two_fitting_mappings_leave_the_choice_to_the_user() -> None:
    """Nothing is guessed."""
    assert isinstance(recognised(GENERIC, MAPPING, saved(generic_mapping(), 2)), Layout)


def test_a_wanted_format_that_does_not_fit_is_refused_with_what_is_missing() -> None:
    """The message names the columns."""
    with pytest.raises(Unreadable, match="not of the format zerodha"):
        recognised(GENERIC, wanted="zerodha")
    with pytest.raises(Unreadable, match="ticker"):
        recognised(EQUITY, MAPPING, wanted="generic_csv")


def test_an_equity_row() -> None:
    """Times are India's, auctions and unusual series are noted, ids name the fill within exchange, segment and day."""
    first, second = (row.content for row in read(EQUITY))
    assert isinstance(first, Fill)
    assert isinstance(second, Fill)
    assert (first.instrument.symbol, first.instrument.exchange, first.instrument.segment) == (
        "FEDERALBNK",
        "BSE",
        Segment.EQUITY,
    )
    assert first.executed_at == datetime(2021, 4, 27, 4, tzinfo=UTC)
    assert (first.fill_id, first.sequence, first.notes) == ("BSE|equity|2021-04-27|T001", None, "Series A")
    assert (second.quantity, second.price, second.side) == (Decimal("30.000000"), Decimal("75.500000"), Side.BUY)
    assert (second.tags, second.sequence, second.notes) == (("auction",), 1776173, None)


def test_an_option_row() -> None:
    """The contract is the symbol; its expiry is noted."""
    fill = only(FUTURES)
    assert (fill.instrument.segment, fill.side, fill.notes) == (Segment.DERIVATIVE, Side.SELL, "Expiry 2024-04-25")
    assert fill.executed_at == datetime(2024, 4, 10, 3, 50, 0, 250_000, tzinfo=UTC)


def test_a_fund_with_a_long_name_goes_by_its_isin() -> None:
    """The name is kept as a note."""
    fill = only(FUNDS)
    assert (fill.instrument.symbol, fill.instrument.segment) == ("INF789F01XA0", Segment.FUND)
    assert str(fill.notes).startswith("A FUND WHOSE NAME")


def test_the_workbook_saved_as_csv() -> None:
    """A preamble, an empty column, title case, UTF-16: all the same."""
    assert only(WORKBOOK).executed_at == datetime(2024, 4, 10, 3, 45, tzinfo=UTC)


def test_an_exported_trade_has_all_that_was_entered() -> None:
    """Texts are as they were typed: without the export's apostrophes, with every blank and every other apostrophe."""
    first, second = (row.content for row in read(EXPORT))
    assert isinstance(first, Fill)
    assert isinstance(second, Fill)
    trades = [UUID("0190c6a2-0000-7000-8000-00000000000" + number) for number in ("1", "2")]
    assert [fill.fill_id for fill in (first, second)] == [f"tapedeck|{trade}" for trade in trades]
    assert (first.notes, second.notes) == ("=1+1\n'quoted' ", "")
    assert (first.broker_trade_id, first.broker_order_id, first.strategy) == ("00042", "-9", "breakout")
    assert (first.tick_size, first.lot_size, first.multiplier) == (Decimal("0.05"), Decimal(1), Decimal(1))
    assert (first.tags, first.attachments) == (("earnings", "a, b"), ("https://example.com/1",))
    assert first.fees.by_kind == {FeeKind.BROKERAGE: Decimal(20), FeeKind.STAMP_DUTY: Decimal("0.000000000000000001")}
    assert (first.executed_at, first.sequence) == (datetime(2024, 1, 2, 3, 48, 0, 1, tzinfo=UTC), 7)
    assert (first.settlement_date, first.category) == (date(2024, 1, 4), Category.SWING)
    assert (second.side, second.price, second.sequence) == (Side.SELL, Decimal("-2.5"), 0)
    assert second.lot_selection == (LotSelection(trades[0], Decimal("3.5")),)
    assert first.holding is None, "an exported trade stays in its instrument, whatever other exchanges list the paper"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",sell,", ",Sell,", "side"),
        (",4,-2.5,", ",4.0e1,-2.5,", "quantity"),
        ("0190c6a2-0000-7000-8000-000000000002,", "2,", "tradeId"),
        ("2024-01-03T03:48:00Z,0", "2024-01-03T03:48:00,0", "executedAt"),
        ("2024-01-03T03:48:00Z,0", "2024-01-03T03:48:00Z,-1", "sequence"),
        ("2024-01-03T03:48:00Z,0,,", "2024-01-03T03:48:00Z,0,2024-02-30,", "settlementDate"),
        ('""3.5""', '""3,5""', "lotSelection"),
        ('""3.5""', "3.5", "lotSelection"),
    ],
)
def test_an_exported_trade_that_was_damaged_is_refused(old: str, new: str, column: str) -> None:
    """The column is named, where it is the column that is wrong."""
    content = EXPORT.decode()
    assert old in content
    second = read(content.replace(old, new).encode())[1].content
    assert isinstance(second, RowProblem)
    assert second.column == column


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("buy", "transfer", "trade_type"),
        ("buy", "", "trade_type"),
        ("false", "perhaps", "auction"),
        (",EQ,A,", ",XX,A,", "segment"),
        (",50,", ",0,", "quantity"),
        (",50,", ",-50,", "quantity"),
        (",50,", ",,", "quantity"),
        (",50,", ",1e5,", "quantity"),
        (",50,", ",NaN,", "quantity"),
        (",74,", ",,", "price"),
        (",74,", ",N/A,", "price"),
        (",74,", ",७४,", "price"),
        (",2021-04-27,", ",27-04-2021,", "trade_date"),
        (",2021-04-27,", ",2021-02-30,", "trade_date"),
        ("T09:30:00", "T25:30:00", "order_execution_time"),
        ("2021-04-27T09:30:00", "", "order_execution_time"),
        ("FEDERALBNK", "", "symbol"),
        (",BSE,", ",,", "exchange"),
        ("T001", "T" * 70, "trade_id"),
        ("09:30:00\n", "09:30:00,extra\n", None),
    ],
)
def test_a_row_that_is_none_says_which_column_and_why(old: str, new: str, column: str | None) -> None:
    """With the value that was found."""
    text = "\n".join(EQUITY.decode().splitlines()[:2]) + "\n"
    found = problem(text.replace(old, new, 1).encode())
    assert found.column == column
    assert found.reason


def generic(row: str, **more: object) -> tuple[bytes, SavedMapping]:
    """A generic file with one row, and its mapping with something else in it."""
    return f"Ticker;Way;Pieces;At;When;Extra\n{row}\n".encode(), saved(generic_mapping(**more))


@pytest.mark.parametrize(
    ("style", "text", "value"),
    [
        (NumberStyle.PLAIN, "1234.50", "1234.50"),
        (NumberStyle.COMMA_THOUSANDS, "1,234.5", "1234.5"),
        (NumberStyle.COMMA_THOUSANDS, "12,34,567.5", "1234567.5"),
        (NumberStyle.COMMA_THOUSANDS, "1234.5", "1234.5"),
        (NumberStyle.SPACE_THOUSANDS, "1\u202f234.5", "1234.5"),
        (NumberStyle.APOSTROPHE_THOUSANDS, "1'234.5", "1234.5"),
        (NumberStyle.DECIMAL_COMMA, "1234,5", "1234.5"),
        (NumberStyle.DECIMAL_COMMA_POINT_THOUSANDS, "1.234,5", "1234.5"),
        (NumberStyle.DECIMAL_COMMA_SPACE_THOUSANDS, "1 234,5", "1234.5"),
        (NumberStyle.PLAIN, "1,5", None),
        (NumberStyle.PLAIN, "1e5", None),
        (NumberStyle.PLAIN, "1_000", None),
        (NumberStyle.COMMA_THOUSANDS, "1,2,3", None),
        (NumberStyle.DECIMAL_COMMA_POINT_THOUSANDS, "1.5", None),
    ],
)
def test_numbers_are_read_in_the_style_of_the_mapping_only(style: NumberStyle, text: str, value: str | None) -> None:
    """A mark that means something else is never guessed at."""
    content, mapping = generic(f"SAP;buy;{text};1;2024-01-02 10:00", numbers=style)
    if value is None:
        assert problem(content, mapping).column == "Pieces"
    else:
        assert only(content, mapping).quantity == Decimal(value)


@pytest.mark.parametrize(
    ("order", "text", "instant"),
    [
        (DateOrder.YEAR_FIRST, "2024-01-02 10:00", (1, 2, 9, 0)),
        (DateOrder.YEAR_FIRST, "2024/01/02T10:00:00", (1, 2, 9, 0)),
        (DateOrder.YEAR_FIRST, "20240102 10:00:00", (1, 2, 9, 0)),
        (DateOrder.YEAR_FIRST, "2024-01-02, 10:00:00", (1, 2, 9, 0)),
        (DateOrder.YEAR_FIRST, "2024-01-02T10:00:00Z", (1, 2, 10, 0)),
        (DateOrder.YEAR_FIRST, "2024-01-02T10:00:00+05:30", (1, 2, 4, 30)),
        (DateOrder.DAY_FIRST, "03/02/2024 10:00", (2, 3, 9, 0)),
        (DateOrder.DAY_FIRST, "3-Feb-2024 10:00 PM", (2, 3, 21, 0)),
        (DateOrder.MONTH_FIRST, "02/03/2024 12:30 am", (2, 2, 23, 30)),
        (DateOrder.MONTH_FIRST, "September 3, 2024 10:00", (9, 3, 8, 0)),
        (DateOrder.DAY_FIRST, "2024-01-02 10:00", None),
        (DateOrder.YEAR_FIRST, "24-01-02 10:00", None),
        (DateOrder.DAY_FIRST, "31/02/2024 10:00", None),
        (DateOrder.DAY_FIRST, "03/13/2024 10:00", None),
        (DateOrder.YEAR_FIRST, "2024-01-02 13:00 PM", None),
        (DateOrder.YEAR_FIRST, "2024-01-02", None),
        (DateOrder.YEAR_FIRST, "2024-10-27 02:30", None),
        (DateOrder.YEAR_FIRST, "2024-03-31 02:30", None),
        (DateOrder.YEAR_FIRST, "2024-01-02 10:00 EST", None),
    ],
)
def test_times_are_read_in_the_order_of_the_mapping_only(
    order: DateOrder, text: str, instant: tuple[int, int, int, int] | None
) -> None:
    """In the zone of the mapping or the account, unless they say their own offset."""
    content, mapping = generic(f"SAP;buy;1;1;{text}", date_order=order)
    if instant is None:
        assert problem(content, mapping).column == "When"
    else:
        month, day, hour, minute = instant
        assert only(content, mapping).executed_at == datetime(2024, month, day, hour, minute, tzinfo=UTC)


def test_the_zone_of_the_mapping_comes_before_the_account_s() -> None:
    """New York's ten o'clock is Berlin's four."""
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00", time_zone="America/New_York")
    assert only(content, mapping).executed_at == datetime(2024, 1, 2, 15, tzinfo=UTC)


def test_date_and_time_in_two_columns_and_a_default_time() -> None:
    """A row without a time of day gets the mapping's, or is bad."""
    columns = dict(generic_mapping().columns) | {Column.TIME: "Extra"}
    content, mapping = generic("SAP;buy;1;1;2024-01-02;10:00:30", columns=columns)
    assert only(content, mapping).executed_at == datetime(2024, 1, 2, 9, 0, 30, tzinfo=UTC)
    content, mapping = generic("SAP;buy;1;1;2024-01-02;", columns=columns)
    assert problem(content, mapping).column == "Extra"
    content, mapping = generic("SAP;buy;1;1;2024-01-02;", columns=columns, default_time=time(17, 30))
    assert only(content, mapping).executed_at == datetime(2024, 1, 2, 16, 30, tzinfo=UTC)


def test_sides_are_the_mapping_s_words_or_the_sign() -> None:
    """Nothing else is a side."""
    content, mapping = generic("SAP;BOT;1;1;2024-01-02 10:00", sides={"bot": Side.BUY, "sld": Side.SELL})
    assert only(content, mapping).side is Side.BUY
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00", sides={"bot": Side.BUY})
    assert problem(content, mapping).column == "Way"
    signed = {column: name for column, name in generic_mapping().columns.items() if column is not Column.SIDE}
    content, mapping = generic("SAP;;-3;1;2024-01-02 10:00", columns=signed)
    assert (only(content, mapping).side, only(content, mapping).quantity) == (Side.SELL, Decimal(3))
    for quantity in ("-3", "0"):
        content, mapping = generic(f"SAP;buy;{quantity};1;2024-01-02 10:00")
        assert problem(content, mapping).column == "Pieces"


def test_fees_ids_and_the_order_of_rows() -> None:
    """A fee is what was paid, whichever sign the file gives it; newest rows first count backwards."""
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;-4.90", fees={FeeKind.BROKERAGE: "Extra"})
    assert problem(content, mapping).column == "Extra"
    content, mapping = generic(
        "SAP;buy;1;1;2024-01-02 10:00;-4.90", fees={FeeKind.BROKERAGE: "Extra"}, negative_fees=True
    )
    assert only(content, mapping).fees.by_kind == {FeeKind.BROKERAGE: Decimal("4.90")}
    columns = dict(generic_mapping().columns) | {Column.TRADE_ID: "Extra"}
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;E77", columns=columns)
    assert only(content, mapping).fill_id == "XETR|equity|2024-01-02|E77"
    content, mapping = generic(
        "SAP;buy;1;1;2024-01-02 10:00\nSAP;buy;1;1;2024-01-02 10:00", row_order=RowOrder.NEWEST_FIRST
    )
    first, second = (row.content for row in read(content, mapping))
    assert isinstance(first, Fill)
    assert isinstance(second, Fill)
    assert first.sequence is not None
    assert second.sequence is not None
    assert first.sequence > second.sequence


def test_facts_of_the_instrument_come_from_columns_or_defaults() -> None:
    """A segment or currency that is none is refused."""
    columns = dict(generic_mapping().columns) | {Column.CURRENCY: "Extra"}
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;usd", columns=columns)
    assert only(content, mapping).instrument.currency.code == "USD"
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;$", columns=columns)
    assert problem(content, mapping).column == "Extra"
    columns = dict(generic_mapping().columns) | {Column.SEGMENT: "Extra", Column.SETTLEMENT_DATE: "When"}
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;bonds", columns=columns)
    assert problem(content, mapping).column == "Extra"
    columns = dict(generic_mapping().columns) | {Column.SETTLEMENT_DATE: "Extra"}
    content, mapping = generic("SAP;buy;1;1;2024-01-02 10:00;2024-01-04", columns=columns)
    assert only(content, mapping).settlement_date == date(2024, 1, 4)


def test_prices_in_minor_units_are_read_in_the_whole_currency() -> None:
    """What a column says, or else the mapping; fees are in the whole currency."""
    columns = dict(generic_mapping().columns) | {Column.CURRENCY: "Extra"}
    for code in ("GBX", "GBp", "gbx"):
        content, mapping = generic(f"VOD;buy;10;72.34;2024-01-02 10:00;{code}", columns=columns)
        fill = only(content, mapping)
        assert (fill.instrument.currency.code, fill.price) == ("GBP", Decimal("0.7234"))
    content, mapping = generic("VOD;buy;10;72.34;2024-01-02 10:00;GBP", columns=columns)
    assert only(content, mapping).price == Decimal("72.34")
    content, mapping = generic(
        "VOD;buy;10;72.34;2024-01-02 10:00;4.95",
        fees={FeeKind.BROKERAGE: "Extra"},
        default_currency=Currency("ZAC"),
    )
    fill = only(content, mapping)
    assert (fill.instrument.currency.code, fill.price) == ("ZAR", Decimal("0.7234"))
    assert fill.fees.total == Decimal("4.95")
