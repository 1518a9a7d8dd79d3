"""Identifiers are UUIDv7: unique over all machines and sorted by the time they were made.

The types are distinct to the type checker so that an account's id cannot stand for a trade's.
"""

from __future__ import annotations

from typing import NewType, TypeAlias
from uuid import UUID, uuid5

OrganisationId = NewType("OrganisationId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
AccountId = NewType("AccountId", UUID)
InstrumentId = NewType("InstrumentId", UUID)
TradeId = NewType("TradeId", UUID)
# an ordinary lot or disposal has the id of its trade, one that an event made has a derived id
LotId: TypeAlias = UUID
DisposalId: TypeAlias = UUID
CorporateActionId = NewType("CorporateActionId", UUID)
ProposalId = NewType("ProposalId", UUID)
TransferId = NewType("TransferId", UUID)
CashMovementId = NewType("CashMovementId", UUID)
ImportId = NewType("ImportId", UUID)
EventId = NewType("EventId", UUID)


def derived_id(event_id: UUID, source_id: UUID) -> UUID:
    """Return the id of what an event makes of a thing: the same at every replay."""
    return uuid5(event_id, str(source_id))
