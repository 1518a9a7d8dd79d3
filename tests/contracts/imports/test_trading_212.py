"""Trading 212: trades with the conversions that paid for them, dividends after tax, splits in two halves."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.ledger.action_terms import Split
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind
from domain.ledger.imports.entry import ActionEntry, CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import RowProblem, part_of
from domain.shared.money import Currency
from tests.contracts.imports.reading import contents, recognised

GBP, USD = Currency("GBP"), Currency("USD")
OLD = (
    "Action,Time,ISIN,Ticker,Name,No. of shares,Price / share,Currency (Price / share),Exchange rate,Result (GBP),"
    "Total (GBP),Withholding tax,Currency (Withholding tax),Stamp duty (GBP),Transaction fee (GBP),Notes,ID"
)
NEW = (
    "Action,Time,ISIN,Ticker,Name,Notes,ID,No. of shares,Price / share,Currency (Price / share),Exchange rate,Result,"
    "Currency (Result),Total,Currency (Total),Withholding tax,Currency (Withholding tax),Stamp duty reserve tax,"
    "Currency (Stamp duty reserve tax),Currency conversion fee,Currency (Currency conversion fee),"
    "Currency conversion from amount,Currency (Currency conversion from amount),Currency conversion to amount,"
    "Currency (Currency conversion to amount)"
)


def old(*rows: str) -> list[Content]:
    """What rows of the older layout hold."""
    return contents("\n".join((OLD, *rows, "")).encode())


def new(**cells: str) -> list[Content]:
    """What a row of the newer layout holds."""
    names = NEW.split(",")
    values = {name.replace("_", " "): value for name, value in cells.items()}
    return contents(f"{NEW}\n{','.join(values.get(name, '') for name in names)}\n".encode())


def test_both_layouts_are_recognised() -> None:
    """Whether the account's currency is in the columns' names or beside them."""
    for header in (OLD, NEW):
        assert recognised(f"{header}\n".encode()).format == "trading_212"


def test_a_price_in_pence_is_recorded_in_pounds_with_its_duty() -> None:
    """10 shares at 250 pence and 13 pence of stamp duty cost 25.13 pounds."""
    (fill,) = old("Market buy,2023-05-02 08:00:01,GB0007980591,BP,BP,10.0,250.00,GBX,100,,25.13,,,0.13,,,A1")
    assert isinstance(fill, Fill)
    assert (fill.instrument.currency, fill.price, fill.quantity) == (GBP, Decimal("2.5"), Decimal(10))
    assert dict(fill.fees.by_kind) == {FeeKind.STAMP_DUTY: Decimal("0.13")}
    assert (fill.executed_at, fill.fill_id) == (datetime(2023, 5, 2, 8, 0, 1, tzinfo=UTC), "trading_212|A1")


def test_a_price_that_is_no_pence_though_it_says_so_is_bad() -> None:
    """The total tells, whatever the column claims."""
    (problem,) = old("Market buy,2023-05-02 08:00:01,GB0007980591,BP,BP,10.0,250.00,GBP,,,25.00,,,,,,A1")
    assert isinstance(problem, RowProblem)
    assert problem.column == "Total (GBP)"


def test_a_purchase_abroad_is_paid_by_a_conversion() -> None:
    """The dollars bought are those paid for the shares: nothing of them is left; the fee is apart."""
    fill, conversion, fee = new(
        Action="Limit buy",
        Time="2024-03-04 14:30:00.123",
        ISIN="US0378331005",
        Ticker="AAPL",
        ID="B2",
        Total="400.60",
        **{
            "No. of shares": "2.5",
            "Price / share": "200.00",
            "Currency (Price / share)": "USD",
            "Exchange rate": "1.25",
            "Currency (Total)": "GBP",
            "Currency conversion fee": "0.60",
            "Currency (Currency conversion fee)": "GBP",
        },
    )
    assert isinstance(fill, Fill)
    assert (fill.side, fill.fees.total, fill.instrument.currency) == (Side.BUY, Decimal(0), USD)
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.currency) == (Decimal("400.00"), GBP)
    assert conversion.received == CashLeg(Decimal(500), USD)
    assert isinstance(fee, CashEntry)
    assert (fee.kind, fee.amount, fee.currency) == (CashKind.FEE, Decimal("0.60"), GBP)


def test_a_sale_abroad_converts_what_it_brought() -> None:
    """Dollars out, pounds in; the fee had been taken off the total."""
    fill, conversion, fee = new(
        Action="Market sell",
        Time="2024-03-04 14:30:00",
        Ticker="AAPL",
        Total="399.40",
        **{
            "No. of shares": "2.5",
            "Price / share": "200.00",
            "Currency (Price / share)": "USD",
            "Exchange rate": "1.25",
            "Currency (Total)": "GBP",
            "Currency conversion fee": "0.60",
            "Currency (Currency conversion fee)": "GBP",
        },
    )
    assert isinstance(fill, Fill)
    assert fill.side is Side.SELL
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.currency) == (Decimal(500), USD)
    assert conversion.received == CashLeg(Decimal("400.00"), GBP)
    assert isinstance(fee, CashEntry)


def test_a_rate_that_does_not_lead_from_one_sum_to_the_other_is_bad() -> None:
    """A hundredfold sum is no rounding."""
    (problem,) = old("Market buy,2023-05-02 14:00:00,US0378331005,AAPL,Apple,2,200.00,USD,1.25,,32000.00,,,,,,A1")
    assert isinstance(problem, RowProblem)
    assert problem.column == "Exchange rate"


def test_a_dividend_from_abroad_is_gross_with_its_tax_and_converted() -> None:
    """0.35 dollars after 0.06 of tax came as 0.28 pounds."""
    dividend, conversion = old(
        "Dividend (Ordinary),2021-04-02 10:15:07,US0378331005,AAPL,Apple,2.5,0.14,USD,Not available,,0.28,0.06,USD,,,,"
    )
    assert isinstance(dividend, CashEntry)
    assert (dividend.kind, dividend.amount, dividend.tax) == (CashKind.DIVIDEND, Decimal("0.410"), Decimal("0.06"))
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.received) == (Decimal("0.350"), CashLeg(Decimal("0.28"), GBP))


def test_a_dividend_at_home_is_what_was_paid() -> None:
    """Pence per share are rounded; the total is what came."""
    (dividend,) = old(
        "Dividend (Ordinary),2021-04-02 10:15:07,GB0007980591,BP,BP,10,4.16,GBX,Not available,,0.42,,,,,,"
    )
    assert isinstance(dividend, CashEntry)
    assert (dividend.amount, dividend.currency, dividend.tax) == (Decimal("0.42"), GBP, Decimal(0))


def test_payments_interest_and_conversions() -> None:
    """Older layouts print withdrawals without a sign."""
    deposit, withdrawal, interest = old(
        "Deposit,2020-06-24 04:06:06,,,,,,,,,100.00,,,,,Bank Transfer,1",
        "Withdrawal,2020-06-25 04:06:06,,,,,,,,,40.00,,,,,,2",
        "Interest on cash,2020-06-26 04:06:06,,,,,,,,,0.07,,,,,,3",
    )
    kinds = [entry.kind for entry in (deposit, withdrawal, interest) if isinstance(entry, CashEntry)]
    assert kinds == [CashKind.DEPOSIT, CashKind.WITHDRAWAL, CashKind.INTEREST]
    (conversion,) = new(
        Action="Currency conversion",
        Time="2024-03-04 14:30:00",
        **{
            "Currency conversion from amount": "-100.00",
            "Currency (Currency conversion from amount)": "GBP",
            "Currency conversion to amount": "126.40",
            "Currency (Currency conversion to amount)": "USD",
        },
    )
    assert isinstance(conversion, CashEntry)
    assert (conversion.amount, conversion.received) == (Decimal(100), CashLeg(Decimal("126.40"), USD))


def test_the_two_halves_of_a_split_are_one_action() -> None:
    """Its ratio is what the quantities say, as far as they are printed; one half alone is bad."""
    halves = (
        "Stock split close,2024-06-10 06:00:00,US67066G1040,NVDA,Nvidia,0.3333333333,1200.00,USD,1.27,,,,,,,,",
        "Stock split open,2024-06-10 06:00:00,US67066G1040,NVDA,Nvidia,3.3333333330,120.00,USD,1.27,,,,,,,,",
    )
    action, rest = old(*halves)
    assert isinstance(action, ActionEntry)
    assert action.terms == Split(new=10, old=1)
    assert rest == part_of(2)
    (problem,) = old(halves[0])
    assert isinstance(problem, RowProblem)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Market buy,2023-05-02 25:00:00,X,BP,BP,10.0,250.00,GBX,,,25.00,,,,,,A1", "Time"),
        ("Market buy,2023-05-02 08:00:00,X,BP,BP,ten,250.00,GBX,,,25.00,,,,,,A1", "No. of shares"),
        ("Market buy,2023-05-02 08:00:00,X,BP,BP,10,250.00,,,,25.00,,,,,,A1", "Currency (Price / share)"),
        ("Market buy,2023-05-02 08:00:00,X,,BP,10,250.00,GBX,,,25.00,,,,,,A1", "Ticker"),
        ("Mystery,2023-05-02 08:00:00,X,BP,BP,10,250.00,GBX,,,25.00,,,,,,A1", "Action"),
        ("Dividend (Return of capital),2023-05-02 08:00:00,X,BP,BP,10,2.50,GBX,,,0.25,,,,,,", "Action"),
        ("Deposit,2023-05-02 08:00:00,,,,,,,,,NaN,,,,,,A1", "Total (GBP)"),
        ("Deposit,2023-05-02 08:00:00,,,,,,,,,,,,,,,A1", "Total"),
    ],
)
def test_a_row_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """The others are read all the same."""
    problem, good = old(row, "Deposit,2020-06-24 04:06:06,,,,,,,,,100.00,,,,,,1")
    assert isinstance(problem, RowProblem)
    assert problem.column == column
    assert isinstance(good, CashEntry)
