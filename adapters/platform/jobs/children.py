"""The forked children of a worker: what each has in hand, until when, and how it ends.

A child tells of each step through a pipe. The pipe closes when the child dies, however it dies, so that one wait hears
of everything; and the kernel ends a child whose worker is gone, since nobody would hold it to its deadlines.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from struct import Struct
from typing import Final, final
from uuid import UUID

import structlog

from adapters.platform.jobs.deliveries import SLICE_S
from adapters.platform.jobs.leases import Crash, Taken

OnCrash = Callable[[Crash], None]

# One that is at the same event for longer is left to itself, and another is begun beside it.
PATIENCE_S: Final = 1.0
# Between steps a child waits for a database that is away, and opens connections: whoever takes longer hangs.
_BETWEEN_STEPS_S: Final = SLICE_S + 40
# A step that can still end itself does so at its deadline; this much later it is ended.
_GRACE_S: Final = 1.0
_OVERRUN_S: Final = 10.0
# the event, its epoch and its seconds; all zero when the step is over
_MESSAGE: Final = Struct("!16sII")
_OVER: Final = _MESSAGE.pack(bytes(16), 0, 0)
_SET_DEATH_SIGNAL: Final = 1


@final
@dataclass(slots=True, kw_only=True)
class Child:
    """A child that runs: what it has in hand, until when, and since when it is busy with the same event."""

    pid: int
    told: int
    rung_for: UUID | None
    taken: Taken | None = None
    is_overrun: bool = False
    busy_with: UUID | None = None
    busy_since: float = field(default_factory=time.monotonic)
    deadline: float = field(default_factory=lambda: time.monotonic() + _BETWEEN_STEPS_S)

    def hear(self) -> Sequence[UUID] | None:
        """Take in what it told, and return the events that it took in hand since; None if it is dead."""
        # whole messages only: a write this short is never cut in two
        data = os.read(self.told, _MESSAGE.size * 64)
        if not data:
            return None
        steps = [_told(message) for message in _MESSAGE.iter_unpack(data)]
        self.taken = steps[-1]
        now = time.monotonic()
        self.deadline = now + (_BETWEEN_STEPS_S if self.taken is None else self.taken.step_s + _GRACE_S)
        events = [step.event_id for step in steps if step is not None]
        if events and events[-1] != self.busy_with:
            self.busy_with, self.busy_since = events[-1], now
        return events

    def takes_long(self) -> bool:
        """Whether it is at an event that others should not have to wait for."""
        return self.taken is not None and time.monotonic() - self.busy_since >= PATIENCE_S

    def end_if_overdue(self) -> None:
        """Kill it if it is past its deadline."""
        if time.monotonic() >= self.deadline:
            self.is_overrun = True
            self.deadline += _OVERRUN_S
            self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it runs."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def reap(self) -> tuple[int, Crash]:
        """Wait for its end; return its status, and what it had in hand."""
        os.close(self.told)
        status = 0
        with suppress(ChildProcessError):
            _, status = os.waitpid(self.pid, 0)
        return status, Crash(self.rung_for, self.taken, self.is_overrun)


@final
class Children:
    """All children of a worker; `on_crash` is told of those that die."""

    def __init__(self, on_crash: OnCrash) -> None:
        self.running: list[Child] = []
        self._on_crash = on_crash
        self._journal = structlog.stdlib.get_logger("tapedeck.worker")

    def attend(self, wait_s: float) -> Sequence[UUID]:
        """Wait until one of them says something, or for so long; see to those that died or are overdue.

        Return the events that were taken in hand.
        """
        now = time.monotonic()
        soonest = min([wait_s, *(child.deadline - now for child in self.running)])
        ready, _, _ = select.select([child.told for child in self.running], [], [], max(0.0, soonest))
        begun: list[UUID] = []
        for child in [child for child in self.running if child.told in ready]:
            events = child.hear()
            if events is None:
                self.running.remove(child)
                self._reap(child)
            else:
                begun += events
        for child in self.running:
            child.end_if_overdue()
        return begun

    def send(self, number: signal.Signals) -> None:
        """Signal all of them."""
        for child in list(self.running):
            child.send(number)

    def wait(self) -> None:
        """Return when all of them are gone."""
        while self.running:
            self.attend(_OVERRUN_S)

    def _reap(self, child: Child) -> None:
        status, crash = child.reap()
        if not status:
            return
        event_id = crash.rung_for if crash.taken is None else crash.taken.event_id
        self._journal.error("child died", event_id=str(event_id), status=status, is_overrun=crash.is_overrun)
        try:
            self._on_crash(crash)
        except Exception as error:  # noqa: BLE001 - the database may be away; the event is rung for again anyway
            self._journal.warning("crash not recorded", event_id=str(event_id), error=type(error).__name__)


def tell(pipe: int, taken: Taken | None) -> None:
    """Let the parent know which step is in hand; this runs in the child."""
    message = _OVER if taken is None else _MESSAGE.pack(taken.event_id.bytes, taken.epoch, taken.step_s)
    try:
        os.write(pipe, message)
    except BrokenPipeError:
        # the parent is dead, and nobody would know of us; what is in flight is undone and done again by others
        os._exit(1)


def die_with(parent: int) -> None:
    """Ask the kernel to end this process together with its parent; elsewhere than on Linux its next word fails."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


@contextmanager
def held_back(number: signal.Signals) -> Iterator[None]:
    """Hold the signal back for the block; what comes meanwhile is heard after it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})


def _told(message: tuple[bytes, int, int]) -> Taken | None:
    event_id, epoch, step_s = message
    return Taken(UUID(bytes=event_id), epoch, step_s) if any(event_id) else None
