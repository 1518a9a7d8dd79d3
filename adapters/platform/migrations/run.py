"""Brings a database to the newest schema, whoever else tries the same at the same moment, while others work with it."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from adapters.platform.database.engine import APP_ROLE, driver_url
from adapters.platform.migrations.owners import open_to_owners
from adapters.platform.migrations.role import MigrationRefused, ensure_app_role

_HERE = Path(__file__).parent
# any fixed number will do; it names this lock within the database
LOCK = 7_310_582_204_613_015
_LOCK_TIMEOUT_S = 120
# Whoever waits for a table makes everybody wait who comes after, so that waits are short, and repeated.
_TABLE_LOCK_S = 2.0
_TRIES = 60


def migrate(url: str, revision: str = "head", *, table_lock_s: float = _TABLE_LOCK_S, tries: int = _TRIES) -> None:
    """Create the app role and run every migration that is missing, up to the revision; several at once take turns.

    Each migration is a transaction. One that cannot have its tables within `table_lock_s` lets everybody else through
    and tries again. The URL's user must be a superuser, or own the database and have CREATEROLE; raises
    MigrationRefused, which says what is missing.
    """
    engine = create_engine(
        driver_url(url),
        poolclass=NullPool,
        connect_args={"options": f"-c lock_timeout={_LOCK_TIMEOUT_S * 1000} -c timezone=UTC", "connect_timeout": 10},
    )
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        ensure_app_role(connection)
        connection.execute(text("SELECT set_config('lock_timeout', :wait, false)"), {"wait": f"{table_lock_s * 1000}"})
        connection.commit()
        for left in reversed(range(tries)):
            try:
                _upgrade(connection, revision)
            except DBAPIError as error:
                connection.rollback()
                if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                if not left:
                    raise MigrationRefused("Somebody keeps a table that a migration needs; try again later.") from error
                time.sleep(table_lock_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
            else:
                return
        # closing the connection gives the lock back


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    # so that the API can tell whether the schema is the one it was written for
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}"))
    connection.commit()
    open_to_owners(connection)
