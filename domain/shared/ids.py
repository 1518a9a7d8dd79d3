"""Identifiers are UUIDv7: unique over all machines and sorted by the time they were made.

The types are distinct to the type checker so that an account's id cannot stand for a trade's.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

OrganisationId = NewType("OrganisationId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
AccountId = NewType("AccountId", UUID)
InstrumentId = NewType("InstrumentId", UUID)
TradeId = NewType("TradeId", UUID)
ImportId = NewType("ImportId", UUID)
EventId = NewType("EventId", UUID)
