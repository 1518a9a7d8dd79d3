"""Opens PostgreSQL: one URL, psycopg 3, and one role that owns nothing.

Every connection works as `APP_ROLE`, whatever user the URL names, so that row-level security binds it.
Migrations alone connect as the URL's own user.
"""

from __future__ import annotations

import select

import msgspec
import psycopg
from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

APP_ROLE = "tapedeck_app"
# A process that is frozen in the middle of a transaction must not keep its locks for ever; no step takes this long.
_LONGEST_SILENCE_S = 180


def driver_url(url: str) -> URL:
    """Return the URL with the psycopg driver, whichever PostgreSQL scheme it was written with."""
    return make_url(url).set(drivername="postgresql+psycopg")


def open_engine(url: str, *, pool_size: int = 10, statement_timeout_s: int = 30) -> AsyncEngine:
    """Return an engine whose sessions run as the app role, in UTC, with a limit on each statement."""
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # errors end up in logs, what users entered must not
        connect_args={
            "options": f"-c role={APP_ROLE} -c timezone=UTC -c statement_timeout={statement_timeout_s * 1000}"
            f" -c idle_in_transaction_session_timeout={_LONGEST_SILENCE_S * 1000}",
            "connect_timeout": 5,
        },
    )
    _refuse_dead(engine.sync_engine)
    return engine


def _refuse_dead(engine: Engine) -> None:
    """Let no connection out of the pool that the server has closed; the pool then opens all of them anew.

    The end of a connection lies ready to be read on its socket, so no request pays a round trip to ask. Anything else
    may lie there as well, so then the server is asked after all.
    """

    def look(connection: DBAPIConnection, record: object, proxy: object) -> None:
        del record, proxy
        driver = connection.driver_connection
        if isinstance(driver, psycopg.AsyncConnection) and (driver.broken or _has_something_to_say(driver.fileno())):
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as error:
                raise InvalidatePoolError from error

    event.listen(engine, "checkout", look)


def _has_something_to_say(descriptor: int) -> bool:
    looking = select.poll()
    looking.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(looking.poll(0))


async def open_listener(url: URL) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """Open one connection outside the pool that waits for notifications, as the app role."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await psycopg.AsyncConnection.connect(
        plain, autocommit=True, connect_timeout=5, options=f"-c role={APP_ROLE}"
    )


def open_blocking(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    """Open one connection outside the pool for a thread, as the app role; its block is one transaction."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, connect_timeout=5, options=f"-c role={APP_ROLE} -c statement_timeout=5000")
