"""One supervised process: how it is started, how it is stopped, and how it fared."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, final

from entrypoints.supervisor.backoff import Backoff

LARGEST_LOG = 20_000_000


def _nothing() -> None:
    """Needs no preparation."""


def _last_line(output: str) -> str:
    """Return the last line that is not blank."""
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "it said nothing")


def _always() -> bool:
    """Counts as ready once it runs."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to run a process. `command` is asked anew for each start, after `prepare`; `inherits` are open files.

    `why` finds in the output of a process that ended what it ended of.
    """

    name: str
    command: Callable[[], list[str]]
    environment: Mapping[str, str]
    log: Path
    inherits: Sequence[int] = ()
    prepare: Callable[[], None] = _nothing
    is_ready: Callable[[], bool] = _always
    why: Callable[[str], str] = _last_line
    stop_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL


@final
@dataclass(slots=True)
class Child:
    """A process that follows a plan, over all its starts."""

    plan: Plan
    backoff: Backoff = field(default_factory=Backoff)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float | None = None
    log_begin: int = 0

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone."""
        self.plan.prepare()
        with _open_log(self.plan.log) as log:
            self.log_begin = log.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                self.plan.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.plan.environment,
                pass_fds=self.plan.inherits,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.due_at = None

    def ended(self) -> str | None:
        """Return in words how it ended, once it did; None while it runs or after this was told."""
        if self.process is None or self.process.poll() is None:
            return None
        code = self.process.returncode
        self.process = None
        self.backoff = self.backoff.after_run_of(time.monotonic() - self.started_at)
        self.due_at = time.monotonic() + self.backoff.delay_s
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self.process is not None and self.process.poll() is None

    def last_words(self) -> str:
        """Return why it ended, as its log since the start tells."""
        try:
            with self.plan.log.open("rb") as log:
                log.seek(self.log_begin)
                return self.plan.why(log.read(1_000_000).decode(errors="replace"))
        except OSError:
            return "it left no log"

    def trim_log(self) -> None:
        """Move a log that has grown large aside, keeping one older part; the process goes on writing."""
        try:
            if self.plan.log.stat().st_size <= LARGEST_LOG:
                return
            older = self.plan.log.with_suffix(".1.log")
            older.write_bytes(self.plan.log.read_bytes())
            os.truncate(self.plan.log, 0)
        except OSError:
            return  # a log that cannot be trimmed is no reason to stop anything


def _open_log(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")
