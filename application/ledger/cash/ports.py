"""What the use cases of cash need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.ledger.cash import CashMovement
from domain.shared.ids import CashMovementId, ImportId, InstrumentId


class CashMovementStore(Protocol):
    """The organisation's movements of cash, void ones included."""

    async def add(self, movements: Sequence[CashMovement]) -> frozenset[CashMovementId]:
        """Store those whose source key is new in the account; return their ids."""
        ...

    async def get(self, movement_id: CashMovementId) -> Sequence[CashMovement]:
        """Return the movement and, after it, its counterpart if it has one.

        Both are locked until the transaction ends. Raises NotFound.
        """
        ...

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CashMovement]:
        """Return at most `limit` movements of the import that are not void, both sides of a pair next to each other."""
        ...

    async def dividends(self, instrument_id: InstrumentId) -> Sequence[CashMovement]:
        """Return the dividends of the instrument that are not void, those paid by a short included."""
        ...

    async def save(self, movements: Sequence[CashMovement], *, release_keys: bool = False) -> None:
        """Store changed movements, one version later each, and keep what they were.

        With `release_keys` their source keys are free again. Raises VersionConflict if a stored version is not the one
        before.
        """
        ...
