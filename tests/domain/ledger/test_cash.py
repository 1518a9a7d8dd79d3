"""What a movement of cash is, whatever is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.account import Account, AccountDetails
from domain.ledger.cash import PAIRED, CashDetails, CashMovement, cash_changed
from domain.ledger.cash_kind import CashKind
from domain.ledger.cash_pair import Circumstances, Origin, convert, transfer
from domain.ledger.errors import PeriodLocked
from domain.ledger.events import ChangeKind
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import Currency, Money, round_share

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
USD, EUR = Currency("USD"), Currency("EUR")
OUT, IN = CashMovementId(UUID(int=1)), CashMovementId(UUID(int=2))
SINGLE = sorted(set(CashKind) - PAIRED)
amounts = st.decimals("0.000000000000000001", "99999999999999999999", places=18, allow_nan=False)


def account(number: int = 1, locked_through: date | None = None) -> Account:
    details = AccountDetails(
        broker="Broker", label="Main", currency=USD, time_zone="UTC", locked_through=locked_through
    )
    return Account.open(AccountId(UUID(int=number)), OrganisationId(UUID(int=9)), details, NOW)


def said(kind: CashKind = CashKind.DEPOSIT, amount: str = "100") -> CashDetails:
    return CashDetails(kind=kind, amount=Decimal(amount), currency=USD, occurred_at=AT)


def recorded(details: CashDetails, of: Account | None = None) -> CashMovement:
    return CashMovement.record(OUT, of or account(), details, NOW)


@given(st.sampled_from(CashKind), amounts)
def test_the_kind_alone_decides_the_sign(kind: CashKind, amount: Decimal) -> None:
    """What is named as paid, taken or going out lowers the balance; everything else raises it, by exactly so much."""
    details = CashDetails(kind=kind, amount=amount, currency=USD, occurred_at=AT)
    goes_out = kind.value.endswith(("_paid", "_out")) or kind.value in {"withdrawal", "fee", "tax"}
    assert Fraction(details.net) == (-Fraction(amount) if goes_out else Fraction(amount))


@given(amounts, st.integers(0, 64), st.sampled_from([CashKind.DIVIDEND, CashKind.INTEREST]))
def test_gross_is_tax_and_net(gross: Decimal, share: int, kind: CashKind) -> None:
    """Tax is a part of what was paid, from none to all of it."""
    tax = round_share(gross, Decimal(share), Decimal(64))
    details = CashDetails(kind=kind, amount=gross, currency=USD, occurred_at=AT, tax=tax)
    assert Fraction(details.net) + Fraction(details.tax) == Fraction(gross)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1e20", "0.0000000000000000001"])
def test_an_amount_is_a_finite_number_greater_than_zero(amount: str) -> None:
    with pytest.raises(Invalid, match="amount"):
        said(amount=amount)


@pytest.mark.parametrize("kind", sorted(set(CashKind) - {CashKind.DIVIDEND, CashKind.INTEREST}))
def test_tax_is_withheld_from_income_only(kind: CashKind) -> None:
    with pytest.raises(Invalid, match="tax"):
        replace(said(kind), tax=Decimal(1))


@pytest.mark.parametrize("tax", ["-0.01", "100.01"])
def test_tax_lies_between_nothing_and_all(tax: str) -> None:
    with pytest.raises(Invalid, match="between 0 and the amount 100"):
        replace(said(CashKind.DIVIDEND), tax=Decimal(tax))


def test_only_a_dividend_is_reinvested() -> None:
    replace(said(CashKind.DIVIDEND), reinvested_in=TradeId(UUID(int=5)))
    with pytest.raises(Invalid, match="Only a dividend"):
        replace(said(CashKind.INTEREST), reinvested_in=TradeId(UUID(int=5)))


@pytest.mark.parametrize("kind", [CashKind.DEPOSIT, CashKind.WITHDRAWAL, *sorted(PAIRED)])
def test_money_that_is_only_moved_concerns_no_instrument(kind: CashKind) -> None:
    with pytest.raises(Invalid, match="no instrument"):
        replace(said(kind), instrument_id=InstrumentId(UUID(int=5)))


def test_what_has_not_happened_is_not_recorded() -> None:
    with pytest.raises(Invalid, match="future"):
        recorded(replace(said(), occurred_at=NOW + timedelta(days=2)))


def test_a_closed_account_and_a_locked_day_take_nothing() -> None:
    closed = account()
    closed.close(NOW)
    with pytest.raises(Conflict, match="was closed"):
        recorded(said(), closed)
    with pytest.raises(PeriodLocked):
        recorded(said(), account(locked_through=AT.date()))
    recorded(said(), account(locked_through=AT.date() - timedelta(days=1)))


@pytest.mark.parametrize("kind", sorted(PAIRED))
def test_one_side_of_a_pair_is_not_entered_by_hand(kind: CashKind) -> None:
    """A file shows one account; whoever enters a transfer knows both."""
    with pytest.raises(Invalid, match="two sides"):
        recorded(said(kind))
    alone = CashMovement.record(OUT, account(), said(kind), NOW, import_id=ImportId(UUID(int=3)))
    assert alone.counterpart_id is None


@given(amounts)
def test_a_transfer_moves_cash_and_makes_none(amount: Decimal) -> None:
    sides = transfer((OUT, IN), (account(1), account(2)), Money(amount, USD), Circumstances(occurred_at=AT), NOW)
    out, in_ = sides
    assert (out.counterpart_id, in_.counterpart_id) == (in_.id, out.id)
    assert (out.account_id, in_.account_id) == (account(1).id, account(2).id)
    assert Fraction(out.details.net) + Fraction(in_.details.net) == 0
    assert [event.account_id for event in cash_changed(sides)] == [out.account_id, in_.account_id]


@given(amounts, amounts)
def test_a_conversion_gives_one_currency_for_another(given_: Decimal, got: Decimal) -> None:
    origin = Origin(import_id=ImportId(UUID(int=3)), source_key="file:1")
    sides = convert(
        (OUT, IN), account(), (Money(given_, USD), Money(got, EUR)), Circumstances(occurred_at=AT), NOW, origin=origin
    )
    out, in_ = sides
    assert (out.details.net, out.details.currency) == (given_.copy_negate(), USD)
    assert (in_.details.net, in_.details.currency) == (got, EUR)
    assert len({out.source_key, in_.source_key, None}) == 3
    assert out.import_id == in_.import_id == origin.import_id


def test_a_pair_is_between_two() -> None:
    with pytest.raises(Invalid, match="two accounts"):
        transfer((OUT, IN), (account(), account()), Money(Decimal(1), USD), Circumstances(occurred_at=AT), NOW)
    with pytest.raises(Invalid, match="no conversion"):
        convert(
            (OUT, IN), account(), (Money(Decimal(1), USD), Money(Decimal(1), USD)), Circumstances(occurred_at=AT), NOW
        )


def test_one_side_of_a_pair_keeps_what_the_other_says_too() -> None:
    """Else the two would no longer agree: only words and the value date are its own."""
    out, _ = transfer((OUT, IN), (account(1), account(2)), Money(Decimal(5), USD), Circumstances(occurred_at=AT), NOW)
    before = out.details
    for change in (
        replace(before, amount=Decimal(6)),
        replace(before, currency=EUR),
        replace(before, occurred_at=AT - timedelta(hours=1)),
    ):
        with pytest.raises(Conflict, match="one side of two"):
            out.amend(change, account(), NOW)
    assert out.amend(replace(out.details, notes="rent", value_date=date(2026, 3, 3)), account(), NOW)


def test_each_change_raises_the_version_and_is_told() -> None:
    movement = recorded(said())
    assert not movement.amend(said(), account(), NOW)
    assert movement.amend(said(CashKind.FEE_REFUND), account(), NOW)
    movement.void("twice", NOW)
    (event,) = cash_changed([movement])
    assert [(change.kind, change.version) for change in event.changes] == [
        (ChangeKind.RECORDED, 1),
        (ChangeKind.AMENDED, 2),
        (ChangeKind.VOIDED, 3),
    ]
    assert cash_changed([movement]) == ()


def test_what_is_void_stays_void() -> None:
    movement = recorded(said())
    movement.void("twice", NOW)
    with pytest.raises(Conflict, match="cannot be voided"):
        movement.void("again", NOW)
    with pytest.raises(Conflict, match="cannot be amended"):
        movement.amend(said(amount="5"), account(), NOW)


def test_in_a_locked_period_only_words_change() -> None:
    movement = recorded(said())
    locked = account(locked_through=AT.date())
    assert movement.amend(replace(said(), notes="from my savings"), locked, NOW)
    for change in (
        said(amount="5"),
        replace(said(), occurred_at=AT + timedelta(hours=20)),
        replace(said(), value_date=AT.date()),
    ):
        with pytest.raises(PeriodLocked):
            movement.amend(change, locked, NOW)


def test_a_movement_does_not_become_one_side_of_a_pair() -> None:
    with pytest.raises(Invalid, match="two sides"):
        recorded(said()).amend(said(CashKind.TRANSFER_IN), account(), NOW)
