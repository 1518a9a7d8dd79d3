"""Replace what is said about a trade, in full."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import amending
from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnits
from application.ledger.views import TradeView
from application.shared.ports import Clock, IdFactory
from domain.shared.access import Actor, Scope
from domain.shared.ids import TradeId


@dataclass(frozen=True, slots=True)
class ReplaceTradeCommand:
    """The trade as it should be, and the version the caller read. What the entry leaves out is cleared."""

    trade_id: TradeId
    expected: int
    entry: TradeEntry


@dataclass(frozen=True, slots=True)
class ReplaceTrade:
    """Puts another entry in a trade's place; its id, account and import stay."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: ReplaceTradeCommand) -> TradeView:
        """Return the trade; raise NotFound, VersionConflict, Conflict, Invalid, DuplicateTrade or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            trade = await unit.trades.get(command.trade_id)
            trade, before = await amending.load(unit, trade, command.expected)
            view = await amending.amend(unit, trade, before, command.entry, now=self.clock.now(), ids=self.ids)
            await unit.commit()
        return view
