"""Sharesight, Morgan Stanley and plain rows: reports of trades that know little of the account around them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.ledger.action_terms import Split
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.instrument import Segment
from domain.shared.money import Currency
from tests.contracts.imports.reading import contents, looked_at, recognised
from tests.contracts.imports.statements import MORGAN_STANLEY, RAW_CSV, SHARESIGHT

TRADES = "Market,Code,Name,Type,Date,Quantity,Price *,Brokerage *,Currency,Exchange Rate,Value,,Comments"
RELEASES = (
    "Vest Date,Order Number,Plan,Type,Status,Price,Quantity,Net Cash Proceeds,Net Share Proceeds,Tax Payment Method"
)
SALES = MORGAN_STANLEY.partition("\n")[0]
PLAIN = "date,action,symbol,quantity,price,fees,currency"


def under(header: str, *rows: str) -> list[Content]:
    """What rows under a header hold."""
    return contents("\n".join((header, *rows, "")).encode())


def test_sharesights_trades_are_in_their_markets_currency() -> None:
    """The brokerage too; the value in pounds only checks them; coins are bought for their value."""
    _, ether, _, sale, fund, remark = contents(SHARESIGHT.encode())
    assert isinstance(sale, Fill)
    assert (sale.side, sale.quantity, sale.instrument.exchange) == (Side.SELL, Decimal(4), "NASDAQ")
    assert (sale.instrument.currency, sale.fees.total) == (Currency("USD"), Decimal(5))
    assert sale.executed_at == datetime(2020, 11, 1, 11, tzinfo=UTC)
    assert isinstance(ether, Fill)
    assert (ether.instrument.segment, ether.instrument.currency) == (Segment.CRYPTO, Currency("GBP"))
    assert ether.quantity * ether.price + ether.fees.total == Decimal("2728.55")
    assert isinstance(fund, Fill)
    assert fund.instrument.segment is Segment.FUND
    assert isinstance(remark, Ignored)


def test_an_account_in_a_currency_is_a_conversion() -> None:
    """What Sharesight calls a trade in dollars is cash."""
    (entry,) = under(TRADES, "FX,USD,US dollar account,Buy,01/09/2020,100,1,0,USD,1.25,80.00,,")
    assert isinstance(entry, CashEntry)
    assert (entry.kind, entry.amount, entry.currency) == (CashKind.CONVERSION_OUT, Decimal(80), Currency("GBP"))
    assert entry.received is not None
    assert (entry.received.amount, entry.received.currency) == (Decimal(100), Currency("USD"))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("NASDAQ,FOO,FOO Inc,Buy,01/09/2020,10,250,0,USD,1.25,200.00,,", "Value"),
        ("NASDAQ,FOO,FOO Inc,Buy,01/09/2020,-10,250,0,USD,1.25,2000.00,,", "Quantity"),
        ("NASDAQ,FOO,FOO Inc,Merge,01/09/2020,10,250,0,USD,1.25,2000.00,,", "Type"),
        ("NASDAQ,FOO,FOO Inc,Buy,2020-09-31,10,250,0,USD,1.25,2000.00,,", "Date"),
        ("FX,ETH,Ether,Buy,01/09/2020,10,1,0,ETH,0.0005,,,", "Value"),
    ],
)
def test_a_trade_of_sharesights_that_cannot_be_is_bad(row: str, column: str) -> None:
    """With the column at fault."""
    (problem,) = under(TRADES, row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column


def test_a_release_is_received_at_its_market_value() -> None:
    """Only the shares that are left after tax arrive, and a deposit pays for them."""
    fill, award = under(RELEASES, '25-Mar-2021,R1,GSU Class C,Release,Complete,"$2,045.06",9.000,$0.00,5.000,Sell')
    assert isinstance(fill, Fill)
    assert (fill.side, fill.quantity, fill.price) == (Side.BUY, Decimal(5), Decimal("2045.06"))
    assert (fill.instrument.symbol, fill.executed_at) == ("GOOG", datetime(2021, 3, 25, 16, tzinfo=UTC))
    assert isinstance(award, CashEntry)
    assert (award.kind, award.amount) == (CashKind.DEPOSIT, Decimal("10225.30"))


def test_a_withdrawals_fee_is_what_is_missing_from_its_proceeds() -> None:
    """Cash that was sold was paid out; an order that was not completed is none."""
    sale, paid, cancelled = contents(MORGAN_STANLEY.encode())
    assert isinstance(sale, Fill)
    assert (sale.quantity, sale.price, sale.fees.total) == (Decimal(2), Decimal(2110), Decimal("0.05"))
    assert isinstance(paid, CashEntry)
    assert (paid.kind, paid.amount) == (CashKind.WITHDRAWAL, Decimal("4219.95"))
    assert isinstance(cancelled, Ignored)


def test_sales_before_the_split_are_in_new_shares_if_the_report_says_that_it_counts_old_ones() -> None:
    """As the releases are, which are always in new ones."""
    notice = "Please note that sales on or prior to the July 15, 2022 stock split are reflected in pre-split."
    old, new, _ = under(
        SALES,
        '14-Jul-2022,W1,GSU Class C,Sale,Complete,"$2,200.00",-2,"$4,399.90",0,N/A',
        '07-Feb-2023,W2,GSU Class C,Sale,Complete,$105.70,-30.00,"$3,170.93",0,N/A',
        notice,
    )
    assert isinstance(old, Fill)
    assert isinstance(new, Fill)
    assert (old.quantity, old.price, old.fees.total) == (Decimal(40), Decimal(110), Decimal("0.10"))
    assert (new.quantity, new.price) == (Decimal(30), Decimal("105.70"))


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        (SALES, '31-Apr-2021,W1,GSU Class C,Sale,Complete,"$2,110.00",-2,"$4,219.95",0,N/A', "Execution Date"),
        (SALES, '01-Apr-2021,W1,GSU Class C,Gift,Complete,"$2,110.00",-2,"$4,219.95",0,N/A', "Type"),
        (SALES, '01-Apr-2021,W1,GSU Class C,Sale,Complete,"$2,110.00",-2,"$2,110.00",0,N/A', "Net Amount"),
        (SALES, "01-Apr-2021,W1,Cash,Sale,Complete,$1.00,-2,$4.00,0,N/A", "Net Amount"),
        (RELEASES, "25-Mar-2021,R1,P,Release,Complete,,9,$0.00,5,Sell", "Price"),
        (RELEASES, "25-Mar-2021,R1,P,Release,Complete,$1,9,$3.00,5,Sell", "Net Cash Proceeds"),
    ],
)
def test_a_row_of_morgan_stanleys_that_cannot_be_is_bad(header: str, row: str, column: str) -> None:
    """With the column at fault."""
    (problem,) = under(header, row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column


def test_a_table_that_has_more_columns_is_left_to_a_mapping() -> None:
    """What stands in them would be lost."""
    assert recognised(RAW_CSV.encode()).format == "raw_csv"
    other = f"{PLAIN},exchange\n2022-05-09,BUY,ABC,5,10,0,USD,XETR\n".encode()
    assert isinstance(looked_at(other), Layout)


def test_plain_rows_run_either_way() -> None:
    """Of one day, the row that is nearer to the oldest comes first; a day is the account's."""
    oldest_first = under(PLAIN, "2022-05-09,BUY,ABC,5,10,0,USD", "2022-05-10,SELL,ABC,1,10,0,USD")
    newest_first = under(PLAIN, "2022-05-10,SELL,ABC,1,10,0,USD", "2022-05-09,BUY,ABC,5,10,0,USD")
    assert [item.sequence for item in oldest_first if isinstance(item, Fill)] == [2, 3]
    later, earlier = (item.sequence for item in newest_first if isinstance(item, Fill))
    assert later is not None
    assert earlier is not None
    assert earlier < later
    first = oldest_first[0]
    assert isinstance(first, Fill)
    assert first.executed_at == datetime(2022, 5, 9, 10, tzinfo=UTC)


def test_plain_dividends_have_their_fee_apart_and_splits_their_ratio_from_the_rows_before() -> None:
    """305 x 0.031737; 95 more shares of 5 are 20 for 1."""
    _, dividend, fee, split, _ = contents(RAW_CSV.encode())
    assert isinstance(dividend, CashEntry)
    assert (dividend.kind, dividend.amount) == (CashKind.DIVIDEND, Decimal("9.679785"))
    assert isinstance(fee, CashEntry)
    assert (fee.kind, fee.amount) == (CashKind.FEE, Decimal("0.01"))
    assert isinstance(split, ActionEntry)
    assert split.terms == Split(new=20, old=1)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("2022-05-09,INTEREST,,,3.50,0,USD", CashKind.INTEREST),
        ("2022-05-09,TRANSFER,,1,-3.50,0,USD", CashKind.WITHDRAWAL),
        ("2022-05-09,FEE,,1,3.50,0,USD", CashKind.FEE),
        ("2022-05-09,TAX,ABC,1,3.50,0,USD", CashKind.TAX),
        ("2022-05-09,TAX,ABC,1,-3.50,0,USD", CashKind.TAX_REFUND),
    ],
)
def test_plain_amounts_go_the_way_of_their_sign(row: str, kind: CashKind) -> None:
    """What is a cost is paid when it is more than nothing."""
    (entry,) = under(PLAIN, row)
    assert isinstance(entry, CashEntry)
    assert (entry.kind, entry.amount) == (kind, Decimal("3.50"))


def test_a_plain_price_in_pence_is_recorded_in_pounds() -> None:
    """And shares that were given are paid for by a deposit."""
    fill, award = under(PLAIN, "2022-05-09,STOCK_ACTIVITY,BP,10,412.5,0,GBX")
    assert isinstance(fill, Fill)
    assert (fill.price, fill.instrument.currency) == (Decimal("4.125"), Currency("GBP"))
    assert isinstance(award, CashEntry)
    assert award.amount == Decimal("41.25")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("09/05/2022,BUY,ABC,5,10,0,USD", "date"),
        ("2022-05-09,HODL,ABC,5,10,0,USD", "action"),
        ("2022-05-09,BUY,ABC,,10,0,USD", "quantity"),
        ("2022-05-09,BUY,ABC,5,ten,0,USD", "price"),
        ("2022-05-09,BUY,,5,10,0,USD", "symbol"),
        ("2022-05-09,STOCK_SPLIT,ABC,209,0,0,USD", "quantity"),
    ],
)
def test_a_plain_row_that_cannot_be_is_bad(row: str, column: str) -> None:
    """With the column at fault."""
    (problem,) = under(PLAIN, row)
    assert isinstance(problem, RowProblem)
    assert problem.column == column
