"""The role that the application works as: it owns nothing, logs in as nobody and cannot look past row security.

Roles belong to the cluster, not to the database: others may create or grant this one at the same moment, so
each step looks first, and a clash means looking again.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from adapters.platform.database.engine import APP_ROLE

_TRIES = 20
_WITH_SET_OPTION = 160000  # the first server version whose memberships have one


class MigrationRefused(Exception):
    """The database is not one that can be migrated; the message says what to change."""


def ensure_app_role(connection: Connection) -> None:
    """Create the app role if it is missing and let the session's user become it; raises MigrationRefused."""
    _until_it_holds(connection, _exists, _create)
    _refuse_powers(connection)
    _until_it_holds(connection, _may_become, _grant)


def _until_it_holds(
    connection: Connection, holds: Callable[[Connection], bool], make: Callable[[Connection], None]
) -> None:
    clash: DBAPIError | None = None
    for _ in range(_TRIES):
        try:
            if holds(connection):
                connection.commit()
                return
            make(connection)
            connection.commit()
        except DBAPIError as error:
            connection.rollback()
            if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise MigrationRefused(_advice(connection)) from error
            if not _is_clash(error):
                raise
            clash = error
    raise MigrationRefused(f"The role {APP_ROLE} could not be set up: others keep changing it.") from clash


def _is_clash(error: DBAPIError) -> bool:
    # "tuple concurrently updated" is what two GRANTs at once meet; it has no code of its own
    return isinstance(
        error.orig,
        psycopg.errors.DuplicateObject | psycopg.errors.UniqueViolation | psycopg.errors.InternalError_,
    )


def _exists(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": APP_ROLE}).first())


def _create(connection: Connection) -> None:
    connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"))


def _refuse_powers(connection: Connection) -> None:
    powers = connection.execute(
        text("SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = :r"), {"r": APP_ROLE}
    ).scalar_one()
    connection.commit()
    if powers:
        raise MigrationRefused(
            f"The role {APP_ROLE} exists and may log in, is a superuser or has BYPASSRLS, so it would not be bound by "
            f"row security. Run: ALTER ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;"
        )


def _may_become(connection: Connection) -> bool:
    privilege = "SET" if _version(connection) >= _WITH_SET_OPTION else "MEMBER"
    return bool(
        connection.execute(
            text("SELECT pg_has_role(session_user, :role, :privilege)"), {"role": APP_ROLE, "privilege": privilege}
        ).scalar_one()
    )


def _grant(connection: Connection) -> None:
    options = " WITH SET TRUE, INHERIT FALSE" if _version(connection) >= _WITH_SET_OPTION else ""
    connection.execute(text(f"GRANT {APP_ROLE} TO SESSION_USER{options}"))


def _version(connection: Connection) -> int:
    return int(connection.execute(text("SHOW server_version_num")).scalar_one())


def _advice(connection: Connection) -> str:
    user = connection.execute(text("SELECT quote_ident(session_user)")).scalar_one()
    connection.commit()
    return (
        f"The database user {user} may not set up the role {APP_ROLE}. Either let an administrator run: "
        f"CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO {user}; "
        f"or give the user the right to: ALTER ROLE {user} CREATEROLE;"
    )
