"""Record one trade; positions follow."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import recording, settle
from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnits
from application.ledger.views import TradeView, view_of
from application.shared.ports import Clock, IdFactory
from domain.ledger.errors import DuplicateTrade
from domain.ledger.trade import trades_changed
from domain.shared.access import Actor, Scope
from domain.shared.errors import TapedeckError


@dataclass(frozen=True, slots=True)
class RecordTrade:
    """Records a fill in an account, making its instrument if the organisation has not met it yet."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, entry: TradeEntry) -> TradeView:
        """Return the trade; raise NotFound, Invalid, InstrumentConflict, Conflict, DuplicateTrade or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            judged = await recording.judge(unit, [entry], now, self.ids)
            trade = judged.results[0]
            if isinstance(trade, TapedeckError):
                raise trade
            stored = await recording.store(unit, judged)
            if not stored.trades:
                raise DuplicateTrade(entry.broker_trade_id)
            await settle.append(unit, stored.held, stored.trades, now)
            view = view_of(trade, judged.instruments[trade.details.instrument_id])
            await unit.outbox.add(trades_changed([trade]))
            await unit.commit()
        return view
