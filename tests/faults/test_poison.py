"""A job that harms whoever works on it: its neighbours hardly notice, and it ends where its owner can see it.

Beside it, a worker that was frozen for so long that others did its work.
"""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.platform.events import look, poison, press
from tests.faults.conftest import Stage
from tests.processes import until
from tests.profiles import is_deep

pytestmark = pytest.mark.anyio

NEIGHBOURS = 20
LONGEST_DELAY_S = 5
_DELAY = """
    SELECT coalesce(max(extract(epoch FROM done_at - created_at)), 999)::float8 FROM outbox
    WHERE name = 'button.pressed' AND created_at > (SELECT max(created_at) FROM outbox WHERE name = 'button.poisoned')
"""
_LEFT = "SELECT count(*) FROM outbox WHERE name = 'button.pressed' AND done_at IS NULL"


def _harmed(stage: Stage) -> bool:
    """Whether all harm that was ordered was done at least once."""
    return stage.ask(
        "SELECT count(*) FROM outbox WHERE name = 'button.poisoned' AND done_at IS NULL AND attempts + crashes = 0"
    ) == [(0,)]


@pytest.mark.parametrize("how", ["abort", "loop", "memory"])
async def test_a_poisonous_job_delays_its_neighbours_by_less_than_five_seconds(
    stage: Stage, engine: AsyncEngine, how: str
) -> None:
    stage.start("scheduler")
    stage.start("worker")
    stage.start("worker")
    await press(engine)
    until(stage.is_drained, "all are at work")
    for _ in range(20 if is_deep() else 1):
        await poison(engine, how)
        await press(engine, count=NEIGHBOURS)
        until(lambda: stage.ask(_LEFT) == [(0,)], "the neighbours are dealt with")
        ((delay_s,),) = stage.ask(_DELAY)
        assert isinstance(delay_s, float)
        assert delay_s < LONGEST_DELAY_S
        until(lambda: _harmed(stage), "the harm is done, and on record")
    harm = stage.ask("SELECT count(*) FROM effects e JOIN outbox o ON o.id = e.event_id WHERE o.done_at IS NULL")
    assert harm == [(0,)], "nothing is left of what did not end well"


@pytest.mark.parametrize(("how", "words"), [("loop", "It took longer than 2 s."), ("memory", "MemoryError")])
async def test_a_poisonous_job_is_dead_in_the_end(stage: Stage, engine: AsyncEngine, how: str, words: str) -> None:
    event_id = await poison(engine, how)
    stage.start("scheduler")
    stage.start("worker")
    until(stage.is_drained, "it was tried for the last time")
    row = await look(engine, event_id)
    assert (row.is_dead, row.attempts, row.last_error) == (True, 3, words)


async def test_a_worker_that_thaws_after_its_lease_commits_nothing(stage: Stage, engine: AsyncEngine) -> None:
    stage.start("scheduler")
    for times in range(1, 21 if is_deep() else 2):
        frozen = stage.start("worker")
        event_id = await poison(engine, "nap")
        until(lambda: stage.ask("SELECT 1 FROM outbox WHERE done_at IS NULL AND epoch = 1") != [], "it has begun")
        horse = stage.horse_of(frozen)
        assert horse is not None
        _signal(frozen.pid, horse, signal.SIGSTOP)
        other = stage.start("worker")
        until(stage.is_drained, "another worker took over")
        assert stage.ask("SELECT max(epoch) FROM outbox") == [(2,)]
        other.terminate()
        other.wait(10)
        _signal(frozen.pid, horse, signal.SIGCONT)
        frozen.terminate()
        assert frozen.wait(10) == 0, "it ends its step first"
        assert stage.ask("SELECT count(*), count(DISTINCT event_id) FROM effects") == [(times, times)]
        assert (await look(engine, event_id)).is_done


def _signal(worker: int, horse: int, number: signal.Signals) -> None:
    for pid in (worker, horse):
        os.kill(pid, number)
