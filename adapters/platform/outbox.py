"""Stores events in the transaction of the change that caused them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import msgspec
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.platform.outbox_table import outbox
from application.shared.ports import IdFactory, Outbox
from domain.shared.events import Event

CHANNEL = "tapedeck_outbox"
_NOTIFY = text("SELECT pg_notify(:channel, '')")


@final
class SqlOutbox(Outbox):
    """Adds one row for each event and wakes the relay when the transaction commits."""

    def __init__(self, connection: AsyncConnection, ids: IdFactory) -> None:
        self._connection = connection
        self._ids = ids

    async def add(self, events: Iterable[Event]) -> None:
        """Store the events in their order; a payload holds the event's fields as JSON, decimals as strings."""
        rows = [
            {
                "organisation_id": event.organisation_id,
                "id": self._ids.new(),
                "name": event.name,
                "payload": msgspec.to_builtins(event),
            }
            for event in events
        ]
        if rows:
            await self._connection.execute(insert(outbox), rows)
            await self._connection.execute(_NOTIFY, {"channel": CHANNEL})
