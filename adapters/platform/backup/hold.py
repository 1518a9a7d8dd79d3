"""What a restored copy must not do by itself: send anew what the original sent, catch up, or let old sessions in.

Between the backup and the restore the original went on. Events that wait in the copy may long have had their effect
outside, so they are held, by a time that never comes, until an operator lets them go. The schedules count from now on.
Sessions end: one that was revoked after the backup would be alive again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.platform.backup.tables import Connection, connect
from adapters.platform.database.engine import APP_ROLE
from adapters.platform.outbox import CHANNEL

_NEVER: Final = "9999-12-31 00:00:00+00"
_PENDING: Final = "done_at IS NULL AND dead_at IS NULL"
_HOLD: Final = f"UPDATE outbox SET available_at = '{_NEVER}', rung_at = NULL WHERE {_PENDING}"  # noqa: S608 - constants of this module
_FREE: Final = f"UPDATE outbox SET leased_until = NULL WHERE {_PENDING}"  # noqa: S608 - constants of this module
_SKIP_SLOTS: Final = """
    INSERT INTO schedule_slots (entry, slot, due_at)
    SELECT DISTINCT entry, now() AT TIME ZONE 'UTC', now() FROM schedule_slots
"""
_END_SESSIONS: Final = """
    UPDATE sessions SET ended_at = now(), end_reason = 'restored', version = version + 1 WHERE ended_at IS NULL
"""
_RELEASE: Final = f"UPDATE outbox SET available_at = now() WHERE {_PENDING} AND available_at = '{_NEVER}'"  # noqa: S608 - constants of this module
_DISCARD: Final = f"""
    UPDATE outbox SET done_at = now(), cancelled_at = now() WHERE {_PENDING} AND available_at = '{_NEVER}'
"""  # noqa: S608 - constants of this module
_HELD: Final = f"SELECT count(*) FROM outbox WHERE {_PENDING} AND available_at = '{_NEVER}'"  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class Calmed:
    """How many events are held, and how many sessions were ended."""

    events: int
    sessions: int


def calm(connection: Connection, *, hold: bool) -> Calmed:
    """Make a copy that was just restored wait for its operator, in the transaction that restores it."""
    if _has(connection, "outbox", "leased_until"):
        connection.execute(_FREE)
    events = connection.execute(_HOLD).rowcount if hold else 0
    if _has(connection, "schedule_slots", "due_at"):
        connection.execute(_SKIP_SLOTS)
    return Calmed(events, connection.execute(_END_SESSIONS).rowcount)


def release(url: str, *, discard: bool) -> int:
    """Let held events have their effect, or never; return how many there were."""
    with connect(url) as connection, connection.transaction():
        _as_app(connection)
        count = connection.execute(_DISCARD if discard else _RELEASE).rowcount
        connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return count


def count_held(connection: Connection) -> int:
    """Return how many events wait for an operator's word."""
    with connection.transaction():
        _as_app(connection)
        row = connection.execute(_HELD).fetchone()
    return int(str(row[0])) if row else 0


def _as_app(connection: Connection) -> None:
    connection.execute("SELECT set_config('role', %s, true), set_config('app.purpose', 'jobs', true)", [APP_ROLE])


def _has(connection: Connection, table: str, column: str) -> bool:
    """Whether the schema of the backup, which may be old, has it."""
    found = connection.execute(
        "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped",
        [f"public.{table}", column],
    )
    return found.fetchone() is not None
