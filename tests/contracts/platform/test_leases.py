"""Who has an event in hand: one at a time, and whoever comes back too late changes nothing."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.jobs.leases import Crash, Keeper, Taken, take
from adapters.platform.jobs.relay import Relay
from application.shared.reactions import Again, Delivery, Done, JobKind, Progress, Reaction
from domain.shared.events import Event, Priority
from domain.shared.ids import OrganisationId
from tests.contracts.platform.events import Counted, Pressed, change, look, press
from tests.contracts.platform.test_relay import Bell

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]


class Held(Reaction):
    """Leaves an event, then waits to be let go; its answer is given."""

    def __init__(self, engine: AsyncEngine, answer: Done | Again) -> None:
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.calls = 0
        self._engine = engine
        self._answer = answer

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Do one step."""
        self.calls += 1
        async with SqlUnitOfWork(self._engine, Tenant(delivery.organisation_id)) as work:
            await work.outbox.add([Counted(organisation_id=delivery.organisation_id)])
            await work.commit()
        self.has_begun.set()
        await self.may_end.wait()
        return self._answer


async def _counted(engine: AsyncEngine) -> int:
    async with read(engine, Tenant(purpose="jobs")) as connection:
        found = await connection.execute(text("SELECT count(*) FROM outbox WHERE name = 'button.counted'"))
        return int(found.scalar_one())


async def test_what_is_in_hand_is_taken_by_nobody_else_until_the_lease_ends(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    lease = await take(engine, event_id, 60)
    assert lease is not None
    assert await take(engine, event_id, 60) is None
    assert await take(engine, None, 60) is None
    await change(engine, event_id, "leased_until = now() - interval '1 second'")
    second = await take(engine, None, 60)
    assert second is not None
    assert (second.event_id, second.epoch) == (event_id, lease.epoch + 1)


async def test_of_all_that_wait_the_most_urgent_is_taken_first(engine: AsyncEngine) -> None:
    ids = await press(engine, count=4)
    for event_id, priority in zip(ids, (Priority.LOW, Priority.NORMAL, Priority.CRITICAL, Priority.HIGH), strict=True):
        await change(engine, event_id, f"priority = {priority.value}")
    leases = [await take(engine, None, 60) for _ in ids]
    assert [lease and lease.event_id for lease in leases] == [ids[2], ids[3], ids[1], ids[0]]


async def test_an_event_says_how_urgent_it_is_and_what_it_is_about(engine: AsyncEngine) -> None:
    class Burned(Pressed):
        """Smoke comes out of the button."""

        __slots__ = ()
        name = "button.burned"
        priority = Priority.CRITICAL

        @property
        def subject_id(self) -> OrganisationId:
            """Whose button."""
            return self.organisation_id

    organisation_id = OrganisationId(Uuid7Factory().new())
    event: Event = Burned(organisation_id=organisation_id)
    async with SqlUnitOfWork(engine, Tenant(organisation_id)) as work:
        await work.outbox.add([event])
        found = await work.connection.execute(text("SELECT priority, subject_id FROM outbox"))
        assert found.one() == (0, organisation_id)


@pytest.mark.parametrize("answer", [Done(), Again()])
async def test_whoever_comes_back_after_the_lease_commits_nothing(engine: AsyncEngine, answer: Done | Again) -> None:
    """A worker that was frozen for longer than its lease finds that others have done its step."""
    [event_id] = await press(engine)
    frozen = Held(engine, answer)
    async with asyncio.TaskGroup() as tasks:
        first = Deliveries(engine).deliver(event_id, {Pressed.name: lambda: frozen}, asyncio.Event())
        tasks.create_task(first)
        await frozen.has_begun.wait()
        await change(engine, event_id, "leased_until = now() - interval '1 second'")
        other = Held(engine, Done())
        other.may_end.set()
        await Deliveries(engine).deliver(event_id, {Pressed.name: lambda: other}, asyncio.Event())
        assert (await look(engine, event_id)).is_done
        frozen.may_end.set()
    assert (frozen.calls, other.calls) == (1, 1)
    assert await _counted(engine) == 1
    assert (await look(engine, event_id)).attempts == 0, "being late is no failure of the event"


async def test_while_a_step_goes_on_the_lease_is_renewed(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    lease_s = 6.0
    lease = await take(engine, event_id, lease_s)
    assert lease is not None
    with Keeper(engine.url, lease_s).keeping() as hold:
        hold(lease)
        async with asyncio.timeout(60):
            while not await _leased_longer(engine, lease_s):  # noqa: ASYNC110 - it is seen from outside only
                await asyncio.sleep(0.01)
        assert await take(engine, event_id, 60) is None


async def _leased_longer(engine: AsyncEngine, lease_s: float) -> bool:
    async with read(engine, Tenant(purpose="jobs")) as connection:
        found = await connection.execute(
            text("SELECT count(*) FROM outbox WHERE leased_until > started_at + (:s + 0.05) * interval '1 second'"),
            {"s": lease_s},
        )
        return int(found.scalar_one()) == 1


async def test_what_is_in_hand_is_not_rung_for(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    assert await take(engine, event_id, 60) is not None
    assert await Relay(engine, Bell()).ring_ready() == 0
    await change(engine, event_id, "leased_until = now() - interval '1 second'")
    assert await Relay(engine, Bell()).ring_ready() == 1


async def test_a_worker_that_dies_gives_the_event_back_at_once(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    assert await take(engine, event_id, 60) is not None
    await Deliveries(engine).record_end(Crash(event_id, None, is_overrun=False))
    await change(engine, event_id, "available_at = now()")
    assert await take(engine, event_id, 60) is not None


async def test_the_death_of_a_worker_that_came_too_late_says_nothing_about_the_event(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    first = await take(engine, event_id, 60)
    await change(engine, event_id, "leased_until = now() - interval '1 second'")
    second = await take(engine, event_id, 60)
    assert first is not None
    assert second is not None
    await Deliveries(engine).record_end(Crash(event_id, Taken(event_id, first.epoch, 120), is_overrun=False))
    assert (await look(engine, event_id)).crashes == 0
    await Deliveries(engine).record_end(Crash(event_id, Taken(event_id, second.epoch, 120), is_overrun=True))
    row = await look(engine, event_id)
    assert (row.crashes, row.attempts, row.last_error) == (0, 1, "It took longer than 120 s.")


async def test_a_worker_of_some_priorities_leaves_the_others_alone(engine: AsyncEngine) -> None:
    normal, low = await press(engine, count=2)
    await change(engine, low, f"priority = {Priority.LOW.value}")
    reaction = Held(engine, Done())
    reaction.may_end.set()
    urgent = (Priority.CRITICAL, Priority.NORMAL)
    for event_id in (normal, low):
        await Deliveries(engine).deliver(event_id, {Pressed.name: lambda: reaction}, asyncio.Event(), priorities=urgent)
    assert (await look(engine, normal)).is_done
    assert not (await look(engine, low)).is_done


async def test_a_kind_says_how_often_it_is_tried_and_how_long_a_step_may_take(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    endless = Held(engine, Done())
    kinds = {Pressed.name: JobKind(title="press", max_attempts=2, step_s=0)}
    for _ in range(2):
        await Deliveries(engine, kinds).deliver(event_id, {Pressed.name: lambda: endless}, asyncio.Event())
        await change(engine, event_id, "available_at = now()")
    row = await look(engine, event_id)
    assert (row.attempts, row.is_dead, row.last_error) == (2, True, "TimeoutError")


async def test_progress_is_stored_with_the_step(engine: AsyncEngine) -> None:
    [event_id] = await press(engine)
    reaction = Held(engine, Done(Progress(3, 7)))
    reaction.may_end.set()
    await Deliveries(engine).deliver(event_id, {Pressed.name: lambda: reaction}, asyncio.Event())
    async with read(engine, Tenant(purpose="jobs")) as connection:
        found = await connection.execute(
            text("SELECT progress_done, progress_total FROM outbox WHERE id = :id"), {"id": event_id}
        )
        assert found.one() == (3, 7)
