"""Recompute everything that follows from what was recorded, to prove the stored projections and to mend them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from application.ledger import settle
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.shared.ports import Clock
from domain.ledger.group import tied
from domain.ledger.pair import Pair
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, OrganisationId

_PAIRS_AT_ONCE = 100
_TOTALS = attrgetter(
    "quantity",
    "open_cost",
    "cash_in",
    "cash_out",
    "realised",
    "fees",
    "unmatched_quantity",
    "unmatched_proceeds",
    "trade_count",
    "disposal_count",
    "last",
    "last_price",
    "carried_in",
    "carried_out",
    "pooled_fees",
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many positions were replayed, and which of them were not what they should have been."""

    replayed: int
    mended: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class RebuildPositions:
    """Replays positions, a batch of them in each transaction; writes what differs."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, account_id: AccountId | None = None) -> Rebuilt:
        """Do so for one account or for all; raise Forbidden without ledger:write."""
        actor.require(Scope.LEDGER_WRITE)
        return await rebuild(self.units, actor.organisation_id, account_id, self.clock)


async def rebuild(
    units: LedgerUnits, organisation_id: OrganisationId, account_id: AccountId | None, clock: Clock
) -> Rebuilt:
    """Do so for an organisation, for whoever looks after all of them."""
    pairs = await pairs_of(units, organisation_id, account_id)
    mended: list[Pair] = []
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        mended += await verify(units, organisation_id, pairs[start : start + _PAIRS_AT_ONCE], clock)
    await sum_days(units, organisation_id, pairs)
    return Rebuilt(len(pairs), mended)


async def pairs_of(
    units: LedgerUnits, organisation_id: OrganisationId, account_id: AccountId | None = None
) -> Sequence[Pair]:
    """Return the pairs that have a position, in the order in which they are replayed."""
    async with units(organisation_id) as unit:
        return sorted(await unit.positions.pairs_of(account_id))


async def sum_days(units: LedgerUnits, organisation_id: OrganisationId, pairs: Iterable[Pair]) -> None:
    """Sum up anew, account by account, what the pairs' disposals moved and their open lots cost, by day."""
    for account_id in sorted({pair.account_id for pair in pairs}):
        async with units(organisation_id) as unit:
            await unit.accounts.get(account_id)  # locks it
            await unit.positions.sum_days(account_id)
            await unit.commit()


async def verify(
    units: LedgerUnits, organisation_id: OrganisationId, batch: Sequence[Pair], clock: Clock
) -> Sequence[Pair]:
    """Replay a few pairs in one transaction, and return those that had to be mended."""
    async with units(organisation_id) as unit:
        accounts = await unit.accounts.find({pair.account_id for pair in batch})
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in batch})
        held = await settle.hold(unit, batch, accounts, instruments)
        mended = await _mend(unit, held, batch, clock.now())
        await unit.commit()
    return mended


async def _mend(unit: LedgerUnitOfWork, held: settle.Held, pairs: Sequence[Pair], now: datetime) -> Sequence[Pair]:
    """Write, note and return the pairs that are not what a replay gives; there should be none.

    One that lacks what was not kept when it was written, such as the cash of its events, counts as well.
    """
    together = sorted(tied(pairs, held.actions, held.transfers))
    before = await unit.positions.running([held.terms[pair] for pair in together])
    after = (await settle.replay(unit, held, together)).changes
    wrong = [
        change
        for change, position in zip(after, before, strict=True)
        if change.has_parts or _TOTALS(change.position) != _TOTALS(position)
    ]
    if wrong:
        await unit.positions.write(wrong, now)
        await unit.positions.note_mended([change.pair for change in wrong], now)
    return [change.pair for change in wrong]
