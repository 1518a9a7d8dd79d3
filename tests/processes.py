"""Watches real processes: waits for what they do, never for time to pass."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

# what happens, happens at once or within seconds; a busy machine takes longer, and only what never happens takes this
PATIENCE_S = 180.0
# whoever looks every few milliseconds and finds that more than this has passed stood still, and so did all the rest
LONGEST_STEP_S = 0.1


def until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return as soon as it holds; fail with `what` if it never does."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        select.select([], [], [], 0.01)


def is_alive(pid: int) -> bool:
    """Tell whether the process runs; one that ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Stopwatch:
    """Counts the time in which things could happen: of a pause of the whole machine no more than a step.

    It is to be looked at every few milliseconds.
    """

    def __init__(self) -> None:
        self._passed_s = 0.0
        self._looked_at = time.monotonic()

    def passed_s(self) -> float:
        """Look at it."""
        now = time.monotonic()
        self._passed_s += min(now - self._looked_at, LONGEST_STEP_S)
        self._looked_at = now
        return self._passed_s


class Talker:
    """A process whose lines are read one by one."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._rest = b""

    def read_until(self, part: str, patience_s: float = PATIENCE_S) -> str:
        """Return the next line that contains the part."""
        end = time.monotonic() + patience_s
        while True:
            line = self._next_line(end)
            assert line is not None, f"{part!r} never came; before it: {self.lines}"
            self.lines.append(line)
            if part in line:
                return line

    def said(self, part: str) -> str:
        """Return the line read before that contains the part."""
        return next(line for line in self.lines if part in line)

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Signal the process, wait for its end, and return how long that took by the stopwatch."""
        stopwatch = Stopwatch()
        self.process.send_signal(number)

        def has_ended() -> bool:
            stopwatch.passed_s()
            return self.process.poll() is not None

        until(has_ended, "the process ends")
        return stopwatch.passed_s()

    def _next_line(self, end: float) -> str | None:
        assert self.process.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                return None
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@contextmanager
def talking(command: list[str], *, environment: Mapping[str, str] | None = None) -> Iterator[Talker]:
    """Start a process and end it at the end of the block if it still runs."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            yield Talker(process)
        finally:
            if process.poll() is None:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(30)
                process.kill()
