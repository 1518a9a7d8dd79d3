"""Vanguard, Freetrade and Hargreaves Lansdown: pence and pounds, what settles abroad, two tables that say one thing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.ledger.action_terms import Split
from domain.ledger.cash_kind import CashKind
from domain.ledger.fees import FeeKind
from domain.ledger.imports.entry import ActionEntry, CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored, RowProblem, part_of
from domain.shared.instrument import Segment
from domain.shared.money import Currency
from tests.contracts.imports.reading import contents, recognised, rows_of
from tests.contracts.imports.statements import FREETRADE, HARGREAVES_LANSDOWN, VANGUARD

GBP, USD = Currency("GBP"), Currency("USD")
FEED = FREETRADE.partition("\n")[0]
SUMMARY = "Trade date,Settle date,Reference,Description,Unit cost (p),Quantity,Value (£),"


def feed(row: str) -> list[Content]:
    """What a row of Freetrade's feed holds."""
    return contents(f"{FEED}\n{row}\n".encode())


def summary(*rows: str) -> list[Content]:
    """What rows of Hargreaves Lansdown's summary hold."""
    return contents("\n".join((SUMMARY, *rows, "")).encode())


def vanguard(cash: str, investment: str) -> list[Content]:
    """What becomes of a line of cash and a line of investments."""
    text = (
        f"Cash Transactions\nDate,Details,Amount,Balance,,\n{cash}\nInvestment Transactions\n"
        f"Date,InvestmentName,TransactionDetails,Quantity,Price,Cost\n{investment}\n"
    )
    found = {row.line: row.content for row in rows_of(text.encode())}
    return [content for line, content in found.items() if line in {3, 6}]


def test_a_trades_line_of_cash_is_part_of_the_trade() -> None:
    """It is told by its words, whose dashes differ between the tables."""
    cash, trade = vanguard(
        "28/05/2022,Bought 294 Bar ETF \u2013 Accumulating (BAR),-29947.28,1,,",
        "29/05/2022,Bar ETF - Accumulating (BAR),Bought 294 Bar ETF - Accumulating (BAR),294,101.8614965,29947.28",
    )
    assert cash == part_of(6)
    assert isinstance(trade, Fill)
    assert (trade.instrument.symbol, trade.instrument.exchange) == ("BAR", "XLON")
    assert trade.executed_at == datetime(2022, 5, 29, 11, tzinfo=UTC)


def test_a_workbook_says_the_same_as_its_text() -> None:
    """Vanguard sends workbooks; their dates are transcribed as ISO dates."""
    rows = [
        line.split(",")
        for line in VANGUARD.replace('"Bought 1,550 Foo ETF (FOO)"', "Bought 1550 Foo ETF (FOO)").splitlines()
    ]
    dated = [["2022-03-10" if text == "10/03/2022" else text for text in row] for row in rows]
    text = "\n".join(",".join(row) for row in dated).encode()
    assert [type(item) for item in contents(text)] == [type(item) for item in contents(VANGUARD.encode())]
    trade = next(item for item in contents(text) if isinstance(item, Fill))
    assert trade.executed_at == datetime(2022, 3, 10, 12, tzinfo=UTC)


def test_a_trade_that_only_the_cash_knows_is_bad() -> None:
    """Without a price nothing can be recorded of it."""
    cash, trade = vanguard(
        "28/05/2022,Bought 294 Bar ETF (BAR),-29947.28,1,,",
        "29/05/2022,Bar ETF (BAR),Bought 293 Bar ETF (BAR),293,101.8614965,29845.42",
    )
    assert isinstance(cash, RowProblem)
    assert isinstance(trade, Fill)


def test_a_fund_without_a_ticker_goes_by_its_name() -> None:
    """In units of a few thousandths."""
    _, trade = vanguard(
        "02/10/2022,Regular Deposit,400,400,,",
        "04/10/2022,U.S. Equity Fund,Bought .9232 U.S. Equity Fund,.9232,433.27556, 399.9999",
    )
    assert isinstance(trade, Fill)
    assert (trade.instrument.symbol, trade.instrument.segment) == ("U.S. Equity Fund", Segment.FUND)
    assert trade.quantity == Decimal("0.9232")


def test_a_dividend_taken_back_is_paid_and_the_same_again_counts_again() -> None:
    """The sign of the amount says which way it went."""
    kinds = [item.kind for item in contents(VANGUARD.encode()) if isinstance(item, CashEntry)]
    assert kinds == [CashKind.DEPOSIT, CashKind.DIVIDEND, CashKind.DIVIDEND_PAID, CashKind.FEE]


@pytest.mark.parametrize(
    "investment",
    [
        "29/05/2022,Bar ETF (BAR),Moved 294 Bar ETF (BAR),294,101.86,29947.28",
        "29/05/2022,Bar ETF (BAR),Bought 294 Bar ETF (BAR),294,1.0186,29947.28",
        "05/29/2022,Bar ETF (BAR),Bought 294 Bar ETF (BAR),294,101.86,29947.28",
    ],
)
def test_an_investment_that_cannot_be_is_bad(investment: str) -> None:
    """Words, price or day are not what they must be; the cash is read all the same."""
    cash, problem = vanguard("02/10/2022,Regular Deposit,400,400,,", investment)
    assert isinstance(cash, CashEntry)
    assert isinstance(problem, RowProblem)


def test_freetrades_purchase_abroad_is_paid_by_a_conversion_without_its_fee() -> None:
    """464.38 pounds were 462.30 of shares and 2.08 for the conversion."""
    dividend, converted, fill, conversion, fee, home, statement, top_up = contents(FREETRADE.encode())
    assert isinstance(fill, Fill)
    assert (fill.price, fill.fees.total, fill.fill_id) == (Decimal("910.29"), Decimal(0), "freetrade|O1")
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.currency) == (Decimal("462.30"), GBP)
    assert conversion.received == CashLeg(Decimal("0.68503443") * Decimal("910.29"), USD)
    assert isinstance(fee, CashEntry)
    assert (fee.kind, fee.amount) == (CashKind.FEE, Decimal("2.08"))
    assert isinstance(home, Fill)
    assert dict(home.fees.by_kind) == {FeeKind.STAMP_DUTY: Decimal("0.50")}
    assert isinstance(statement, Ignored)
    assert isinstance(top_up, CashEntry)
    assert isinstance(dividend, CashEntry)
    assert (dividend.amount, dividend.tax, dividend.currency) == (Decimal(1), Decimal("0.15"), USD)
    assert isinstance(converted, CashEntry)
    assert (converted.amount, converted.received) == (Decimal("0.85"), CashLeg(Decimal("0.63"), GBP))


def test_a_free_share_costs_its_value_and_no_cash() -> None:
    """A deposit of the value pays for it."""
    fill, deposit = feed(
        "BP,FREESHARE_ORDER,2022-02-01T10:00:00Z,GBP,0.00,BUY,BP,GB0007980591,4.00,0.00,2,LSE,O2,BASIC,GBP,8.00,4.00,"
        ",,,,,,,,,,,"
    )
    assert isinstance(fill, Fill)
    assert isinstance(deposit, CashEntry)
    assert (deposit.kind, deposit.amount) == (CashKind.DEPOSIT, Decimal(8))


def test_freetrades_split_has_its_ratio_in_the_row() -> None:
    """In columns that newer feeds have."""
    content = (
        f"{FEED},Stock Split Rate From,Stock Split Rate To\n"
        "Tesla,STOCK_SPLIT,2022-08-25T10:00:00Z,GBP,,,TSLA,US88160R1014,,,,,,,USD,,,,,,,,,,,,,,,1,3\n"
    )
    (action,) = contents(content.encode())
    assert isinstance(action, ActionEntry)
    assert action.terms == Split(new=3, old=1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("BP,ORDER,2022-02-01T10:00:00Z,GBP,1.00,BUY,BP,,,0.00,25,LSE,O2,BASIC,GBP,,4.00,,,,,,,,,,,,", "Total Amount"),
        ("BP,ORDER,2022-02-01T10:00:00Z,GBP,100,HOLD,BP,,,0.00,25,LSE,O2,BASIC,GBP,,4.00,,,,,,,,,,,,", "Buy / Sell"),
        ("BP,ORDER,yesterday,GBP,100,BUY,BP,,,0.00,25,LSE,O2,BASIC,GBP,,4.00,,,,,,,,,,,,", "Timestamp"),
        ("BP,ORDER,2022-02-01T10:00:00Z,GBP,1,BUY,BP,,,0,25,X,O2,BASIC,USD,,4.00,,1.25,,,,,,,,,,", "Base FX Rate"),
        ("BP,PARTY,2022-02-01T10:00:00Z,GBP,1,BUY,BP,,,0,25,X,O2,BASIC,USD,,4.00,,1.25,,,,,,,,,,", "Type"),
    ],
)
def test_a_row_of_the_feed_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """With the value that was found."""
    (problem,) = feed(row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column


def test_hargreaves_lansdowns_charges_are_what_the_value_differs_by() -> None:
    """A price of 4500 pence is 45 pounds; 11.95 of the sale went to the broker."""
    content = HARGREAVES_LANSDOWN.encode("cp1252")
    assert recognised(content).format == "hargreaves_lansdown"
    _, _, fee, sale, deposit = contents(content)
    assert isinstance(sale, Fill)
    assert (sale.quantity, sale.price, sale.fees.total) == (Decimal(1000), Decimal(45), Decimal("11.95"))
    assert (sale.instrument.symbol, sale.settlement_date) == ("Some ETF", date(2026, 2, 27))
    assert sale.fill_id == "hargreaves_lansdown|S302087055"
    assert isinstance(fee, CashEntry)
    assert isinstance(deposit, CashEntry)
    assert (fee.kind, deposit.kind) == (CashKind.FEE, CashKind.DEPOSIT)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ('25/02/2026,27/02/2026,S302087055,Some ETF,45.000,"1,000","44,988.05"', "Value (£)"),
        ('25/02/2026,27/02/2026,B302087055,Some ETF,4500.000,"1,000","44,000.00"', "Value (£)"),
        ("25/02/2026,27/02/2026,S302087055,Some ETF,n/a,10,450.00", "Unit cost (p)"),
        ("02/25/2026,27/02/2026,INTEREST,Interest,n/a,n/a,4.50", "Trade date"),
        ("25/02/2026,27/02/2026,RIDDLE,Interest,n/a,n/a,4.50", "Reference"),
        ("25/02/2026,27/02/2026,INTEREST,Interest,n/a,n/a,", "Value"),
    ],
)
def test_a_row_of_the_summary_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """Pounds taken for pence, and a value that no charges explain, among them."""
    (problem,) = summary(row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column
