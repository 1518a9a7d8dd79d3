"""Several processes over one cache, and what befalls its server: answers stay right, and nobody meets an error."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from tests.contracts.platform.caching import QUOTES, Question, Work, caching
from tests.contracts.platform.test_layered_cache import connect, keys
from tests.faults.servers import Server, limit_memory
from tests.processes import Talker

_ROOT = Path(__file__).parents[2]
PROCESSES = 2
EVICTED = 2_000


def used(client: redis.Redis) -> int:
    """How many bytes the server uses."""
    told = client.info("memory")  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
    return int(told["used_memory"])


@contextmanager
def keeping(cache_url: str, counter_url: str) -> Iterator[list[Talker]]:
    """Processes with a cache each."""
    with ExitStack() as stack:
        found: list[Talker] = []
        for _ in range(PROCESSES):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.keeping", cache_url, counter_url],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            found.append(Talker(process))
        yield found


def ask(processes: list[Talker], symbol: str) -> list[str]:
    """Have everybody ask for the symbol at the same time; return what each process was given."""
    for talker in processes:
        assert talker.process.stdin is not None
        talker.process.stdin.write(f"{symbol}\n".encode())
        talker.process.stdin.flush()
    return [talker.read_until("kept") for talker in processes]


def test_two_processes_in_a_storm_do_the_work_once(redis_url: str) -> None:
    with keeping(redis_url, redis_url) as processes:
        ask(processes, "warm")
        for number in range(5):
            assert ask(processes, f"SYM{number}") == ["kept 1"] * PROCESSES


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_answers_come_while_the_server_is_away_and_after(
    server: Server, redis_url: str, number: signal.Signals
) -> None:
    with keeping(server.url, redis_url) as processes:
        assert ask(processes, "INFY") == ["kept 1"] * PROCESSES
        server.end(number)
        assert ask(processes, "INFY") == ["kept 1"] * PROCESSES, "what a process holds needs no server"
        assert all(line.startswith("kept ") for line in ask(processes, "TCS")), "without it each works for itself"
        server.start()
        tries = 0
        # each finds out for itself that it is back
        while ask(processes, f"HDFC{tries}") != ["kept 1"] * PROCESSES:
            tries += 1
            assert tries < 50, "they never shared again"


@pytest.mark.anyio
async def test_a_server_that_evicts_only_makes_more_work(server: Server) -> None:
    with connect(server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")  # pyright: ignore[reportUnknownMemberType] - its options have no types
        limit_memory(client, 300_000 + used(client))
        async with caching(server.url, entries=10) as cache:
            work = Work()
            for question in [Question(f"SYM{number:05}{'x' * 500}") for number in range(EVICTED)] * 2:
                answer = await cache.get(QUOTES, question, work, tenant=None)
                assert answer.value == (await cache.get(QUOTES, question, work, tenant=None)).value
        assert 0 < len(keys(server.url)) < EVICTED, "nothing was evicted"
