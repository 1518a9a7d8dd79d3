"""Which entries an account already has: by the key an import gave them, or as the same fill of the broker."""

from __future__ import annotations

from collections.abc import Mapping

from application.ledger.imports.ports import ImportUnitOfWork
from domain.ledger.imports.entry import Entry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Known
from domain.ledger.imports.tradebook_import import Import


async def known_entries(unit: ImportUnitOfWork, item: Import, entries: Mapping[str, Entry]) -> Mapping[str, Known]:
    """Return the known ones among these entries, which are given and found by source key."""
    known = await unit.known.recorded(item.account_id, entries)
    named = {
        key: entry
        for key, entry in entries.items()
        if isinstance(entry, Fill) and entry.broker_trade_id is not None and key not in known
    }
    return {**await unit.known.told_before(item.account_id, named), **known} if named else known
