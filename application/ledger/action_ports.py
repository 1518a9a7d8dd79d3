"""What the ledger's use cases need from outside about corporate actions; part of `ports`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.ledger.corporate_action import CorporateAction
from domain.shared.ids import CorporateActionId, ImportId, InstrumentId


class CorporateActionStore(Protocol):
    """The organisation's corporate actions, void ones included."""

    async def add(self, action: CorporateAction) -> None:
        """Store a new action."""
        ...

    async def get(self, action_id: CorporateActionId) -> CorporateAction:
        """Return the action and lock it until the transaction ends; raise NotFound."""
        ...

    async def save(self, action: CorporateAction) -> None:
        """Store a changed action and keep what it was; raise VersionConflict unless the one before is stored."""
        ...

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[CorporateAction]:
        """Return those that are not void and are about one of the instruments, or lead to one."""
        ...

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CorporateAction]:
        """Return at most `limit` actions of the import that are not void, locked until the transaction ends."""
        ...

    async def counting(self) -> Sequence[CorporateAction]:
        """Return all that are not void."""
        ...
