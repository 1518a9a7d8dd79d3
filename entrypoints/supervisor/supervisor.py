"""The loop around the children: one thread, woken by signals.

The thread that starts the children must be the main one and stay in this loop: the kernel ties the children's
lives to the thread that started them.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, final

from entrypoints.supervisor.child import Child, Plan

# the parts of the five seconds within which everything stops
_SECOND_ASKING_S = 1.5
_WORKERS_S = 2.6
_SERVERS_S = 1.4
_TRIM_EVERY_S = 60.0
_LONGEST_SLEEP_S = 5.0
_POLL_S = 0.02

Say = Callable[[str], None]


class Stopped(Exception):
    """Somebody asked the supervisor to stop before everything was up."""


class StartFailed(Exception):
    """A process ended, or did not answer in time, while everything was being brought up; the message says why."""


@final
class Supervisor:
    """Keeps children running, the `servers` below the rest: they start first and stop last."""

    def __init__(self, say: Say) -> None:
        self._say: Final = say
        self._servers: list[Child] = []
        self._workers: list[Child] = []
        self._stop_asked = 0
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take over SIGINT, SIGTERM and SIGHUP for the block; what still runs at its end is stopped."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask_to_stop) for number in numbers}
        child_before = signal.signal(signal.SIGCHLD, _wake)
        wakeup_before = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            self.stop()
            signal.set_wakeup_fd(wakeup_before)
            signal.signal(signal.SIGCHLD, child_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._wake_read)
            os.close(self._wake_write)

    def start_servers(self, plans: Sequence[Plan], *, patience_s: float) -> None:
        """Start them all at once and wait until each is ready; raises StartFailed or Stopped."""
        self._start(plans, self._servers, patience_s)

    def start_workers(self, plans: Sequence[Plan], *, patience_s: float) -> None:
        """Start what stands on the servers and wait until each is ready; raises StartFailed or Stopped."""
        self._start(plans, self._workers, patience_s)

    def run_once(self, plan: Plan) -> None:
        """Run a process to its end, with the servers up; raises StartFailed if it fails, or Stopped."""
        child = Child(plan)
        child.start()
        self._workers.append(child)
        while child.is_running():
            self._check()
            self._sleep(_POLL_S)
        self._workers.remove(child)
        if child.process is not None and child.process.returncode != 0:
            raise StartFailed(child.last_words())

    def _check(self) -> None:
        if self._stop_asked:
            raise Stopped

    def keep_running(self) -> None:
        """Restart what dies until somebody asks to stop."""
        trim_at = time.monotonic() + _TRIM_EVERY_S
        while not self._stop_asked:
            now = time.monotonic()
            for child in self._children:
                self._tend(child, now)
            if now >= trim_at:
                trim_at = now + _TRIM_EVERY_S
                for child in self._children:
                    child.trim_log()
            due = [child.due_at - now for child in self._children if child.due_at is not None]
            self._sleep(max(0.0, min([_LONGEST_SLEEP_S, *due])))

    def stop(self) -> None:
        """Stop everything within five seconds, workers first; if asked twice, the workers at once."""
        self._stop_all(self._workers, _WORKERS_S, is_hurried=lambda: self._stop_asked > 1)
        self._stop_all(self._servers, _SERVERS_S, is_hurried=lambda: False)

    @property
    def _children(self) -> Sequence[Child]:
        return [*self._servers, *self._workers]

    def _start(self, plans: Sequence[Plan], into: list[Child], patience_s: float) -> None:
        for plan in plans:
            self._check()
            child = Child(plan)
            into.append(child)
            child.start()
        end = time.monotonic() + patience_s
        waiting = list(into)
        while waiting:
            self._check()
            for child in self._children:
                how = child.ended()
                if how is not None:
                    raise StartFailed(f"{child.plan.name} {how}: {child.last_words()}")
            waiting = [child for child in waiting if not child.plan.is_ready()]
            if waiting and time.monotonic() > end:
                raise StartFailed(f"{waiting[0].plan.name} does not answer within {patience_s:.0f} s.")
            if waiting:
                self._sleep(_POLL_S)

    def _tend(self, child: Child, now: float) -> None:
        how = child.ended()
        if how is not None:
            wait = "" if child.backoff.delay_s < 1 else f" in {child.backoff.delay_s:.0f} s"
            self._say(f"{child.plan.name} {how}; starting it again{wait}.")
        if child.due_at is not None and child.due_at <= now:
            try:
                child.start()
            except Exception as error:  # noqa: BLE001 - a full disk, a missing file: whatever it is, it is tried again
                self._say(f"{child.plan.name} cannot start: {error}")
                child.backoff = child.backoff.after_run_of(0)
                child.due_at = now + child.backoff.delay_s

    def _stop_all(self, children: Sequence[Child], patience_s: float, is_hurried: Callable[[], bool]) -> None:
        running = [child for child in children if child.is_running()]
        begin = time.monotonic()
        for child in running:
            child.send(child.plan.stop_signal)
        asked_again = False
        while any(child.is_running() for child in running):
            passed = time.monotonic() - begin
            if passed > patience_s or is_hurried():
                break
            if passed > _SECOND_ASKING_S and not asked_again:
                # the second time a worker gives up the job it is at, which is then taken up anew at the next start
                asked_again = True
                for child in running:
                    child.send(child.plan.stop_signal)
            self._sleep(_POLL_S)
        for child in running:
            child.send(child.plan.kill_signal)
        end = time.monotonic() + 0.5
        while any(child.is_running() for child in running) and time.monotonic() < end:
            self._sleep(_POLL_S)
        for child in running:
            child.send(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked += 1

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal comes or the time is over."""
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)


def _wake(_number: int, _frame: FrameType | None) -> None:
    """Exists so that the death of a child wakes the loop."""
