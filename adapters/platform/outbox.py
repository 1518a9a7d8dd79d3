"""Stores events in the transaction of the change that caused them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias, final

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.platform.outbox_table import outbox
from adapters.platform.telemetry.tracing import current_traceparent
from application.shared.ports import IdFactory, Outbox
from domain.shared.events import Event

CHANNEL = "tapedeck_outbox"
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
_Built: TypeAlias = "dict[str, _Built] | list[_Built] | tuple[_Built, ...] | Decimal | str | int | float | bool | None"
_NOTIFY = text("SELECT pg_notify(:channel, '')")


def payload_of(event: Event) -> dict[str, Json]:
    """Return the event's fields as JSON values; decimals become plain strings, which lose no digit."""
    fields: dict[str, _Built] = msgspec.to_builtins(event, builtin_types=(Decimal,), str_keys=True)
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: _Built) -> Json:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


@final
class SqlOutbox(Outbox):
    """Adds one row for each event and wakes the relay when the transaction commits."""

    def __init__(self, connection: AsyncConnection, ids: IdFactory) -> None:
        self._connection = connection
        self._ids = ids

    async def add(self, events: Iterable[Event]) -> None:
        """Store the events in their order; see `payload_of` for what a payload holds.

        One whose key is known is dropped, also where the first is long done: it waits for whoever is storing that.
        """
        traceparent = current_traceparent()
        rows = [
            {
                "organisation_id": event.organisation_id,
                "id": self._ids.new(),
                "name": event.name,
                "payload": payload_of(event),
                "priority": event.priority.value,
                "subject_id": event.subject_id,
                "unique_key": event.unique_key,
                "traceparent": traceparent,
            }
            for event in events
        ]
        if rows:
            await self._connection.execute(insert(outbox).on_conflict_do_nothing(), rows)
            await self._connection.execute(_NOTIFY, {"channel": CHANNEL})
