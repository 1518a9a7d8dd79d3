"""Tells a database that is away from a statement that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.shared.errors import Unavailable

# PostgreSQL's classes and codes for: connection trouble, a full disk, too many connections, shutting down
_AWAY = ("08", "53000", "53100", "53300", "57P")
# for: a statement out of time, two transactions that cannot both succeed, a lock that is not to be had
_CONTENDED = ("57014", "40001", "40P01", "55P03")


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is restarting, or takes nobody in."""


def is_away(error: BaseException) -> bool:
    """Whether the error speaks of the database itself and not of what it was asked."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
    if not isinstance(error, psycopg.OperationalError):
        return False
    # no code means that the driver never heard from the server
    return error.sqlstate is None or error.sqlstate.startswith(_AWAY)


@contextmanager
def translated() -> Iterator[None]:
    """Raise Unavailable where the same work may succeed later: DatabaseUnavailable when the database is away."""
    try:
        yield
    except (DBAPIError, PoolTimeout, psycopg.OperationalError) as error:
        if is_away(error):
            raise DatabaseUnavailable("The database is away for the moment; try again in a few seconds.") from error
        if _sqlstate(error) in _CONTENDED:
            raise Unavailable(
                "Too much is going on at once, so this was not done; try again in a few seconds."
            ) from error
        raise


@contextmanager
def storing() -> Iterator[None]:
    """Raise DatabaseUnavailable with the truth about a commit whose answer never came."""
    try:
        yield
    except DBAPIError as error:
        if is_away(error):
            raise DatabaseUnavailable(
                "The database went away while this was being stored, so it may or may not be there; "
                "look, or send it again under the same idempotency key."
            ) from error
        raise


def _sqlstate(error: BaseException) -> str | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    return original.sqlstate if isinstance(original, psycopg.Error) else None
