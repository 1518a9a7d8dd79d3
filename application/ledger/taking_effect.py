"""The shared steps of recording and voiding a corporate action: positions follow, and what changed is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from application.ledger import settle
from application.ledger.action_views import ActionOutcome, PositionEffect, action_view
from application.ledger.ports import LedgerUnitOfWork
from application.ledger.settle import Held
from application.shared.ports import IdFactory
from domain.ledger.corporate_action import ActionDetails, CorporateAction, action_changed
from domain.ledger.errors import DuplicateCorporateAction
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.transfer import Moved
from domain.shared.errors import NotFound
from domain.shared.ids import CorporateActionId, InstrumentId, OrganisationId, TransferId
from domain.shared.instrument import Instrument


async def record(
    unit: LedgerUnitOfWork, organisation_id: OrganisationId, details: ActionDetails, now: datetime, ids: IdFactory
) -> ActionOutcome:
    """Store an action once and let positions follow; raise NotFound, Conflict, Invalid or DuplicateCorporateAction."""
    if details.account_id is not None:
        (await unit.accounts.get(details.account_id)).must_be_open()
    action = CorporateAction.record(CorporateActionId(ids.new()), organisation_id, details, now)
    instruments = await lock(unit, action.instruments)
    for known in await unit.corporate_actions.touching({details.instrument_id}):
        if known.repeats(action):
            raise DuplicateCorporateAction(known.id)
    await unit.corporate_actions.add(action)
    effects = await follow(unit, action, now)
    return ActionOutcome(action_view(action, instruments[details.instrument_id]), effects)


async def lock(unit: LedgerUnitOfWork, instrument_ids: frozenset[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
    """Lock the instruments until the transaction ends, so that no trade slips in; raise NotFound for a missing one."""
    known = await unit.instruments.lock(instrument_ids)
    for instrument_id in instrument_ids:
        if instrument_id not in known:
            raise NotFound("instrument", instrument_id)
    return known


async def follow(
    unit: LedgerUnitOfWork, action: CorporateAction, now: datetime, *, may_reopen: bool = False
) -> Sequence[PositionEffect]:
    """Replay every position that the action concerns, as it is stored now; return those that changed.

    Raises PeriodLocked if that is in a locked period of an account that has one of the instruments, unless the user
    was asked before (`may_reopen`).
    """
    pairs = [
        pair
        for pair in await unit.positions.pairs_of(action.details.account_id)
        if pair.instrument_id in action.instruments
    ]
    accounts = await unit.accounts.find({pair.account_id for pair in pairs})
    if not may_reopen:
        for account in accounts.values():
            account.must_be_unlocked(action.details.effective_at)
    instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
    held = await settle.hold(unit, pairs, accounts, instruments)
    if not may_reopen:
        held.must_carry_into_no_lock(pairs, action.details.effective_at)
    effects, _ = await count_anew(unit, held, now)
    await unit.outbox.add([action_changed(action)])
    return effects


async def count_anew(
    unit: LedgerUnitOfWork, held: Held, now: datetime
) -> tuple[Sequence[PositionEffect], Mapping[TransferId, Moved]]:
    """Replay all that is held; return the positions that changed, and how much each transfer among them moved."""
    before: Sequence[Position] = await unit.positions.running(list(held.terms.values())) if held.terms else ()
    settled = await settle.rebuild(unit, held, held.terms, now)
    after = {_pair(change.position): change.position for change in settled.changes}
    effects = [_effect(each, after[_pair(each)]) for each in before if _pair(each) in after]
    changed = [
        effect
        for effect in effects
        if (effect.quantity_before, effect.open_cost_before, effect.realised_before)
        != (effect.quantity_after, effect.open_cost_after, effect.realised_after)
    ]
    return changed, settled.moved


def _pair(position: Position) -> Pair:
    return Pair(position.terms.account_id, position.terms.instrument_id)


def _effect(before: Position, after: Position) -> PositionEffect:
    return PositionEffect(
        account_id=after.terms.account_id,
        instrument_id=after.terms.instrument_id,
        quantity_before=before.quantity,
        quantity_after=after.quantity,
        open_cost_before=before.open_cost,
        open_cost_after=after.open_cost,
        realised_before=before.realised,
        realised_after=after.realised,
    )
