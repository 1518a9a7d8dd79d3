"""The ids that exported trades get where they are imported, so that trades go on choosing the lots they chose.

An ordinary lot has the id of its opening trade. Trades are recorded under new ids, in the order of the file: ids of a
file are no claim on the ids of this organisation, and equal times keep their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from application.ledger.imports.ports import ImportUnitOfWork
from application.shared.ports import IdFactory
from domain.ledger.execution import LotSelection
from domain.ledger.imports.fill import Fill, exported_name
from domain.ledger.imports.identity import EntryKind, named_key
from domain.ledger.imports.tradebook_import import Import
from domain.shared.ids import LotId, TradeId


@dataclass(frozen=True, slots=True)
class Renamed:
    """New ids by old ones: of the trades about to be recorded, and of those that earlier rows recorded."""

    trades: Mapping[UUID, TradeId] = field(default_factory=dict[UUID, TradeId])
    earlier: Mapping[UUID, UUID] = field(default_factory=dict[UUID, UUID])

    def selection(self, fill: Fill) -> tuple[LotSelection, ...]:
        """Return the lots that the fill chose as they are named here; a lot of unknown origin keeps its name."""
        return tuple(LotSelection(self._lot(lot_id), quantity) for lot_id, quantity in fill.lot_selection)

    def _lot(self, lot_id: LotId) -> LotId:
        return self.earlier.get(lot_id) or self.trades.get(lot_id) or lot_id


NOTHING_RENAMED: Final = Renamed()


async def renamed(unit: ImportUnitOfWork, item: Import, fills: Sequence[Fill], ids: IdFactory) -> Renamed:
    """Give each exported trade its new id, and look up what became of the other lots that are chosen."""
    origins = [fill.origin for fill in fills if fill.origin is not None]
    if not origins:
        return NOTHING_RENAMED
    return Renamed({origin.trade_id: TradeId(ids.new()) for origin in origins}, await _earlier(unit, item, fills))


async def _earlier(unit: ImportUnitOfWork, item: Import, fills: Sequence[Fill]) -> Mapping[UUID, UUID]:
    chosen = {lot_id for fill in fills for lot_id, _ in fill.lot_selection}
    if not chosen:
        return {}
    keys = {named_key(EntryKind.FILL, exported_name(lot_id)): lot_id for lot_id in chosen}
    recorded = await unit.known.recorded(item.account_id, keys)
    became = {key: known.record_id for key, known in recorded.items()}
    return {keys[key]: record_id for key, record_id in {**await unit.known.repeated(item.id, keys), **became}.items()}
