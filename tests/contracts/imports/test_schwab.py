"""Charles Schwab: the newest row first, days in American order, splits by what they add."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.ledger.action_terms import Expiry, Split
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, CashEntry, Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.instrument import Segment
from tests.contracts.imports.reading import contents, recognised

HEADER = "Date,Action,Symbol,Description,Price,Quantity,Fees & Comm,Amount"
BUY = "03/04/2024,Buy,ABC,ABC INC,$10.50,100,$1.25,-$1051.25"


def history(*rows: str) -> list[Content]:
    """What rows of a history hold."""
    return contents("\n".join((HEADER, *rows, "")).encode())


def test_a_history_is_recognised_below_its_title() -> None:
    """Older exports begin with one."""
    title = '"Transactions  for account Individual ...-123 as of 03/05/2024 10:00:00 ET"\n'
    content = f"{title}{HEADER}\n{BUY}\n".encode()
    assert recognised(content).format == "schwab"
    assert [type(item) for item in contents(content)] == [Ignored, Fill]


def test_a_trade_is_on_its_day_in_new_york_and_in_the_files_order() -> None:
    """Of two rows of a day the lower one was first."""
    later, earlier = history("03/04/2024,Sell,ABC,ABC INC,$11,100,$1,$1099.00", BUY)
    assert isinstance(later, Fill)
    assert isinstance(earlier, Fill)
    assert earlier.executed_at == later.executed_at == datetime(2024, 3, 4, 17, tzinfo=UTC)
    assert earlier.sequence is not None
    assert later.sequence is not None
    assert earlier.sequence < later.sequence
    assert (earlier.side, earlier.quantity, earlier.fees.total) == (Side.BUY, Decimal(100), Decimal("1.25"))


def test_as_of_is_the_day_that_counts() -> None:
    """The other is when it was booked."""
    (interest,) = history("02/17/2024 as of 02/16/2024,Credit Interest,,SCHWAB1 INT,,,,$2.94")
    assert isinstance(interest, CashEntry)
    assert interest.occurred_at == datetime(2024, 2, 16, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "amount", "kind"),
    [
        ("Qualified Dividend", "$7.70", CashKind.DIVIDEND),
        ("Reinvest Dividend", "$7.70", CashKind.DIVIDEND),
        ("NRA Tax Adj", "-$1.16", CashKind.TAX),
        ("NRA Tax Adj", "$1.16", CashKind.TAX_REFUND),
        ("Margin Interest", "-$3", CashKind.INTEREST_PAID),
        ("ADR Mgmt Fee", "$-0.50", CashKind.FEE),
        ("Wire Sent", "-$1,000.00", CashKind.WITHDRAWAL),
        ("MoneyLink Transfer", '"$10,000.00"', CashKind.DEPOSIT),
        ("Journal", "($5.00)", CashKind.WITHDRAWAL),
    ],
)
def test_what_moves_cash_goes_the_way_of_its_sign(action: str, amount: str, kind: CashKind) -> None:
    """With the paper for dividends and their tax."""
    amount = amount if amount.startswith('"') else f'"{amount}"'
    (entry,) = history(f"03/04/2024,{action},ABC,ABC INC,,,,{amount}")
    assert isinstance(entry, CashEntry)
    assert entry.kind is kind
    is_of_a_paper = kind in {CashKind.DIVIDEND, CashKind.TAX, CashKind.TAX_REFUND}
    assert (entry.instrument is not None) is is_of_a_paper


def test_a_reinvested_dividend_is_the_dividend_and_a_purchase() -> None:
    """Two rows, which leave no cash."""
    bought, dividend = history(
        "03/04/2024,Reinvest Shares,ABC,ABC INC,$10.2667,0.75,,-$7.70",
        "03/04/2024,Reinvest Dividend,ABC,ABC INC,,,,$7.70",
    )
    assert isinstance(bought, Fill)
    assert (bought.side, bought.quantity) == (Side.BUY, Decimal("0.75"))
    assert isinstance(dividend, CashEntry)
    assert dividend.kind is CashKind.DIVIDEND


def test_a_splits_ratio_is_what_the_added_shares_make_of_those_held() -> None:
    """One of 3 for 1 adds 200 to 100; a later one of 2 for 1 finds 300; sales in between count."""
    second, sold, first, bought = history(
        "05/04/2024,Stock Split,ABC,ABC INC,,200,,",
        "04/10/2024,Sell,ABC,ABC INC,$4,100,,$400",
        "04/04/2024,Stock Split,ABC,ABC INC,,200,,",
        BUY,
    )
    assert isinstance(bought, Fill)
    assert isinstance(sold, Fill)
    assert isinstance(first, ActionEntry)
    assert isinstance(second, ActionEntry)
    assert (first.terms, second.terms) == (Split(new=3, old=1), Split(new=2, old=1))
    assert first.effective_at == datetime(2024, 4, 4, 4, tzinfo=UTC)


@pytest.mark.parametrize("added", ["209", "20000", "33.7"])
def test_a_split_that_the_files_shares_do_not_explain_is_bad(added: str) -> None:
    """The file may begin after the first purchase: a guess would scale all that is held."""
    held = "03/04/2024,Buy,ABC,ABC INC,$10.50,1,$1.25,-$11.75"
    (problem, _) = history(f"04/04/2024,Stock Split,ABC,ABC INC,,{added},,", held)
    assert isinstance(problem, RowProblem)
    assert problem.column == "Quantity"
    assert "by hand" in problem.reason


def test_shares_that_move_without_money_are_transfers() -> None:
    """Their sign is their direction; the stock plan is where awards come from."""
    came, went, vested = history(
        "03/04/2024,Journaled Shares,ABC,JOURNAL FROM 1234,,10,,",
        "03/04/2024,Security Transfer,ABC,TO ANOTHER BROKER,,-4,,",
        "03/04/2024,Stock Plan Activity,ABC,ABC INC,,5,,",
    )
    assert isinstance(came, TransferEntry)
    assert isinstance(went, TransferEntry)
    assert isinstance(vested, TransferEntry)
    assert (came.direction, came.quantity, came.counterparty) == (Direction.IN, Decimal(10), "JOURNAL FROM 1234")
    assert (went.direction, went.quantity) == (Direction.OUT, Decimal(4))
    assert vested.counterparty == "Stock Plan Activity"


def test_options_cover_a_hundred_shares_and_expire_worthless() -> None:
    """The symbol tells the contract."""
    expired, sold = history(
        "04/20/2024,Expired,ABC 04/19/2024 15.00 C,CALL ABC,,1,,",
        "03/04/2024,Sell to Open,ABC 04/19/2024 15.00 C,CALL ABC,$0.25,1,$0.66,$24.34",
    )
    assert isinstance(sold, Fill)
    assert (sold.multiplier, sold.instrument.segment, sold.side) == (Decimal(100), Segment.DERIVATIVE, Side.SELL)
    assert isinstance(expired, ActionEntry)
    assert (expired.terms, expired.multiplier) == (Expiry(), Decimal(100))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("31/01/2024,Buy,ABC,ABC INC,$10.50,100,$1.25,-$1051.25", "Date"),
        ("03/04/2024,Buy,ABC,ABC INC,$10.50,100,$1.25,-$105.13", "Amount"),
        ("03/04/2024,Buy,ABC,ABC INC,,100,$1.25,-$1051.25", "Price"),
        ("03/04/2024,Buy,,ABC INC,$10.50,100,$1.25,-$1051.25", "Symbol"),
        ("03/04/2024,Bought,ABC,ABC INC,$10.50,100,$1.25,-$1051.25", "Action"),
        ("03/04/2024,Assigned,ABC 04/19/2024 15.00 C,CALL ABC,,1,,", "Action"),
        ("03/04/2024,Cash In Lieu,ABC,ABC INC,,,,$3.10", "Action"),
        ("03/04/2024,Expired,ABC,ABC INC,,1,,", "Symbol"),
        (",Credit Interest,,,,,,$1", "Date"),
    ],
)
def test_a_row_that_cannot_be_is_bad_and_names_its_column(row: str, column: str) -> None:
    """The others are read all the same."""
    problem, good = history(row, BUY)
    assert isinstance(problem, RowProblem)
    assert problem.column == column
    assert isinstance(good, Fill)


def test_the_sum_at_the_end_is_ignored() -> None:
    """It adds up the rows above."""
    assert isinstance(history(BUY, "Transactions Total,,,,,,,-$1051.25")[1], Ignored)
