"""Opens PostgreSQL: one URL, psycopg 3, and one role that owns nothing.

Every connection works as `APP_ROLE`, whatever user the URL names, so that row-level security binds it.
Migrations alone connect as the URL's own user.
"""

from __future__ import annotations

import select

import msgspec
import psycopg
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

APP_ROLE = "tapedeck_app"
# A process that is frozen in the middle of a transaction must not keep its locks for ever; no step takes this long.
_LONGEST_SILENCE_S = 180


def driver_url(url: str) -> URL:
    """Return the URL with the psycopg driver, whichever PostgreSQL scheme it was written with."""
    return make_url(url).set(drivername="postgresql+psycopg")


def open_engine(
    url: str, *, pool_size: int = 10, statement_timeout_s: int = 30, is_pooled: bool = False
) -> AsyncEngine:
    """Return an engine whose transactions run as the app role, in UTC, with a limit on each statement.

    `is_pooled` says that the URL leads to a pooler that hands out a server session for each transaction, such as
    PgBouncer: then everything is set at the start of each transaction and for it alone, and nothing is prepared.
    """
    set_up = {
        "role": APP_ROLE,
        "timezone": "UTC",
        "statement_timeout": str(statement_timeout_s * 1000),
        "idle_in_transaction_session_timeout": str(_LONGEST_SILENCE_S * 1000),
    }
    at_start: dict[str, object] = {"options": " ".join(f"-c {name}={value}" for name, value in set_up.items())}
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # errors end up in logs, what users entered must not
        connect_args={"connect_timeout": 5, **({"prepare_threshold": None} if is_pooled else at_start)},
    )
    if is_pooled:
        each = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in set_up.items())

        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT {each}")

        event.listen(engine.sync_engine, "begin", begin)
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
    """Open one connection outside the pool that waits for notifications, as the app role; no pooler may be between."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await psycopg.AsyncConnection.connect(
        plain, autocommit=True, connect_timeout=5, options=f"-c role={APP_ROLE}"
    )


def open_blocking(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    """Open one connection outside the pool for a thread, as the app role; its block is one transaction."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(plain, connect_timeout=5, prepare_threshold=None)
    # for the transaction alone, so that a pooler may be between
    connection.execute("SELECT set_config('role', %s, true), set_config('statement_timeout', '5000', true)", [APP_ROLE])
    return connection
