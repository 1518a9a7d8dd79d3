"""The commands of whoever looks after an installation: each on the database that is meant, embedded or configured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.exc import ArgumentError, OperationalError

from adapters.platform.backup.archive import Manifest
from adapters.platform.backup.dump import write_backup
from adapters.platform.backup.errors import BackupRefused
from adapters.platform.backup.hold import release
from adapters.platform.backup.restore import Restored, restore_backup
from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.reaching import reaching
from adapters.platform.settings import BrokenSetting


def back_up(data: Path, environment: Mapping[str, str], place: Path) -> Manifest:
    """Write a backup to a new file; raises BackupRefused, BrokenSetting or CannotStart."""
    with _plainly(), reaching(data, environment) as url:
        return write_backup(url, place)


def restore(data: Path, environment: Mapping[str, str], place: Path, *, verify: bool, hold: bool) -> Restored:
    """Fill the empty database from a backup; raises BackupRefused, BrokenSetting, CannotStart or MigrationRefused."""
    with _plainly(), reaching(data, environment) as url:
        return restore_backup(url, place, verify=verify, hold=hold)


def release_held(data: Path, environment: Mapping[str, str], *, discard: bool) -> int:
    """Let events that a restore held have their effect, or never; return how many there were."""
    with _plainly(), reaching(data, environment) as url:
        return release(url, discard=discard)


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what the database says no to into one line."""
    try:
        yield
    except (psycopg.Error, OperationalError) as error:
        reason = " ".join(str(error.orig if isinstance(error, OperationalError) else error).split())
        if isinstance(error, psycopg.OperationalError | OperationalError):
            raise CannotStart(f"The database cannot be used: {reason}") from error
        raise BackupRefused(f"The database refused: {reason}") from error
    except ArgumentError as error:
        raise BrokenSetting("Broken setting: database.url is not a URL such as postgresql://user@host/name.") from error
