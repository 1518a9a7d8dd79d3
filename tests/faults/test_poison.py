"""A job that harms whoever works on it: its neighbours hardly notice, and it ends where its owner can see it.

Beside it, a worker that was frozen for so long that others did its work.
"""

from __future__ import annotations

import os
import signal
import subprocess
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.events import Priority
from tests.contracts.platform.events import Endless, Poisoned, look, poison, press
from tests.faults.conftest import Stage
from tests.processes import PATIENCE_S, is_alive, until
from tests.profiles import is_deep

pytestmark = pytest.mark.anyio

NEIGHBOURS = 20
HARM = ["abort", "loop", "memory", "result", "words"]
# in words that fit on a line, whatever the job had to say
WORDS = {
    "loop": "It took longer than 2 s.",
    "memory": "MemoryError",
    "result": "AttributeError",
    "words": f"Conflict: {'x' * 487}...",
}
LONGEST_DELAY_S = 5
# the machine may pause, and then everybody is late: what holds of the product is seen in one of a few tries
CHANCES = 3
_DELAY = """
    SELECT coalesce(max(extract(epoch FROM done_at - created_at)), 999)::float8 FROM outbox
    WHERE organisation_id = (SELECT organisation_id FROM outbox ORDER BY created_at DESC LIMIT 1)
"""
_WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_LEFT = "SELECT count(*) FROM outbox WHERE name = 'button.pressed' AND done_at IS NULL"


def _harmed(stage: Stage) -> bool:
    """Whether all harm that was ordered was done at least once."""
    return stage.ask(
        "SELECT count(*) FROM outbox WHERE name <> 'button.pressed' AND done_at IS NULL AND attempts + crashes = 0"
    ) == [(0,)]


async def test_a_poisonous_job_delays_its_neighbours_by_less_than_five_seconds(
    stage: Stage, engine: AsyncEngine
) -> None:
    """One worker, in whose queue the neighbours wait as well."""
    stage.start("scheduler")
    stage.start("worker", Priority.NORMAL, lease_s=PATIENCE_S)
    await press(engine)
    until(stage.is_drained, "both are at work")
    for how in HARM * (20 if is_deep() else 1):
        delays_s: list[float] = []
        while min(delays_s, default=LONGEST_DELAY_S) >= LONGEST_DELAY_S:
            assert len(delays_s) < CHANCES, (how, delays_s)
            await poison(engine, how)
            delays_s.append(await _neighbours_wait_s(stage, engine))
            until(lambda: _harmed(stage), "the harm is done, and on record")
    harm = stage.ask("SELECT count(*) FROM effects e JOIN outbox o ON o.id = e.event_id WHERE o.done_at IS NULL")
    assert harm == [(0,)], "nothing is left of what did not end well"


async def _neighbours_wait_s(stage: Stage, engine: AsyncEngine) -> float:
    """Let neighbours come, and return how long the last of them had to wait."""
    await press(engine, count=NEIGHBOURS)
    until(lambda: stage.ask(_LEFT) == [(0,)], "the neighbours are dealt with")
    ((delay_s,),) = stage.ask(_DELAY)
    assert isinstance(delay_s, float)
    return delay_s


async def test_one_that_may_take_minutes_delays_its_neighbours_no_longer(stage: Stage, engine: AsyncEngine) -> None:
    """An endless loop of a kind whose steps have all the time there is: nothing ends it before the test does.

    The loops leave little of the machine to others, who are slower beside them for as long as they go on: that is no
    delay, so it is taken off.
    """
    delays_s: list[float] = []
    while min(delays_s, default=LONGEST_DELAY_S) >= LONGEST_DELAY_S:
        assert len(delays_s) < CHANCES, delays_s
        stage.start("scheduler")
        stage.start("worker", Priority.NORMAL, lease_s=PATIENCE_S)
        for _ in range(2):
            await poison(engine, "loop", Endless)
        begun = "SELECT 1 FROM outbox WHERE epoch > 0 AND done_at IS NULL AND dead_at IS NULL"
        until(partial(_finds, stage, begun), "the first has begun")
        until_left_to_themselves_s = await _neighbours_wait_s(stage, engine)
        delays_s.append(until_left_to_themselves_s - await _neighbours_wait_s(stage, engine))
        stage.stop()
        stage.ask("UPDATE outbox SET dead_at = now() WHERE done_at IS NULL RETURNING 1")


def _finds(stage: Stage, query: str) -> bool:
    return stage.ask(query) != []


async def test_a_worker_that_is_killed_takes_its_child_along(stage: Stage, engine: AsyncEngine) -> None:
    """Nobody would hold the child to its deadline, and it would keep its lease for ever."""
    stage.start("scheduler")
    worker = stage.start("worker")
    await poison(engine, "loop", Endless)
    until(lambda: stage.ask("SELECT 1 FROM outbox WHERE epoch > 0") != [], "it has begun")
    horse = stage.horse_of(worker)
    assert horse is not None
    worker.kill()
    until(lambda: not is_alive(horse), "the child is gone")
    stage.start("worker")
    until(lambda: stage.ask("SELECT 1 FROM outbox WHERE epoch > 1") != [], "another has it in hand")


async def test_a_worker_that_is_asked_to_stop_ends_what_takes_long(stage: Stage, engine: AsyncEngine) -> None:
    """It asks twice, as the supervisor does; what was in hand is done anew by others."""
    stage.start("scheduler")
    worker = stage.start("worker")
    await poison(engine, "loop", Endless)
    until(lambda: stage.ask("SELECT 1 FROM outbox WHERE epoch > 0") != [], "it has begun")
    await press(engine)
    until(lambda: stage.ask(_LEFT) == [(0,)], "it was left to itself")
    horse = stage.horse_of(worker)
    assert horse is not None
    worker.terminate()
    until(lambda: _stops_when_asked_again(worker), "it stops")
    until(lambda: not is_alive(horse), "the child is gone")


def _stops_when_asked_again(worker: subprocess.Popen[bytes]) -> bool:
    if worker.poll() is None:
        worker.terminate()
    return worker.poll() is not None


async def test_a_poisonous_job_is_dead_in_the_end_and_says_why(stage: Stage, engine: AsyncEngine) -> None:
    # what should end by itself has the time that it takes
    event_ids = {how: await poison(engine, how, Poisoned if how == "loop" else Endless) for how in WORDS}
    stage.start("scheduler")
    stage.start("worker")
    until(stage.is_drained, "they were tried for the last time")
    rows = {how: await look(engine, event_id) for how, event_id in event_ids.items()}
    assert {how: (row.is_dead, row.attempts, row.last_error) for how, row in rows.items()} == {
        how: (True, 3, words) for how, words in WORDS.items()
    }


async def test_a_worker_that_thaws_after_its_lease_commits_nothing(stage: Stage, engine: AsyncEngine) -> None:
    stage.start("scheduler")
    for times in range(1, 21 if is_deep() else 2):
        frozen = stage.start("worker")
        with stage.held_up():
            event_id = await poison(engine, "wait", Endless)
            until(lambda: stage.ask(_WAITING) != [], "it has begun")
            horse = stage.horse_of(frozen)
            assert horse is not None
            _signal(frozen.pid, horse, signal.SIGSTOP)
        other = stage.start("worker")
        until(stage.is_drained, "another worker took over")
        assert stage.ask("SELECT 1 FROM outbox WHERE epoch < 2") == []
        other.terminate()
        other.wait(PATIENCE_S)
        _signal(frozen.pid, horse, signal.SIGCONT)
        frozen.terminate()
        assert frozen.wait(PATIENCE_S) == 0, "it ends its step first"
        assert stage.ask("SELECT count(*), count(DISTINCT event_id) FROM effects") == [(times, times)]
        assert (await look(engine, event_id)).is_done


def _signal(worker: int, horse: int, number: signal.Signals) -> None:
    for pid in (worker, horse):
        os.kill(pid, number)
