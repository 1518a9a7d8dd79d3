"""What there is to back up, as PostgreSQL's catalogue tells it: which tables, which columns, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeAlias

import psycopg
from psycopg import sql

from adapters.platform.backup.archive import Tally
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.database.engine import conninfo, driver_url
from adapters.platform.migrations.owners import POLICY, PURPOSE

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

# generated columns come of the others, and partitions are reached through their table
_TABLES: Final = """
    SELECT c.relname, c.relforcerowsecurity,
        EXISTS (SELECT 1 FROM pg_constraint r WHERE r.conrelid = c.oid AND r.confrelid = c.oid AND r.contype = 'f'),
        array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'alembic_version'
    GROUP BY c.oid, c.relname, c.relforcerowsecurity ORDER BY c.relname
"""
_REFERENCES: Final = """
    SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid
"""
_HIDDEN: Final = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND row_security_active(c.oid)
        AND NOT EXISTS (
            SELECT 1 FROM pg_policy p
            WHERE p.polrelid = c.oid AND p.polname = %s AND pg_has_role(current_user, p.polroles[1], 'USAGE')
        )
    ORDER BY c.relname
"""
# how values are written must not depend on what the server or the user has set
_PLAIN: Final = """
    SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
        set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true),
        set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true),
        set_config('extra_float_digits', '1', true), set_config('search_path', 'public', true),
        set_config('row_security', 'on', true), set_config('app.purpose', %s, true)
"""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of the database.

    `is_forced` says that row security binds its owner as well, `is_circular` that its rows may refer to each other.
    """

    name: str
    columns: tuple[str, ...]
    is_forced: bool
    is_circular: bool


def connect(url: str) -> Connection:
    """Open a connection as the URL's own user, who owns the tables; every statement is its own transaction at first."""
    return psycopg.connect(conninfo(driver_url(url)), autocommit=True, connect_timeout=10)


def see_all(connection: Connection) -> None:
    """Write values plainly and see the rows of everybody, in this transaction."""
    connection.execute(_PLAIN, [PURPOSE])


def refuse_hidden(connection: Connection) -> None:
    """Raise BackupRefused if row security would keep rows of a table from this user: they would be missing."""
    hidden = [str(row[0]) for row in connection.execute(_HIDDEN, [POLICY])]
    if hidden:
        raise BackupRefused(
            f"Row security hides rows of {', '.join(hidden)} from the database user. Back up as the user who runs "
            "`tapedeck migrate`, and run that once before."
        )


def stored_tables(connection: Connection) -> Sequence[StoredTable]:
    """Return all tables but the record of migrations, each after those that it refers to."""
    found = {
        str(name): StoredTable(str(name), tuple(map(str, _listed(columns))), bool(is_forced), bool(is_circular))
        for name, is_forced, is_circular, columns in connection.execute(_TABLES)
    }
    references = [(str(a), str(b)) for a, b in connection.execute(_REFERENCES)]
    return _sorted(found, references)


def copy_out(connection: Connection, table: str, columns: Sequence[str]) -> Iterator[bytes]:
    """Yield the rows of a table as COPY writes them, line by line."""
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_names(columns), sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        for row in rows:
            yield bytes(row)


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Add rows that were written by COPY."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write(row)


def tally(connection: Connection, table: str, columns: Sequence[str]) -> Tally:
    """Count and sum the rows that the table holds."""
    found = Tally()
    for row in copy_out(connection, table, columns):
        found.add(row)
    return found


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError(f"an array was expected, not {type(value).__name__}")
    found: list[object] = value  # pyright: ignore[reportUnknownVariableType] - the driver's lists hold anything
    return found


def _sorted(found: Mapping[str, StoredTable], references: Sequence[tuple[str, str]]) -> Sequence[StoredTable]:
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(found, ()))
    for table, other in references:
        order.add(table, other)
    try:
        return [found[name] for name in order.static_order() if name in found]
    except CycleError as error:
        raise BackupRefused(f"Tables refer to each other in a circle: {', '.join(error.args[1])}.") from error
