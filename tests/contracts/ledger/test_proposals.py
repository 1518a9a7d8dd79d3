"""What the store of proposals promises, and what the market's news of splits and dividends become, here and there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from application.ledger.cash.record_cash_movement import RecordCashMovement
from application.ledger.proposals.accept_proposal import AcceptProposal, AcceptProposalCommand
from application.ledger.proposals.dismiss_proposal import DismissProposal
from application.ledger.proposals.propose_actions import (
    Announced,
    AnnouncedDividend,
    AnnouncedSplit,
    ProposeActions,
)
from application.ledger.record_corporate_action import RecordCorporateAction
from application.ledger.views import AccountView
from domain.ledger.action_terms import Bonus
from domain.ledger.cash import CashDetails
from domain.ledger.cash_kind import CashKind
from domain.ledger.corporate_action import ActionDetails
from domain.ledger.execution import Side
from domain.ledger.proposal import Dividend, Proposal, ProposalState, Split
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.ids import InstrumentId, ProposalId
from domain.shared.money import Currency
from tests.ledgers import Desk, entry

pytestmark = pytest.mark.anyio

INR: Final = Currency("INR")
# the day after the first trade of `tests.ledgers`
DAY: Final = date(2024, 1, 2)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def split(day: date = DAY, new: int = 2, old: int = 1) -> AnnouncedSplit:
    return AnnouncedSplit(day, midnight(day), new, old)


def dividend(day: date = DAY, per_unit: str = "0.5") -> AnnouncedDividend:
    return AnnouncedDividend(day, midnight(day), Decimal(per_unit))


async def holding(desk: Desk, quantity: str = "10") -> tuple[AccountView, InstrumentId]:
    """An account that has bought, or sold, so much."""
    account = await desk.open()
    side = Side.SELL if quantity.startswith("-") else Side.BUY
    trade = await desk.record(desk.actor, entry(account.id, side, quantity.lstrip("-"), "100"))
    return account, trade.instrument.id


async def propose(
    desk: Desk,
    instrument_id: InstrumentId,
    *,
    splits: list[AnnouncedSplit] | None = None,
    dividends: list[AnnouncedDividend] | None = None,
) -> int:
    """Let the market say so."""
    return await ProposeActions(desk.units, desk.clock, desk.ids).propose(
        Announced(
            organisation_id=desk.actor.organisation_id,
            instrument_id=instrument_id,
            currency=INR,
            provider="test",
            is_simulated=False,
            splits=splits or [],
            dividends=dividends or [],
        )
    )


async def proposals(desk: Desk, instrument_id: InstrumentId) -> list[Proposal]:
    async with desk.units(desk.actor.organisation_id) as unit:
        return list(await unit.proposals.about(instrument_id))


def accepting(desk: Desk) -> AcceptProposal:
    return AcceptProposal(desk.units, desk.clock, desk.ids)


async def test_everything_that_is_said_is_stored(desk: Desk) -> None:
    """To the last digit, and what became of it."""
    account, instrument_id = await holding(desk, "10.000000000000000001")
    said = dividend(per_unit="0.000000000000000003")
    assert await propose(desk, instrument_id, splits=[split()], dividends=[said]) == 2
    first, second = sorted(await proposals(desk, instrument_id), key=lambda each: each.kind)
    # a split of the day comes first: the dividend is paid for new units
    assert first.terms == Dividend(
        account_id=account.id, per_unit=said.per_unit, quantity=Decimal("20.000000000000000002")
    )
    assert second.terms == Split(new=2, old=1)
    assert (second.day, second.effective_at, second.currency, second.provider) == (DAY, midnight(DAY), INR, "test")
    await DismissProposal(desk.units, desk.clock)(desk.actor, first.id)
    async with desk.units(desk.actor.organisation_id) as unit:
        found = await unit.proposals.get(first.id)
    assert (found.state, found.decided_at) == (ProposalState.DISMISSED, desk.clock.now())


async def test_what_was_proposed_is_not_proposed_again(desk: Desk) -> None:
    """Whatever became of it, and though another names a day nearby."""
    _, instrument_id = await holding(desk)
    assert await propose(desk, instrument_id, splits=[split()], dividends=[dividend()]) == 2
    for proposal in await proposals(desk, instrument_id):
        await DismissProposal(desk.units, desk.clock)(desk.actor, proposal.id)
    again = split(DAY + timedelta(days=3))
    assert await propose(desk, instrument_id, splits=[split(), again], dividends=[dividend()]) == 0


async def test_a_split_that_the_ledger_has_is_not_proposed(desk: Desk) -> None:
    """Nor is one that it has as bonus units, some hours away."""
    _, instrument_id = await holding(desk)
    details = ActionDetails(
        instrument_id=instrument_id,
        effective_at=midnight(DAY) + timedelta(hours=9),
        terms=Bonus(new=1, held=1),
    )
    await RecordCorporateAction(desk.units, desk.clock, desk.ids)(desk.actor, details)
    assert await propose(desk, instrument_id, splits=[split()], dividends=[dividend()]) == 1
    (proposed,) = await proposals(desk, instrument_id)
    assert isinstance(proposed.terms, Dividend)


async def test_who_held_nothing_is_proposed_nothing(desk: Desk) -> None:
    """Before the first trade, after the last one, and of what is still to come."""
    account, instrument_id = await holding(desk)
    await desk.record(desk.actor, entry(account.id, Side.SELL, "10", "100", 60 * 24 * 5))
    days = [DAY - timedelta(days=2), DAY + timedelta(days=9), date(2098, 1, 1)]
    told = [dividend(day) for day in days], [split(day) for day in days]
    assert await propose(desk, instrument_id, dividends=told[0], splits=told[1]) == 0
    assert await propose(desk, instrument_id, dividends=[dividend()]) == 1


async def test_a_dividend_came_in_weeks_after_its_day(desk: Desk) -> None:
    """It belongs to the last day before it, so that the one before that is proposed; a void one counts no more."""
    account, instrument_id = await holding(desk)
    details = CashDetails(
        kind=CashKind.DIVIDEND,
        amount=Decimal(5),
        currency=INR,
        occurred_at=midnight(DAY) + timedelta(days=50),
        instrument_id=instrument_id,
    )
    await RecordCashMovement(desk.units, desk.clock, desk.ids)(desk.actor, account.id, details)
    said = [dividend(), dividend(DAY + timedelta(days=30))]
    assert await propose(desk, instrument_id, dividends=said) == 1
    (proposed,) = await proposals(desk, instrument_id)
    assert proposed.day == DAY


async def test_accepting_a_split_records_it_once(desk: Desk) -> None:
    """The position follows, and a second acceptance is refused."""
    _, instrument_id = await holding(desk)
    await propose(desk, instrument_id, splits=[split()])
    (proposal,) = await proposals(desk, instrument_id)
    view = await accepting(desk)(desk.actor, AcceptProposalCommand(proposal_id=proposal.id))
    async with desk.units(desk.actor.organisation_id) as unit:
        (action,) = await unit.corporate_actions.touching({instrument_id})
    assert (action.id, action.details.effective_at) == (view.made_id, midnight(DAY))
    (stored,) = (await desk.stored()).values()
    assert sum(lot.left for lot in stored.lots.values()) == 20
    with pytest.raises(Conflict):
        await accepting(desk)(desk.actor, AcceptProposalCommand(proposal_id=proposal.id))


async def test_accepting_a_dividend_records_what_came_in(desk: Desk) -> None:
    """What was proposed, or what the user says; a short pays."""
    for quantity, kind in (("10", CashKind.DIVIDEND), ("-10", CashKind.DIVIDEND_PAID)):
        account, instrument_id = await holding(desk, quantity)
        await propose(desk, instrument_id, dividends=[dividend()])
        proposal = next(each for each in await proposals(desk, instrument_id) if each.state is ProposalState.OPEN)
        await accepting(desk)(desk.actor, AcceptProposalCommand(proposal_id=proposal.id))
        async with desk.units(desk.actor.organisation_id) as unit:
            found = await unit.cash_movements.dividends(instrument_id)
        of_account = [each.details for each in found if each.account_id == account.id]
        assert [(each.kind, each.amount) for each in of_account] == [(kind, Decimal(5))]


async def test_a_split_has_nothing_to_be_corrected(desk: Desk) -> None:
    """And stays open when that is tried."""
    _, instrument_id = await holding(desk)
    await propose(desk, instrument_id, splits=[split()])
    (proposal,) = await proposals(desk, instrument_id)
    with pytest.raises(Invalid):
        await accepting(desk)(desk.actor, AcceptProposalCommand(proposal_id=proposal.id, amount=Decimal(1)))
    assert [each.state for each in await proposals(desk, instrument_id)] == [ProposalState.OPEN]


async def test_a_proposal_of_others_is_none(desk: Desk, stranger: Desk) -> None:
    """As if there was no such thing."""
    _, instrument_id = await holding(desk)
    await propose(desk, instrument_id, splits=[split()])
    (proposal,) = await proposals(desk, instrument_id)
    for proposal_id in (proposal.id, ProposalId(desk.ids.new())):
        with pytest.raises(NotFound):
            await accepting(stranger)(stranger.actor, AcceptProposalCommand(proposal_id=proposal_id))
        with pytest.raises(NotFound):
            await DismissProposal(stranger.units, stranger.clock)(stranger.actor, proposal_id)
    assert await proposals(stranger, instrument_id) == []
