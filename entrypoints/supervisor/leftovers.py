"""Ends what a killed supervisor left running.

The kernel ends the children of a dead supervisor, but not their children, such as the process in which a worker
does one job; and other kernels than Linux do nothing of the kind, so there the children watch for themselves.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "TAPEDECK_SUPERVISED"
_PATIENCE_S = 5.0
_WATCH_S = 0.5


def end_leftovers(data: Path) -> None:
    """Kill every process that carries the mark of a supervisor of this data folder; return when they are gone."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        found = list(_marked(f"{MARK}={data}".encode()))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def die_with_parent() -> None:
    """Watch the parent from a thread and end this process when it is gone, where the kernel does not do so."""
    if MARK not in os.environ or platform.system() == "Linux":
        return
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def _marked(mark: bytes) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*/environ"):
        # another user's process, or one that ended meanwhile
        with contextlib.suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                yield int(place.parent.name)
