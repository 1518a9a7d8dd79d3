"""Opens PostgreSQL: one URL, psycopg 3, and one role that owns nothing.

Every connection works as `APP_ROLE`, whatever user the URL names, so that row-level security binds it.
Migrations alone connect as the URL's own user.
"""

from __future__ import annotations

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.platform.database.ready_pool import ReadyPool, refuse_dead

APP_ROLE = "tapedeck_app"
# A process that is frozen in the middle of a transaction must not keep its locks for ever; no step takes this long.
_LONGEST_SILENCE_S = 180


def driver_url(url: str) -> URL:
    """Return the URL with the psycopg driver, whichever PostgreSQL scheme it was written with."""
    return make_url(url).set(drivername="postgresql+psycopg")


def conninfo(url: URL) -> str:
    """Return what psycopg takes by itself; a URL would say a blank as a plus, which PostgreSQL's library leaves one."""
    _, named = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**named)


def open_engine(
    url: str, *, pool_size: int = 10, pool_wait_s: int = 10, statement_timeout_s: int = 30, is_pooled: bool = False
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
        poolclass=ReadyPool,
        pool_use_lifo=True,  # the server is quicker where it was asked a moment ago
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait_s,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # errors end up in logs, what users entered must not
        execution_options={"is_pooled": is_pooled},
        connect_args={"connect_timeout": 5, **({"prepare_threshold": None} if is_pooled else at_start)},
    )
    if is_pooled:
        each = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in set_up.items())

        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(f"SELECT {each}")

        event.listen(engine.sync_engine, "begin", begin)
    refuse_dead(engine.sync_engine)
    return engine


async def open_listener(url: URL) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """Open one connection outside the pool that waits for notifications, as the app role; no pooler may be between."""
    return await psycopg.AsyncConnection.connect(
        conninfo(url), autocommit=True, connect_timeout=5, options=f"-c role={APP_ROLE}"
    )


def open_blocking(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    """Open one connection outside the pool for a thread, as the app role; its block is one transaction."""
    connection = psycopg.connect(conninfo(url), connect_timeout=5, prepare_threshold=None)
    # for the transaction alone, so that a pooler may be between
    connection.execute("SELECT set_config('role', %s, true), set_config('statement_timeout', '5000', true)", [APP_ROLE])
    return connection
