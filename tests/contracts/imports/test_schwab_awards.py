"""Charles Schwab's equity awards: received at their market value without a payment, sold by award."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import CashEntry, Direction, TransferEntry
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored, RowProblem
from tests.contracts.imports.reading import contents, recognised

VEST = {"AwardDate": "01/05/2022", "AwardId": "C1", "VestDate": "10/25/2022", "VestFairMarketValue": "$112.42"}


def transaction(action: str, *details: Mapping[str, object], **members: object) -> dict[str, object]:
    """A transaction in the newer spelling."""
    return {
        "Date": "10/27/2022",
        "Action": action,
        "Symbol": "ABC",
        "Quantity": None,
        "Description": "RS",
        "FeesAndCommissions": None,
        "Amount": None,
        "TransactionDetails": [{"Details": detail} for detail in details],
        **members,
    }


def document(*transactions: object) -> bytes:
    """A history of awards."""
    return json.dumps({"FromDate": "01/01/2020", "Transactions": transactions}).encode()


def awards(*transactions: object) -> list[Content]:
    """What the transactions hold."""
    return contents(document(*transactions))


def test_the_older_spelling_says_the_same() -> None:
    """Its members begin in small letters and its details are not wrapped."""
    older = {
        "transactions": [
            {
                "eventDate": "10/27/2022",
                "action": "Deposit",
                "symbol": "ABC",
                "quantity": "10.45",
                "quantitySortValue": 10.45,
                "description": "RS",
                "totalCommissionsAndFees": None,
                "amount": None,
                "transactionDetails": [
                    {
                        "awardDate": "01/05/2022",
                        "awardName": "C1",
                        "vestDate": "10/25/2022",
                        "vestFairMarketValue": "$112.42",
                        "typeName": "DepositDetailRSOrPSDetail",
                    }
                ],
            }
        ]
    }
    content = json.dumps(older).encode()
    assert recognised(content).format == "schwab_awards"
    assert contents(content) == awards(transaction("Deposit", VEST, Quantity="10.45"))


def test_vested_shares_cost_their_market_value_and_no_cash() -> None:
    """They are acquired on the day of vesting; the award pays for them."""
    fill, award = awards(transaction("Deposit", VEST, Quantity="10.45"))
    assert isinstance(fill, Fill)
    assert (fill.side, fill.quantity, fill.price) == (Side.BUY, Decimal("10.45"), Decimal("112.42"))
    assert fill.executed_at == datetime(2022, 10, 25, 16, tzinfo=UTC)
    assert isinstance(award, CashEntry)
    assert (award.kind, award.amount) == (CashKind.DEPOSIT, Decimal("10.45") * Decimal("112.42"))


def test_shares_bought_under_a_plan_come_without_those_withheld() -> None:
    """At what they were worth, which was taxed; what was paid is noted."""
    plan = {
        "PurchaseDate": "02/27/2026",
        "PurchasePrice": "$91.80",
        "PurchaseFairMarketValue": "$177.19",
        "NetSharesDeposited": "150",
        "SharesWithheld": "50",
    }
    fill, _ = awards(transaction("Deposit", plan, Quantity="200", Description="ESPP", Date="02/27/2026"))
    assert isinstance(fill, Fill)
    assert (fill.quantity, fill.price) == (Decimal(150), Decimal("177.19"))
    assert fill.notes == "ESPP, bought under the plan at $91.80, 50 shares withheld for tax"


def sale(*details: Mapping[str, object], **members: object) -> list[Content]:
    """What a sale holds."""
    return awards(transaction("Sale", *details, Description="Share Sale", FeesAndCommissions="$0.50", **members))


def test_a_sale_is_a_fill_for_each_price() -> None:
    """Awards sold at one price are one fill; the fee is paid once."""
    one, other = sale(
        {"Shares": "4", "SalePrice": "$137.90", "GrossProceeds": "$551.60"},
        {"Shares": "0.5", "SalePrice": "$137.90", "GrossProceeds": "$68.95"},
        {"Shares": "0", "SalePrice": "$137.90", "GrossProceeds": ""},
        {"Shares": "2", "SalePrice": "$138.00", "GrossProceeds": "$276.00"},
        Quantity="6.5",
        Amount="$896.05",
    )
    assert isinstance(one, Fill)
    assert isinstance(other, Fill)
    assert [(fill.quantity, fill.price, fill.fees.total) for fill in (one, other)] == [
        (Decimal("4.5"), Decimal("137.90"), Decimal("0.50")),
        (Decimal(2), Decimal(138), Decimal(0)),
    ]


def test_lost_decimals_of_a_quantity_are_told_by_the_proceeds() -> None:
    """238.88 at 2275 is 0.105 of a share, though the export says 0."""
    (fill,) = sale(
        {"Shares": "0", "SalePrice": "$2,275.00", "GrossProceeds": "$238.88"},
        {"Shares": "3", "SalePrice": "$2,275.00", "GrossProceeds": "$6,825.00"},
        Quantity="3",
        Amount="$7,063.38",
    )
    assert isinstance(fill, Fill)
    assert fill.quantity == Decimal("3.105")


def test_a_sale_before_a_split_is_in_the_shares_of_the_deposits() -> None:
    """The same vest at 112.42 and at 1124.20 is a split of 10 for 1: 2 old shares are 20."""
    _, _, fill = awards(
        transaction("Deposit", VEST, Quantity="400"),
        transaction(
            "Sale",
            {"Shares": "2", "SalePrice": "$1,191.90", "VestDate": "10/25/2022", "VestFairMarketValue": "$1,124.20"},
            Date="11/27/2022",
            Quantity="2",
            Amount="$2,383.80",
        ),
    )
    assert isinstance(fill, Fill)
    assert (fill.quantity, fill.price) == (Decimal(20), Decimal("119.19"))
    assert fill.notes is not None
    assert "2 at 1191.9" in fill.notes


def test_lapses_inform_and_journals_pay_out() -> None:
    """What vested arrives with the deposit; cash leaves by its sign, shares to another account as a transfer."""
    lapse, paid, dividend, moved = awards(
        transaction("Lapse", {"AwardId": "C1"}, Quantity="600"),
        transaction("Journal", Symbol=None, Amount="-$1,382.75"),
        transaction("Dividend", Amount="$74.62"),
        transaction("Journal", Quantity="5", Description="Journal To Account ...123"),
    )
    assert isinstance(lapse, Ignored)
    assert isinstance(paid, CashEntry)
    assert (paid.kind, paid.amount, paid.instrument) == (CashKind.WITHDRAWAL, Decimal("1382.75"), None)
    assert isinstance(dividend, CashEntry)
    assert dividend.instrument is not None
    assert isinstance(moved, TransferEntry)
    assert moved.direction is Direction.OUT


@pytest.mark.parametrize(
    "bad",
    [
        transaction("Deposit", Quantity="3"),
        transaction("Deposit", VEST | {"VestFairMarketValue": ""}, Quantity="3"),
        transaction("Deposit", VEST | {"VestDate": "25/10/2022"}, Quantity="3"),
        transaction("Deposit", VEST, Quantity="NaN"),
        transaction("Sale", {"Shares": "2", "SalePrice": "$10"}, Quantity="2", Amount="$200"),
        transaction("Sale", {"Shares": "2", "SalePrice": "$10"}, Quantity="5", Amount="$20"),
        transaction("Sale", Quantity="0", Amount="$20"),
        transaction("Mystery", Amount="$20"),
        transaction("Deposit", VEST, Quantity=3),
        {"Action": ["Deposit"]},
        ["Deposit"],
        None,
    ],
)
def test_a_transaction_that_cannot_be_is_bad(bad: object) -> None:
    """The others are read all the same."""
    found = awards(bad, transaction("Dividend", Amount="$74.62"))
    assert [type(item) for item in found] == [RowProblem, CashEntry]


@pytest.mark.parametrize(
    "content", [b'{"Transactions": {"Action": 1, "TransactionDetails": 2}}', b'{"Transactions": ["Ac']
)
def test_a_document_that_is_no_list_is_refused(content: bytes) -> None:
    """With a reason, whatever its members are called."""
    padded = content + b' "Action": "TransactionDetails": '
    with pytest.raises(Unreadable, match="list of transactions"):
        contents(padded)
