"""The shared step of correcting a trade, by replacement or by patch."""

from __future__ import annotations

from datetime import datetime

from application.ledger import settle
from application.ledger.catalogue import Catalogue
from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnitOfWork
from application.ledger.recording import check_lots, details_of, lot_owners
from application.ledger.settle import pair_of
from application.ledger.views import TradeView, view_of
from application.shared.ports import IdFactory
from domain.ledger.trade import Trade, trades_changed
from domain.shared.errors import Invalid, VersionConflict
from domain.shared.instrument import Instrument


async def load(unit: LedgerUnitOfWork, trade: Trade, expected: int) -> tuple[Trade, Instrument]:
    """Return the trade with its instrument; raise VersionConflict unless it is at the expected version."""
    if trade.version != expected:
        raise VersionConflict("trade", expected=expected, actual=trade.version)
    found = await unit.instruments.by_id([trade.details.instrument_id])
    return trade, found[trade.details.instrument_id]


async def amend(
    unit: LedgerUnitOfWork, trade: Trade, before: Instrument, entry: TradeEntry, *, now: datetime, ids: IdFactory
) -> TradeView:
    """Give the trade the entry's details; positions follow if a figure changed. The caller commits.

    Raises Invalid if the entry names another account, Conflict if the trade is void, InstrumentConflict.
    """
    if entry.account_id != trade.account_id:
        raise Invalid(
            f"The trade belongs to account {trade.account_id}; void it and record it in the other account instead.",
            field="accountId",
        )
    accounts = await unit.accounts.find([trade.account_id])
    catalogue = await Catalogue.load(unit.instruments, [entry.instrument.key])
    instrument = catalogue.named(entry.instrument, ids)
    catalogue.taken(instrument)
    if not await catalogue.keep(unit.instruments, now):
        instrument = catalogue.named(entry.instrument, ids)
    figures = (pair_of(trade), trade.execution)
    details = details_of(entry, instrument)
    if details.lot_selection != trade.details.lot_selection:
        check_lots(details, trade.account_id, await lot_owners(unit, [entry]))
    if trade.amend(details, accounts[trade.account_id], now):
        pairs = {figures[0], pair_of(trade)}
        # words and labels change no figure: the positions then stay as they are
        moves = figures != (pair_of(trade), trade.execution)
        instruments = {before.id: before, instrument.id: instrument}
        held = await settle.hold(unit, pairs if moves else (), accounts, instruments)
        if moves:
            held.must_carry_into_no_lock(pairs, min(figures[1].executed_at, details.executed_at))
        await unit.trades.save([trade])
        await settle.rebuild(unit, held, held.newest, now)
        await unit.outbox.add(trades_changed([trade]))
    return view_of(trade, instrument)
