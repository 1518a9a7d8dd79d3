"""Which entries an account already has: by an import's key, as the same fill of the broker, or as its own."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from application.ledger.imports.ports import ImportUnitOfWork
from domain.ledger.imports.entry import CashEntry, Entry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Known
from domain.ledger.imports.tradebook_import import Import


async def known_entries(unit: ImportUnitOfWork, item: Import, entries: Mapping[str, Entry]) -> Mapping[str, Known]:
    """Return the known ones among these entries, which are given and found by source key."""
    known = dict(await unit.known.recorded(item.account_id, entries))
    known |= await _own(unit, item, {key: entry for key, entry in entries.items() if key not in known})
    named = {
        key: entry
        for key, entry in entries.items()
        if isinstance(entry, Fill) and entry.broker_trade_id is not None and key not in known
    }
    return {**await unit.known.told_before(item.account_id, named), **known} if named else known


async def _own(unit: ImportUnitOfWork, item: Import, entries: Mapping[str, Entry]) -> Mapping[str, Known]:
    """Return what the account itself once exported."""
    trades = {
        key: entry.origin.trade_id
        for key, entry in entries.items()
        if isinstance(entry, Fill) and entry.origin is not None
    }
    cash = {
        key: entry.origin.movement_id
        for key, entry in entries.items()
        if isinstance(entry, CashEntry) and entry.origin is not None
    }
    found: dict[UUID, Known] = {}
    if trades:
        found.update((await unit.known.own(item.account_id, trades.values())).items())
    if cash:
        found.update((await unit.known.own_cash(item.account_id, cash.values())).items())
    return {key: found[id_] for key, id_ in {**trades, **cash}.items() if id_ in found}
