"""Corporate actions in a dictionary, under the same contracts as the real ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import final
from uuid import UUID

from application.ledger.action_ports import CorporateActionStore
from domain.ledger.action_terms import into_of
from domain.ledger.corporate_action import CorporateAction
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import CorporateActionId, ImportId, InstrumentId


@final
class FakeCorporateActionStore(CorporateActionStore):
    """Corporate actions in a dictionary."""

    def __init__(self, actions: dict[UUID, CorporateAction]) -> None:
        self._actions = actions

    async def add(self, action: CorporateAction) -> None:
        """Store a copy."""
        self._actions[action.id] = copy.copy(action)

    async def get(self, action_id: CorporateActionId) -> CorporateAction:
        """Return a copy."""
        if action_id not in self._actions:
            raise NotFound("corporate action", action_id)
        return copy.copy(self._actions[action_id])

    async def save(self, action: CorporateAction) -> None:
        """Compare the version, then store a copy."""
        if self._actions[action.id].version != action.version - 1:
            raise VersionConflict("corporate action", expected=action.version - 1)
        self._actions[action.id] = copy.copy(action)

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[CorporateAction]:
        """Return copies of those about the instruments."""
        wanted = set(instrument_ids)
        return [
            action
            for action in await self.counting()
            if {action.details.instrument_id, into_of(action.details.terms)} & wanted
        ]

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CorporateAction]:
        """Return copies of the first of them."""
        return [action for action in await self.counting() if action.import_id == import_id][:limit]

    async def counting(self) -> Sequence[CorporateAction]:
        """Return copies of those that count."""
        return [copy.copy(action) for action in self._actions.values() if action.voided_at is None]
