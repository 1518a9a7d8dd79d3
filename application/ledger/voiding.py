"""The shared step of voiding trades: they stay on record and out of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from application.ledger import settle
from application.ledger.ports import LedgerUnitOfWork
from application.ledger.settle import pair_of
from domain.ledger.trade import Trade, trades_changed


async def void(
    unit: LedgerUnitOfWork, trades: Sequence[Trade], reason: str, now: datetime, *, release_keys: bool = False
) -> None:
    """Void the trades and let positions follow; the caller commits.

    With `release_keys` the same source may bring them again, as after an import that was undone. Raises
    Conflict if one is void already, VersionConflict if one has changed meanwhile, PeriodLocked.
    """
    for trade in trades:
        trade.void(reason, now)
    accounts = await unit.accounts.find({trade.account_id for trade in trades})
    instruments = await unit.instruments.by_id({trade.details.instrument_id for trade in trades})
    held = await settle.hold(unit, {pair_of(trade) for trade in trades}, accounts, instruments)
    if not release_keys:
        for trade in trades:
            held.must_carry_into_no_lock([pair_of(trade)], trade.details.executed_at)
    await unit.trades.save(trades, release_keys=release_keys)
    await settle.rebuild(unit, held, held.newest, now)
    await unit.outbox.add(trades_changed(trades))
