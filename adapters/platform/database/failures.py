"""Tells a database that is away from a statement that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.shared.errors import Unavailable

# PostgreSQL's classes and codes for: connection trouble, too few resources, shutting down, a statement stopped
_AWAY = ("08", "53", "57P", "57014")


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, is restarting, or did not answer in time."""


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
    """Raise DatabaseUnavailable for what the block meets when the database is away."""
    try:
        yield
    except (DBAPIError, PoolTimeout, psycopg.OperationalError) as error:
        if is_away(error):
            raise DatabaseUnavailable("The database is away for the moment; try again in a few seconds.") from error
        raise
