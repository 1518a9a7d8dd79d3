"""What was held when a day began, and that a proposal is decided once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.execution import Side
from domain.ledger.proposal import Dividend, Filled, Proposal, ProposalState, Ratio, held_before
from domain.shared.errors import Conflict
from domain.shared.ids import AccountId, InstrumentId, OrganisationId, ProposalId
from domain.shared.money import Currency

DAY = datetime(2024, 3, 1, tzinfo=UTC)
minutes = st.integers(-5, 5).map(lambda minute: DAY + timedelta(minutes=minute))
fills = st.lists(
    st.builds(Filled, at=minutes, side=st.sampled_from(Side), quantity=st.integers(1, 1000).map(Decimal)), max_size=6
)
ratios = st.lists(
    st.builds(Ratio, at=minutes, new=st.integers(1, 5), old=st.integers(1, 5)), max_size=3, unique_by=lambda one: one.at
)


def naive(at: datetime, done: list[Filled], splits: list[Ratio]) -> Fraction:
    """Live through it, event by event; a split comes before a trade of its instant."""
    events = sorted([*((each.at, 1, each) for each in done), *((each.at, 0, each) for each in splits)], key=_order)
    held = Fraction(0)
    for when, _, event in events:
        if isinstance(event, Ratio) and when <= at:
            held *= Fraction(event.new, event.old)
        elif isinstance(event, Filled) and when < at:
            held += Fraction(event.quantity) * (1 if event.side is Side.BUY else -1)
    return held


def _order(event: tuple[datetime, int, object]) -> tuple[datetime, int]:
    return event[:2]


@given(fills, ratios)
def test_what_was_held_is_what_living_through_it_gives(done: list[Filled], splits: list[Ratio]) -> None:
    assert held_before(DAY, done, splits) == Decimal(round(naive(DAY, done, splits) * 10**18)).scaleb(-18)


def dividend(quantity: str, per_unit: str) -> Proposal:
    return Proposal(
        id=ProposalId(UUID(int=1)),
        organisation_id=OrganisationId(UUID(int=2)),
        instrument_id=InstrumentId(UUID(int=3)),
        day=date(2024, 3, 1),
        effective_at=DAY,
        terms=Dividend(account_id=AccountId(UUID(int=4)), per_unit=Decimal(per_unit), quantity=Decimal(quantity)),
        currency=Currency("USD"),
        provider="yahoo",
        is_simulated=False,
        created_at=DAY,
    )


def test_a_short_pays_what_a_long_gets() -> None:
    amounts = [dividend(quantity, "0.24").terms for quantity in ("10", "-10")]
    assert [each.amount for each in amounts if isinstance(each, Dividend)] == [Decimal("2.4"), Decimal("2.4")]


def test_a_proposal_is_decided_once() -> None:
    accepted, dismissed = dividend("1", "1"), dividend("1", "1")
    accepted.accept(UUID(int=9), DAY)
    dismissed.dismiss(DAY)
    assert (accepted.state, accepted.made_id, dismissed.state) == (
        ProposalState.ACCEPTED,
        UUID(int=9),
        ProposalState.DISMISSED,
    )
    for decided in (accepted, dismissed):
        with pytest.raises(Conflict):
            decided.dismiss(DAY)
        with pytest.raises(Conflict):
            decided.accept(UUID(int=8), DAY)
