"""Reads a backup into an empty database: checked before, compared after, and at rest until its operator says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg import sql

from adapters.platform import migrations
from adapters.platform.backup.archive import ArchiveReader, Manifest, TableRecord, reading
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.backup.hold import Calmed, calm
from adapters.platform.backup.tables import Connection, StoredTable, connect, copy_in, see_all, stored_tables, tally
from adapters.platform.migrations.run import migrate

# the checks of references wait in the server's memory until a statement ends
_BATCH: Final = 100_000


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and what waits for the operator."""

    manifest: Manifest
    is_verified: bool
    calmed: Calmed


def restore_backup(url: str, place: Path, *, verify: bool, hold: bool) -> Restored:
    """Fill the empty database from the file and bring it to this version's schema; raises BackupRefused.

    The rows, the comparison and the hold are one transaction: unless all of it succeeds the database stays empty.
    """
    with reading(place) as archive:
        revision = archive.manifest.revision
        _refuse_unknown(revision)
        archive.check()
        _refuse_other_schema(url, revision)
        migrate(url, revision)
        with connect(url) as connection, connection.transaction():
            see_all(connection)
            tables = _match(stored_tables(connection), archive.manifest.tables)
            _force(connection, tables, "NO FORCE")
            _refuse_rows(connection, tables)
            for table, record in tables:
                _load(connection, archive, table, record)
            if verify:
                _compare(connection, tables)
            calmed = calm(connection, hold=hold)
            _force(connection, tables, "FORCE")
        migrate(url)
        return Restored(archive.manifest, verify, calmed)


def _refuse_unknown(revision: str) -> None:
    scripts = ScriptDirectory(str(Path(str(migrations.__file__)).parent))
    try:
        scripts.get_revision(revision)
    except CommandError as error:
        raise BackupRefused(
            f"The backup is of migration {revision} and this Tapedeck knows those up to "
            f"{scripts.get_current_head()} only: restore it with the version that made it, or a newer one."
        ) from error


def _refuse_other_schema(url: str, revision: str) -> None:
    """An empty database will do, and a migrated one without rows that has the backup's schema."""
    with connect(url) as connection:
        with connection.transaction():
            tables = stored_tables(connection)
        if not tables:
            return
        row = None
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() != (None,):
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise BackupRefused(f"The database is not empty: it has a table {tables[0].name}. Restore into a new one.")
    if row[0] != revision:
        raise BackupRefused(
            f"The database has the schema of migration {row[0]} and the backup that of {revision}. "
            "Restore into a new database; it is migrated afterwards."
        )


_Pairs = Sequence[tuple[StoredTable, TableRecord]]


def _match(stored: Sequence[StoredTable], records: Sequence[TableRecord]) -> _Pairs:
    """Pair tables with what the backup holds of them; each must have the other."""
    by_name = {record.name: record for record in records}
    for table in stored:
        record = by_name.get(table.name)
        if record is None or set(record.columns) != set(table.columns):
            raise BackupRefused(f"The backup does not fit its own schema: see its table {table.name}.")
    odd = by_name.keys() - {table.name for table in stored}
    if odd:
        raise BackupRefused(f"The backup has tables that its schema has not: {', '.join(sorted(odd))}.")
    return [(table, by_name[table.name]) for table in stored]


def _force(connection: Connection, tables: _Pairs, mode: str) -> None:
    """Bind the owner to row security again, or not for the rest of the transaction."""
    for table, _ in tables:
        if table.is_forced:
            statement = f"ALTER TABLE {{}} {mode} ROW LEVEL SECURITY"
            connection.execute(sql.SQL(statement).format(sql.Identifier(table.name)))  # pyright: ignore[reportArgumentType]  # put together from our own two words


def _refuse_rows(connection: Connection, tables: _Pairs) -> None:
    for table, _ in tables:
        query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table.name))
        if connection.execute(query).fetchone() == (True,):
            raise BackupRefused(f"The database is not empty: its table {table.name} has rows. Restore into a new one.")


def _load(connection: Connection, archive: ArchiveReader, table: StoredTable, record: TableRecord) -> None:
    rows = archive.rows(record)
    # rows that refer to others of their table must all be there when the statement ends
    for batch in [rows] if table.is_circular else _batches(rows):
        copy_in(connection, table.name, record.columns, batch)


def _batches(rows: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    for first in rows:
        yield _first_and(first, islice(rows, _BATCH - 1))


def _first_and(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _compare(connection: Connection, tables: _Pairs) -> None:
    for table, record in tables:
        found = tally(connection, table.name, record.columns)
        if (found.rows, found.digest) != (record.rows, record.digest):
            raise BackupRefused(
                f"The restored table {table.name} is not what was backed up: {found.rows} rows of {record.rows}, "
                f"{'the same' if found.digest == record.digest else 'another'} content. Nothing was restored."
            )
