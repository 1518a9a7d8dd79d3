"""Users are told of their own once, in order and without holes, and what is told has happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, ambient, begin
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.user_events import SqlUserEventHeads, SqlUserEventQueries, UserEventsPurge, tell
from application.shared.reactions import Delivery, Done, JobKind, Reaction
from application.shared.user_events import Telltale, Told, UserEvent
from domain.shared.access import Actor, Scope
from domain.shared.errors import Conflict, Forbidden
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.contracts.platform.events import Pressed, look, press

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]

PATIENCE_S: Final = 60
_OWNER: Final = text("SELECT organisation_id FROM outbox WHERE id = :id")


async def _somebody(engine: AsyncEngine, organisation: UUID | None = None) -> Actor:
    """Let there be a user, of a new organisation or of this one, and return them."""
    ids = Uuid7Factory()
    user, owner = UserId(ids.new()), OrganisationId(organisation or ids.new())
    values = {"user": user, "organisation": owner, "email": f"{user.hex}@example.com"}
    async with begin(engine, Tenant(owner)) as block:
        run = block.connection.execute
        await run(
            text(
                "INSERT INTO organisations (organisation_id, name, created_at)"
                " VALUES (:organisation, 'O', now()) ON CONFLICT DO NOTHING"
            ),
            values,
        )
        await run(
            text(
                "INSERT INTO users (organisation_id, id, email, password_hash, display_currency, time_zone,"
                " wants_imports, wants_alerts, wants_summaries, created_at, updated_at, version)"
                " VALUES (:organisation, :user, :email, 'x', 'USD', 'UTC', true, true, true, now(), now(), 1)"
            ),
            values,
        )
        await run(
            text(
                "INSERT INTO memberships (organisation_id, user_id, role, created_at)"
                " VALUES (:organisation, :user, 'owner', now())"
            ),
            values,
        )
        await block.commit()
    return Actor(user, owner, SessionId(ids.new()), frozenset({Scope.LEDGER_READ}))


async def _tell(engine: AsyncEngine, actor: Actor, number: int, user_id: UserId | None = None) -> None:
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        told = Told(kind="counted", data={"number": number}, user_id=user_id)
        await tell(block.connection, actor.organisation_id, told)
        await block.commit()


async def _numbers(engine: AsyncEngine, actor: Actor, after: int = 0) -> list[tuple[int, bytes]]:
    return [(each.sequence, each.data) for each in await SqlUserEventQueries(engine).after(actor, after, 1_000)]


async def test_all_of_an_organisation_are_told_or_one_of_it_and_nobody_else(engine: AsyncEngine) -> None:
    one = await _somebody(engine)
    two, stranger = await _somebody(engine, one.organisation_id), await _somebody(engine)
    await _tell(engine, one, 1)
    await _tell(engine, one, 2, two.user_id)
    assert await _numbers(engine, one) == [(1, b'{"number":1}')]
    assert await _numbers(engine, two) == [(1, b'{"number":1}'), (2, b'{"number":2}')]
    assert await _numbers(engine, two, after=1) == [(2, b'{"number":2}')]
    assert await _numbers(engine, stranger) == []
    heads = await SqlUserEventHeads(engine).heads([one.user_id, two.user_id, stranger.user_id])
    assert heads == {one.user_id: 1, two.user_id: 2}


async def test_whoever_may_not_read_the_ledger_hears_nothing(engine: AsyncEngine) -> None:
    actor = await _somebody(engine)
    mute = Actor(actor.user_id, actor.organisation_id, actor.session_id, frozenset())
    with pytest.raises(Forbidden):
        await SqlUserEventQueries(engine).after(mute, 0, 10)


async def test_many_who_tell_at_once_leave_no_hole(engine: AsyncEngine) -> None:
    """Whoever reads at any moment sees all numbers up to the highest."""
    actor = await _somebody(engine)
    seen: list[list[int]] = []

    async def watch() -> None:
        while len(seen) < 5 or seen[-1] != list(range(1, 31)):
            seen.append([sequence for sequence, _ in await _numbers(engine, actor)])

    async with asyncio.timeout(PATIENCE_S):
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(_tell(engine, actor, number) for number in range(30)))
        await watching
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)


async def test_what_was_undone_is_not_told(engine: AsyncEngine) -> None:
    actor = await _somebody(engine)
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        await tell(block.connection, actor.organisation_id, Told(kind="counted", data={}))
    assert await _numbers(engine, actor) == []


async def _heard(heads: SqlUserEventHeads, wanted: UserId) -> AsyncGenerator[int, None]:
    async for user_id, sequence in heads.rings():
        if user_id == wanted:
            yield sequence


async def test_a_ring_follows_the_commit(engine: AsyncEngine) -> None:
    """Whoever listens hears how far the user is, after it is there to be read."""
    actor = await _somebody(engine)
    heard = _heard(SqlUserEventHeads(engine), actor.user_id)
    next_one = asyncio.ensure_future(anext(heard))
    async with asyncio.timeout(PATIENCE_S):
        number = 0
        while not next_one.done():
            # the listener may not be there for the first
            number += 1
            await _tell(engine, actor, number)
            await asyncio.wait([next_one], timeout=0.1)
        sequence = await next_one
    assert (await SqlUserEventHeads(engine).heads([actor.user_id]))[actor.user_id] >= sequence
    await heard.aclose()


class _FailsAtFirst(Reaction):
    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, delivery: Delivery) -> Done:
        self.calls += 1
        if self.calls < 3:
            raise Conflict(f"Not now: {delivery.name}.")
        return Done()


async def test_an_event_is_told_with_its_effect_and_once(engine: AsyncEngine) -> None:
    """It is not told of a reaction that failed, and not twice however often it is rung for."""
    [event_id] = await press(engine)
    async with ambient(engine, Tenant(purpose="jobs")) as block:
        organisation: UUID = (await block.connection.execute(_OWNER, {"id": event_id})).scalar_one()
    actor = await _somebody(engine, organisation)
    telltales: dict[str, Telltale] = {
        Pressed.name: lambda delivery: Told(kind="pressed", data={"event": str(delivery.event_id)})
    }
    stop = asyncio.Event()
    deliveries = Deliveries(engine, telltales=telltales, first_delay_s=0.0)
    reaction = _FailsAtFirst()
    for _ in range(3):
        await deliveries.deliver(event_id, {Pressed.name: lambda: reaction}, stop)
    assert (await look(engine, event_id)).is_done
    assert reaction.calls == 3
    assert [sequence for sequence, _ in await _numbers(engine, actor)] == [1]


async def test_a_job_that_is_given_up_is_told_once(engine: AsyncEngine) -> None:
    """Nobody waits for what is not going to be done; whoever is told may try it again, or discard it."""
    [event_id] = await press(engine)
    async with ambient(engine, Tenant(purpose="jobs")) as block:
        organisation: UUID = (await block.connection.execute(_OWNER, {"id": event_id})).scalar_one()
    actor, stranger = await _somebody(engine, organisation), await _somebody(engine)
    kinds = {Pressed.name: JobKind(title="press", max_attempts=2)}
    deliveries = Deliveries(engine, kinds, first_delay_s=0.0)
    found: Sequence[UserEvent] = []
    for _ in range(2):
        await deliveries.deliver(event_id, {Pressed.name: _FailsAtFirst}, asyncio.Event())
        found = await SqlUserEventQueries(engine).after(actor, 0, 10)
        assert [each.kind for each in found] == ["job_dead"]
    assert msgspec.json.decode(found[0].data) == {"jobId": str(event_id), "kind": "press"}
    assert (await look(engine, event_id)).is_dead
    assert await _numbers(engine, stranger) == []


async def test_what_is_old_is_removed(engine: AsyncEngine) -> None:
    actor = await _somebody(engine)
    await _tell(engine, actor, 1)
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        await block.connection.execute(
            text(
                "INSERT INTO user_events (organisation_id, user_id, sequence, kind, at, data)"
                " VALUES (:organisation, :user, 0, 'counted', now() - interval '31 days', '{}')"
            ),
            {"organisation": actor.organisation_id, "user": actor.user_id},
        )
        await block.commit()
    assert await UserEventsPurge(engine)() == 1
    assert [sequence for sequence, _ in await _numbers(engine, actor, after=-1)] == [1]
    assert await SqlUserEventHeads(engine).heads([actor.user_id]) == {actor.user_id: 1}
