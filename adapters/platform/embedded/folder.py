"""The data folder of an installation on one machine: one owner at a time, its secrets, its servers' folders.

lock            held by the running supervisor; the kernel frees it when that dies
secrets.json    made once, 0600: without it the database cannot be opened and sessions end
postgres/ valkey/ run/ logs/ programs/
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

import msgspec
from msgspec import Struct

from adapters.platform.embedded.errors import CannotStart
from adapters.platform.embedded.processes import server_user


class InUse(CannotStart):
    """Another process owns the data folder."""


class Secrets(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What only this installation knows."""

    database_password: str
    redis_password: str
    signing_key: str
    demo_password: str

    def __repr__(self) -> str:
        return "Secrets(***)"


@final
class DataFolder:
    """The folder at `path`, created when it is missing; raises CannotStart if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                user = server_user()
                if user is not None:
                    # the servers' user passes through to what is its own; all that is ours is 0600
                    os.chown(self.path, -1, user.gid)
                self.path.chmod(0o710 if user else 0o700)
            (self.path / "logs").mkdir(exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(b"-")
        except OSError as error:
            raise CannotStart(
                f"The data folder {self.path} cannot be used: {error.strerror}. Choose another with --data-dir."
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Own the folder for the block; raises InUse, naming the owner, if another process does."""
        with (self.path / "lock").open("a+") as lock:
            os.fchmod(lock.fileno(), 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                owner = lock.read().strip() or "another process"
                raise InUse(
                    f"Tapedeck already runs on {self.path} ({owner}). Stop it first, or choose another --data-dir."
                ) from None
            lock.seek(0)
            lock.truncate()
            lock.write(f"process {os.getpid()}\n")
            lock.flush()
            yield

    def secrets(self) -> Secrets:
        """Return this installation's secrets, made at the first call."""
        place = self.path / "secrets.json"
        if not place.exists():
            made = Secrets(
                database_password=secrets.token_urlsafe(32),
                redis_password=secrets.token_urlsafe(32),
                signing_key=secrets.token_urlsafe(48),
                demo_password=secrets.token_urlsafe(15),
            )
            _write_whole(place, msgspec.json.encode(made))
        try:
            return msgspec.json.decode(place.read_bytes(), type=Secrets)
        except (OSError, msgspec.DecodeError) as error:
            raise CannotStart(f"The secrets in {place} cannot be read: {error}.") from error


def _write_whole(place: Path, content: bytes) -> None:
    """Write a private file so that it exists whole or not at all, whatever happens to the machine."""
    fresh = place.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(place)
