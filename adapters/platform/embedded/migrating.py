"""Migrates the database that is meant: a configured one, or the embedded one, started for as long as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import ArgumentError, OperationalError

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.local import open_local
from adapters.platform.embedded.running import running
from adapters.platform.migrations.run import migrate
from adapters.platform.settings import BrokenSetting, database_url


def migrate_database(data: Path, environment: Mapping[str, str]) -> None:
    """Bring the database to the newest schema; raises BrokenSetting, CannotStart or MigrationRefused."""
    configured = database_url(environment)
    if configured is not None:
        _migrate(configured)
        return
    with open_local(data, environment) as local:
        for server in local.servers:
            if server.name == "postgres":
                with running(server, local.logs / "postgres.log"):
                    _migrate(local.settings.database.url.reveal())


def _migrate(url: str) -> None:
    try:
        migrate(url)
    except ArgumentError as error:
        raise BrokenSetting("Broken setting: database.url is not a URL such as postgresql://user@host/name.") from error
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        raise CannotStart(f"The database that database.url names cannot be used: {reason}") from error
