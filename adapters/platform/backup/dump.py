"""Writes a backup: all tables as one snapshot of the database shows them, while everybody goes on working."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from adapters.platform.backup.archive import Manifest, writing
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.backup.tables import Connection, connect, copy_out, refuse_hidden, see_all, stored_tables
from adapters.platform.migrations.run import LOCK

_LOCK_TIMEOUT_S = 120


def write_backup(url: str, place: Path) -> Manifest:
    """Write the database to a new file, whole or not at all; raises BackupRefused.

    Migrations wait until it is written.
    """
    with writing(place) as archive, connect(url) as connection:
        # before the transaction, whose first statement takes the snapshot
        connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT_S}s'".encode())
        connection.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            see_all(connection)
            refuse_hidden(connection)
            revision = _revision(connection)
            for table in stored_tables(connection):
                archive.add_table(table.name, table.columns, copy_out(connection, table.name, table.columns))
        return archive.finish(
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            revision=revision,
            server=str(connection.info.server_version),
        )


def _revision(connection: Connection) -> str:
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
        raise BackupRefused("The database holds nothing of Tapedeck yet: there is nothing to back up.")
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(rows) != 1:
        raise BackupRefused("The database has been migrated halfway; run `tapedeck migrate` first.")
    return str(rows[0][0])
