"""Recompute everything that follows from trades, to mend or to prove the stored projections."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import settle
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope

_PAIRS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RebuildPositions:
    """Replays every position of the organisation, a batch of them in each transaction; writes what differs."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor) -> int:
        """Return how many positions were replayed; raise Forbidden without ledger:write."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            pairs = sorted(await unit.positions.pairs_of())
        for start in range(0, len(pairs), _PAIRS_AT_ONCE):
            batch = pairs[start : start + _PAIRS_AT_ONCE]
            async with self.units(actor.organisation_id) as unit:
                accounts = await unit.accounts.find({pair.account_id for pair in batch})
                instruments = await unit.instruments.by_id({pair.instrument_id for pair in batch})
                held = await settle.hold(unit, batch, accounts, instruments)
                await settle.rebuild(unit, held, batch, self.clock.now())
                await unit.commit()
        return len(pairs)
