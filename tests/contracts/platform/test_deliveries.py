"""How an event meets its reaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, ambient
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import MAX_CRASHES, Deliveries
from adapters.platform.jobs.leases import Crash, Taken
from application.shared.reactions import Again, Delivery, Done, Reaction
from domain.shared.errors import Conflict
from tests.contracts.platform.events import Counted, Pressed, change, look, press

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]

MAX_ATTEMPTS = 3

Step = Callable[[Delivery], Awaitable[Done | Again]]


class Recorder(Reaction):
    """Leaves one more event for every step it does, in a unit of work of its own, and ends as it is told."""

    def __init__(self, engine: AsyncEngine, end: Step) -> None:
        self.calls = 0
        self._engine = engine
        self._end = end

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Do one step."""
        self.calls += 1
        async with SqlUnitOfWork(self._engine, Tenant(delivery.organisation_id)) as work:
            await work.outbox.add([Counted(organisation_id=delivery.organisation_id)])
            await work.commit()
        return await self._end(delivery)


async def _done(delivery: Delivery) -> Done:
    del delivery
    return Done()


async def _deliver(engine: AsyncEngine, event_id: UUID, reaction: Reaction, stop: asyncio.Event | None = None) -> None:
    # what failed is not due again while a test looks at it
    deliveries = Deliveries(engine, first_delay_s=60)
    await deliveries.deliver(event_id, {Pressed.name: lambda: reaction}, stop or asyncio.Event())


async def _effects(engine: AsyncEngine, event_id: UUID) -> int:
    """How many steps left their mark in the organisation of this event."""
    async with ambient(engine, Tenant(purpose="jobs")) as block:
        count = await block.connection.execute(
            text(
                "SELECT count(*) - 1 FROM outbox"
                " WHERE organisation_id = (SELECT organisation_id FROM outbox WHERE id = :id)"
            ),
            {"id": event_id},
        )
        return int(count.scalar_one())


async def test_effect_and_done_mark_come_together(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    await _deliver(engine, event_id, Recorder(engine, _done))
    assert (await look(engine, event_id)).is_done
    assert await _effects(engine, event_id) == 1


async def test_an_event_is_delivered_once_however_often_it_is_rung_for(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    recorder = Recorder(engine, _done)
    await asyncio.gather(*(_deliver(engine, event_id, recorder) for _ in range(8)))
    await _deliver(engine, event_id, recorder)
    assert await _effects(engine, event_id) == 1


async def test_a_reaction_gets_what_the_event_said(engine: AsyncEngine) -> None:
    [event_id] = await press(engine, times=7)
    seen: list[Delivery] = []

    async def remember(delivery: Delivery) -> Done:
        seen.append(delivery)
        return Done()

    await _deliver(engine, event_id, Recorder(engine, remember))
    assert seen[0].event_id == event_id
    assert seen[0].name == Pressed.name
    assert seen[0].payload["times"] == 7


async def test_an_event_that_nobody_reacts_to_is_done(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    await Deliveries(engine).deliver(event_id, {}, asyncio.Event())
    assert (await look(engine, event_id)).is_done


async def test_steps_are_called_until_the_last_each_committed(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    recorder: Recorder

    async def thrice(delivery: Delivery) -> Done | Again:
        # what earlier steps did is committed: seen from another connection, while this step is not
        assert await _effects(engine, delivery.event_id) == recorder.calls - 1
        return Again() if recorder.calls < 3 else Done()

    recorder = Recorder(engine, thrice)
    await _deliver(engine, event_id, recorder)
    assert (await look(engine, event_id)).is_done
    assert await _effects(engine, event_id) == 3


async def test_a_step_goes_on_where_the_one_before_said(engine: AsyncEngine) -> None:
    """Also when it failed once, in another process, and where a step says nothing new."""
    [event_id] = await press(engine)
    places: list[str | None] = []

    async def go_on(delivery: Delivery) -> Done | Again:
        places.append(delivery.place)
        match len(places):
            case 1:
                return Again(place="here")
            case 2:
                raise ZeroDivisionError
            case 3:
                return Again()
            case _:
                return Done()

    await _deliver(engine, event_id, Recorder(engine, go_on))
    await change(engine, event_id, "available_at = now()")
    await _deliver(engine, event_id, Recorder(engine, go_on))
    assert places == [None, "here", "here", "here"]
    assert (await look(engine, event_id)).is_done


async def test_a_failed_step_is_undone_and_tried_again_later(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)

    async def fail(delivery: Delivery) -> Done:
        del delivery
        raise Conflict("The account is closed.")

    await _deliver(engine, event_id, Recorder(engine, fail))
    row = await look(engine, event_id)
    assert (row.attempts, row.is_due, row.is_done, row.is_dead) == (1, False, False, False)
    assert row.last_error == "Conflict: The account is closed."
    assert await _effects(engine, event_id) == 0
    recorder = Recorder(engine, _done)
    await _deliver(engine, event_id, recorder)
    assert recorder.calls == 0, "not due yet"
    await change(engine, event_id, "available_at = now()")
    await _deliver(engine, event_id, recorder)
    assert (await look(engine, event_id)).is_done


async def test_the_words_of_foreign_errors_are_not_kept(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)

    async def fail(delivery: Delivery) -> Done:
        raise ValueError(f"secret of {delivery.organisation_id}")

    await _deliver(engine, event_id, Recorder(engine, fail))
    assert (await look(engine, event_id)).last_error == "ValueError"


async def test_an_event_that_keeps_failing_is_dead_and_left_alone(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)

    async def fail(delivery: Delivery) -> Done:
        raise KeyError(delivery.name)

    recorder = Recorder(engine, fail)
    for _ in range(MAX_ATTEMPTS + 1):
        await _deliver(engine, event_id, recorder)
        await change(engine, event_id, "available_at = now()")
    row = await look(engine, event_id)
    assert (row.attempts, row.is_dead, row.is_done) == (MAX_ATTEMPTS, True, False)
    assert recorder.calls == MAX_ATTEMPTS


async def test_an_event_whose_process_keeps_dying_is_dead_in_the_end(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    for _ in range(MAX_CRASHES - 1):
        await Deliveries(engine).record_end(Crash(event_id, None, is_overrun=False))
    assert not (await look(engine, event_id)).is_dead
    await Deliveries(engine).record_end(Crash(event_id, None, is_overrun=False))
    row = await look(engine, event_id)
    assert (row.is_dead, row.attempts, row.crashes) == (True, 0, MAX_CRASHES)


async def test_asked_to_stop_it_finishes_the_step_and_hands_the_rest_back(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    stop = asyncio.Event()

    async def stop_after_this(delivery: Delivery) -> Again:
        del delivery
        stop.set()
        return Again()

    recorder = Recorder(engine, stop_after_this)
    await _deliver(engine, event_id, recorder, stop)
    row = await look(engine, event_id)
    assert recorder.calls == 1
    assert await _effects(engine, event_id) == 1
    assert (row.is_done, row.is_rung, row.attempts) == (False, False, 0)


async def test_one_ring_answers_for_all_that_is_ready(engine: AsyncEngine) -> None:
    ids = await press(engine, count=5)
    recorder = Recorder(engine, _done)
    told: list[Taken | None] = []
    reactions = {Pressed.name: lambda: recorder}
    await Deliveries(engine).deliver(ids[2], reactions, asyncio.Event(), taking=told.append)
    assert told[1::2] == [None] * (len(told) // 2), "each step is over before the next begins"
    taken = [step.event_id for step in told if step is not None]
    assert taken[0] == ids[2]
    assert set(ids) <= set(taken)
    assert [(await look(engine, event_id)).is_done for event_id in ids] == [True] * 5


async def test_an_event_in_other_hands_is_left_to_them(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    recorder = Recorder(engine, _done)

    async def ring_for_the_same(delivery: Delivery) -> Done:
        await _deliver(engine, delivery.event_id, recorder)
        return Done()

    await _deliver(engine, event_id, Recorder(engine, ring_for_the_same))
    assert recorder.calls == 0


async def test_an_unknown_event_is_nothing_to_do(engine: AsyncEngine) -> None:
    recorder = Recorder(engine, _done)
    await _deliver(engine, Uuid7Factory().new(), recorder)
    assert recorder.calls == 0
