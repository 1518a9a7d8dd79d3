"""What PostgreSQL says about itself: version, roles, row security, schema, clock, and what lies about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from adapters.platform.backup.hold import count_held
from adapters.platform.backup.tables import Connection
from adapters.platform.database.engine import APP_ROLE
from adapters.platform.doctor.finding import Finding, failed, ok, warning
from adapters.platform.health import newest_revision
from adapters.platform.migrations.owners import POLICY

OLDEST: Final = 150000
MOST_SKEW_S: Final = 2.0
_POWERS: Final = "SELECT rolsuper OR rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s"
_SELF: Final = "SELECT rolsuper, rolbypassrls, rolname::text FROM pg_roles WHERE rolname = session_user"
_MEMBER: Final = "SELECT pg_has_role(session_user, %s, 'MEMBER')"
_TENANT: Final = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND EXISTS (
        SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
    )
"""
_COUNTED: Final = f"SELECT count(*) {_TENANT}"
_OPEN: Final = f"SELECT c.relname::text {_TENANT} AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"
_CLOSED: Final = f"""
    SELECT c.relname::text {_TENANT}
    AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = %s) ORDER BY 1
"""  # noqa: S608 - as above
_INVALID: Final = """
    SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT indisvalid AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_IDLE: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
        AND state_change < now() - interval '5 minutes'
"""
_DEAD: Final = "SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL AND done_at IS NULL"
_EXTENSIONS: Final = "SELECT extname::text FROM pg_extension ORDER BY 1"
_SIZE: Final = "SELECT pg_size_pretty(pg_database_size(current_database()))"


def look_at_database(connection: Connection) -> Iterator[Finding]:
    """Yield what there is to say; the connection is that of the URL's own user."""
    yield _version(connection)
    yield _clock(connection)
    extensions = ", ".join(_texts(connection, _EXTENSIONS))
    yield ok("extensions", f"pg_trgm is needed, and migrations make it; there are {extensions}")
    yield from _roles(connection)
    migrated = _schema(connection)
    yield migrated
    if _one(connection, "SELECT to_regclass('public.outbox') IS NOT NULL"):
        yield from _row_security(connection)
        yield from _leftovers(connection)


def _version(connection: Connection) -> Finding:
    number, size = connection.info.server_version, _one(connection, _SIZE)
    shown = f"PostgreSQL {number // 10000}.{number % 10000}, {size}"
    if number < OLDEST:
        return failed("database", shown, f"upgrade it to PostgreSQL {OLDEST // 10000} or newer")
    return ok("database", shown)


def _clock(connection: Connection) -> Finding:
    before = datetime.now(UTC)
    theirs = _one(connection, "SELECT clock_timestamp()")
    after = datetime.now(UTC)
    if not isinstance(theirs, datetime):
        raise TypeError("the database's clock tells no time")
    return clock("database clock", (before - theirs).total_seconds(), (after - theirs).total_seconds())


def clock(check: str, before_s: float, after_s: float) -> Finding:
    """Judge a clock that was read between two looks at ours, by how far ours was ahead of it each time."""
    skew_s = 0.0 if before_s <= 0 <= after_s else min(before_s, after_s, key=abs)
    if abs(skew_s) > MOST_SKEW_S:
        word = "behind" if skew_s > 0 else "ahead of"
        return warning(
            check, f"{abs(skew_s):.1f} s {word} ours", "let both machines follow the same time servers (NTP)"
        )
    return ok(check, f"within {max(abs(skew_s), 0.1):.1f} s of ours")


def _roles(connection: Connection) -> Iterator[Finding]:
    found = connection.execute(_POWERS, [APP_ROLE]).fetchone()
    if found is None:
        yield failed("app role", f"there is no role {APP_ROLE}", "run `tapedeck migrate`")
        return
    if any(found):
        yield failed(
            "app role",
            f"{APP_ROLE} may log in or look past row security",
            f"run: ALTER ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;",
        )
    elif not _one(connection, _MEMBER, APP_ROLE):
        yield failed("app role", f"the database user may not become {APP_ROLE}", "run `tapedeck migrate`")
    else:
        yield ok("app role", f"{APP_ROLE} has no powers and is who the processes work as")
    row = connection.execute(_SELF).fetchone()
    if row is not None and (row[0] or row[1]):
        yield warning(
            "database user",
            f"{row[2]} is a superuser or has BYPASSRLS",
            "give the URL a user that only owns the database",
        )
    else:
        yield ok("database user", "no superuser")


def _schema(connection: Connection) -> Finding:
    newest = newest_revision()
    if not _one(connection, "SELECT to_regclass('public.alembic_version') IS NOT NULL"):
        return failed("migrations", "the database has not been migrated", "run `tapedeck migrate`")
    found = _one(connection, "SELECT version_num FROM alembic_version")
    if found != newest:
        return failed("migrations", f"at {found}, and this version needs {newest}", "run `tapedeck migrate`")
    return ok("migrations", f"at {found}, the newest")


def _row_security(connection: Connection) -> Iterator[Finding]:
    tenants, unforced = _one(connection, _COUNTED), _texts(connection, _OPEN)
    if unforced:
        yield failed(
            "row security",
            f"not forced on {', '.join(unforced)}",
            "run: ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        )
    else:
        yield ok("row security", f"forced on all {tenants} tables of tenants")
    closed = _texts(connection, _CLOSED, POLICY)
    if closed:
        yield warning("backups", f"would miss rows of {', '.join(closed)}", "run `tapedeck migrate`")
    else:
        yield ok("backups", "see the rows of everybody")


def _leftovers(connection: Connection) -> Iterator[Finding]:
    if invalid := _texts(connection, _INVALID):
        yield warning(
            "indexes", f"{', '.join(invalid)} were left half built", "drop them, and run `tapedeck migrate` again"
        )
    if idle := _one(connection, _IDLE):
        yield warning(
            "sessions", f"{idle} hold a transaction open for minutes", "see pg_stat_activity for whose they are"
        )
    held = count_held(connection)
    if held:
        yield warning(
            "held events", f"{held} wait since a restore", "run `tapedeck release`, with --discard or without"
        )
    with connection.transaction():
        connection.execute("SELECT set_config('role', %s, true), set_config('app.purpose', 'jobs', true)", [APP_ROLE])
        dead = _one(connection, _DEAD)
    if dead:
        yield warning("dead jobs", f"{dead} failed for good", "their owners can retry or discard them at /jobs")
    if not (invalid or idle or held or dead):
        yield ok("leftovers", "no dead or held events, no half-built index, no forgotten transaction")


def _one(connection: Connection, query: str, *values: object) -> object:
    row = connection.execute(query.encode(), values or None).fetchone()
    return None if row is None else row[0]


def _texts(connection: Connection, query: str, *values: object) -> Sequence[str]:
    return [str(row[0]) for row in connection.execute(query.encode(), values or None)]
