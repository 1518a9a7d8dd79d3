"""Movements of cash in a dictionary, under the same contracts as the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import final
from uuid import UUID

from application.ledger.cash.ports import CashMovementStore
from domain.ledger.cash import CashMovement
from domain.ledger.cash_kind import CashKind
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import CashMovementId, ImportId, InstrumentId


@final
class FakeCashMovementStore(CashMovementStore):
    """Movements of cash in a dictionary."""

    def __init__(self, movements: dict[UUID, CashMovement]) -> None:
        self._movements = movements

    async def add(self, movements: Sequence[CashMovement]) -> frozenset[CashMovementId]:
        """Store copies of those whose keys are free."""
        added: set[CashMovementId] = set()
        for movement in movements:
            keys = {(each.account_id, each.source_key) for each in self._movements.values() if each.source_key}
            if (movement.account_id, movement.source_key) not in keys:
                self._movements[movement.id] = copy_of(movement)
                added.add(movement.id)
        return frozenset(added)

    async def get(self, movement_id: CashMovementId) -> Sequence[CashMovement]:
        """Return copies."""
        if movement_id not in self._movements:
            raise NotFound("cash movement", movement_id)
        found = self._movements[movement_id]
        other = None if found.counterpart_id is None else self._movements[found.counterpart_id]
        return [copy_of(each) for each in (found, other) if each is not None]

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CashMovement]:
        """Return copies of the first of them."""
        found = [each for each in self._movements.values() if each.import_id == import_id and not each.is_void]
        return [copy_of(each) for each in sorted(found, key=_beside_its_counterpart)[:limit]]

    async def dividends(self, instrument_id: InstrumentId) -> Sequence[CashMovement]:
        """Return copies of those that count."""
        kinds = {CashKind.DIVIDEND, CashKind.DIVIDEND_PAID}
        found = [each for each in self._movements.values() if each.details.instrument_id == instrument_id]
        return [copy_of(each) for each in found if each.details.kind in kinds and not each.is_void]

    async def save(self, movements: Sequence[CashMovement], *, release_keys: bool = False) -> None:
        """Compare the versions, then store copies."""
        for movement in movements:
            if self._movements[movement.id].version != movement.version - 1:
                raise VersionConflict("cash movement", expected=movement.version - 1)
        for movement in movements:
            stored = self._movements[movement.id] = copy_of(movement)
            if release_keys:
                stored.source_key = None


def copy_of(movement: CashMovement) -> CashMovement:
    """Return the movement as it is stored, without what was done to it."""
    return replace(movement, changes=[])


def _beside_its_counterpart(movement: CashMovement) -> tuple[UUID, UUID]:
    return (min(movement.id, movement.counterpart_id or movement.id), movement.id)
