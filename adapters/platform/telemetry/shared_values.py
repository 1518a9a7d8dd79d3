"""Numbers that several processes of one machine count together, in files of a folder.

Each process adds to files of its own that are mapped into memory, so what it counted outlives it however it ends. The
children that a worker forks one after another go on with one set of files. A process holds a lock for as long as it or
a child of it lives: what a dead one says about the present, such as connections it has in use, is removed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import values
from prometheus_client.values import MultiProcessValue  # pyright: ignore[reportUnknownVariableType] - not typed

# the library does not type it
_MAKE: Final[Callable[[Callable[[], str]], type[object]]] = MultiProcessValue  # pyright: ignore[reportUnknownVariableType] - as above
_OPENED: Final[dict[Path, int]] = {}


def share_values(folder: Path) -> None:
    """Let all metrics that this process makes from now on count in the folder; once per process and folder."""
    if folder in _OPENED:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name, owner = secrets.token_hex(6), os.getpid()
    _OPENED[folder] = lock = os.open(folder / f"{name}.alive", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)

    def identifier() -> str:
        return name if os.getpid() == owner else f"{name}-children"

    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = _MAKE(identifier)


def forget_the_dead(folder: Path) -> None:
    """Remove what dead processes said about the present; what they have counted stays."""
    for alive in folder.glob("*.alive"):
        if not _is_held(alive):
            for file in _about_the_present(folder, alive.stem):
                file.unlink(missing_ok=True)
            alive.unlink(missing_ok=True)


def clear_values(folder: Path) -> None:
    """Begin anew, before any process that shares the folder starts."""
    for pattern in ("*.db", "*.alive"):
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)


def _about_the_present(folder: Path, name: str) -> Iterator[Path]:
    yield from folder.glob(f"gauge_live*_{name}.db")
    yield from folder.glob(f"gauge_live*_{name}-children.db")


def _is_held(alive: Path) -> bool:
    with suppress(FileNotFoundError):
        file = os.open(alive, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
    return False
