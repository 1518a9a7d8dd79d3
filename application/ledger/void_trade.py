"""Void one trade."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import amending, voiding
from application.ledger.ports import LedgerUnits
from application.ledger.views import TradeView, view_of
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import TradeId


@dataclass(frozen=True, slots=True)
class VoidTradeCommand:
    """Which trade, the version the caller read, and why."""

    trade_id: TradeId
    expected: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoidTrade:
    """Takes a trade out of every figure and keeps it on record."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidTradeCommand) -> TradeView:
        """Return the void trade; raise NotFound, VersionConflict, PeriodLocked, Forbidden, Conflict if void already."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            trade = await unit.trades.get(command.trade_id)
            trade, instrument = await amending.load(unit, trade, command.expected)
            accounts = await unit.accounts.find([trade.account_id])
            accounts[trade.account_id].must_be_unlocked(trade.details.executed_at)
            await voiding.void(unit, [trade], command.reason, self.clock.now())
            await unit.commit()
        return view_of(trade, instrument)
