"""Which fills an account already has: by the key an import gave them, or as the same fill of the broker."""

from __future__ import annotations

from collections.abc import Mapping

from application.ledger.imports.ports import ImportUnitOfWork
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Known
from domain.ledger.imports.tradebook_import import Import


async def known_fills(unit: ImportUnitOfWork, item: Import, fills: Mapping[str, Fill]) -> Mapping[str, Known]:
    """Return the known ones among these fills, which are given and found by source key."""
    known = await unit.fills.known(item.account_id, fills)
    named = {key: fill for key, fill in fills.items() if key not in known and fill.broker_trade_id is not None}
    return {**await unit.fills.told_before(item.account_id, named), **known} if named else known
