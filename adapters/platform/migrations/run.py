"""Brings a database to the newest schema, whoever else tries the same at the same moment."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from adapters.platform.database.engine import APP_ROLE, driver_url
from adapters.platform.migrations.owners import open_to_owners
from adapters.platform.migrations.role import ensure_app_role

_HERE = Path(__file__).parent
# any fixed number will do; it names this lock within the database
LOCK = 7_310_582_204_613_015
_LOCK_TIMEOUT_S = 120


def migrate(url: str, revision: str = "head") -> None:
    """Create the app role and run every migration that is missing, up to the revision; several at once take turns.

    The URL's user must be a superuser, or own the database and have CREATEROLE; raises MigrationRefused,
    which says what is missing.
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
        config = Config()
        config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        # so that the API can tell whether the schema is the one it was written for
        connection.execute(text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}"))
        connection.commit()
        open_to_owners(connection)
        # closing the connection gives the lock back
