"""Four processes share one limit, and what befalls their Redis meanwhile admits nobody more."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from tests.faults.servers import Server, limit_memory
from tests.processes import PATIENCE_S

_ROOT = Path(__file__).parents[2]
PROCESSES = 4
LIMIT = 100
# whom the machine lets wait for Redis for too long decides alone for a moment, and may hand out less than there is
CHANCES = 3


class Asking:
    """One process that asks."""

    def __init__(self, redis_url: str, who: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.asking", redis_url, str(PROCESSES), who],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def begin(self, requests: int) -> None:
        """Have it ask that often, without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{requests}\n".encode())
        self.process.stdin.flush()

    def admitted(self) -> int:
        """How many of the last requests were admitted, once it has asked them all."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        assert ready, "it never finished"
        return int(self.process.stdout.readline().split()[1])


@contextmanager
def asking(redis_url: str, who: str = "asha") -> Iterator[list[Asking]]:
    """Four processes that ask for the same person."""
    with ExitStack() as stack:
        found: list[Asking] = []
        for _ in range(PROCESSES):
            one = Asking(redis_url, who)
            stack.enter_context(one.process)
            stack.callback(one.process.kill)
            found.append(one)
        # each has started, and has met Redis
        assert everyone(found, 0) == 0
        yield found


def everyone(processes: list[Asking], requests: int) -> int:
    """Have all ask at the same time; return how many were admitted together."""
    for process in processes:
        process.begin(requests)
    return sum(process.admitted() for process in processes)


def what_is_left(processes: list[Asking], most: int) -> int:
    """Have all ask for what is left; return how many were admitted together."""
    admitted = everyone(processes, 300)
    for _ in range(CHANCES - 1):
        if admitted < most:
            assert everyone(processes, 0) == 0
            admitted += everyone(processes, 300)
    return admitted


def test_four_processes_with_600_requests_each_admit_exactly_the_limit(server: Server) -> None:
    """In the best of a few tries; and in none of them more."""
    admitted: list[int] = []
    while max(admitted, default=0) < LIMIT:
        assert len(admitted) < CHANCES, admitted
        with asking(server.url, f"somebody {len(admitted)}") as processes:
            admitted.append(everyone(processes, 600))
    assert max(admitted) == LIMIT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_exactly_the_limit_across_a_restart_of_redis(server: Server, number: signal.Signals) -> None:
    """Answers that the end of Redis swallowed are neither lost nor counted twice."""
    with asking(server.url) as processes:
        before = everyone(processes, 12)
        assert before == 12 * PROCESSES
        for process in processes:
            process.begin(288)
        server.end(number)
        server.start()
        during = sum(process.admitted() for process in processes)
        # nothing is admitted twice while it is away, and everything counts again within 10 s without a restart
        assert everyone(processes, 0) == 0
        after = what_is_left(processes, LIMIT - before - during)
    assert before + during + after == LIMIT


@pytest.mark.parametrize("fault", ["emptied", "frozen", "full", "away"])
def test_never_too_many_whatever_befalls_redis(server: Server, fault: str) -> None:
    with asking(server.url) as processes:
        before = everyone(processes, 12)
        for process in processes:
            process.begin(288)
        if fault == "away":
            server.end(signal.SIGTERM)
        elif fault == "frozen":
            server.process.send_signal(signal.SIGSTOP)
        else:
            with redis.Redis.from_url(server.url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
                if fault == "full":
                    limit_memory(client, 1)
                for _ in range(30 if fault == "emptied" else 0):
                    client.flushall()  # pyright: ignore[reportUnknownMemberType] - as above
        during = sum(process.admitted() for process in processes)
        if fault == "away":
            server.start()
        elif fault == "frozen":
            server.process.send_signal(signal.SIGCONT)
        elif fault == "full":
            with redis.Redis.from_url(server.url) as client:  # pyright: ignore[reportUnknownMemberType] - as above
                limit_memory(client, 0)
        assert everyone(processes, 0) == 0
        after = what_is_left(processes, 0 if fault == "emptied" else LIMIT - before - during)
    total = before + during + after
    assert total <= LIMIT
    if fault != "emptied":
        assert total == LIMIT
