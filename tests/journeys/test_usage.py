"""The usage log: what its owner reads, what nobody else does, and what it costs when the database is away."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.ids import Uuid7Factory
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.usage_log import BATCH, Call, UsageLog, hashed
from domain.shared.access import Actor, Scope
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.journeys.ledger_api import Json
from tests.processes import PATIENCE_S
from tests.served import RegisterUser, Served, register_and_log_in

pytestmark = pytest.mark.anyio

ADDRESS = "203.0.113.7"
KEY = b"of-the-tests"


def _actor() -> Actor:
    new = Uuid7Factory().new
    return Actor(UserId(new()), OrganisationId(new()), SessionId(new()), frozenset(Scope))


def _call(actor: Actor, address: str | None = ADDRESS) -> Call:
    return Call(str(Uuid7Factory().new()), actor, "GET", "/api/v1/trades", 200, 0.0123456, address)


async def _written(served: Served) -> None:
    """Write what waits, as is done every second."""
    await served.app.platform.usage_log().write()


async def _usage(client: httpx.AsyncClient, headers: dict[str, str], **params: Json) -> Json:
    answer = await client.get("/api/v1/usage", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_user_reads_their_calls_newest_first_and_never_anybody_elses(
    client: httpx.AsyncClient, register_user: RegisterUser, served: Served
) -> None:
    ann, bob = await register_user(client), await register_user(client)
    one = await client.get("/api/v1/users/me", headers=ann)
    other = await client.get(f"/api/v1/trades/{UUID(int=7)}", headers=ann)
    await client.get("/api/v1/accounts", headers=bob)
    await _written(served)
    calls = (await _usage(client, ann))["data"]
    assert [(call["method"], call["route"], call["status"]) for call in calls] == [
        ("GET", "/api/v1/trades/{trade_id}", other.status_code),
        ("GET", "/api/v1/users/me", 200),
    ]
    assert [call["requestId"] for call in calls] == [answer.headers["x-request-id"] for answer in (other, one)]
    assert all(call["durationMs"] > 0 and call["calledAt"].endswith("Z") for call in calls)
    bobs = (await _usage(client, bob))["data"]
    assert [call["route"] for call in bobs] == ["/api/v1/accounts"]
    hashes = {call["addressHash"] for call in calls}
    assert len(hashes) == 1
    assert hashes.isdisjoint({bobs[0]["addressHash"], ADDRESS, None})


async def test_calls_come_in_pages(client: httpx.AsyncClient, register_user: RegisterUser, served: Served) -> None:
    ann = await register_user(client)
    for _ in range(5):
        await client.get("/api/v1/users/me", headers=ann)
    await _written(served)
    first = await _usage(client, ann, limit=3)
    rest = await _usage(client, ann, limit=50, cursor=first["meta"]["page"]["nextCursor"])
    assert [len(first["data"]), len([call for call in rest["data"] if call["route"].endswith("/me")])] == [3, 2]
    assert (await client.get("/api/v1/usage", headers=ann, params={"cursor": "nonsense"})).status_code == 422


async def test_the_log_is_written_while_the_service_runs(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ann = await register_user(client)
    await client.get("/api/v1/users/me", headers=ann)
    async with asyncio.timeout(PATIENCE_S):
        while not (await _usage(client, ann))["data"]:
            pass


async def test_what_finds_no_room_is_lost_and_counted_and_what_found_it_is_written_later(served: Served) -> None:
    metrics = Metrics()
    away = open_engine("postgresql://nobody@127.0.0.1:1/none")
    log = UsageLog(away, metrics, KEY, room=3)
    actor = _actor()
    for _ in range(5):
        log.add(_call(actor))
    with pytest.raises(Unavailable):
        await log.write()
    assert _value(metrics, "usage_log_dropped_total") == 2
    assert _value(metrics, "usage_log_rows_total") == 0
    async with log.writing():
        pass
    # nothing can be kept for a process that is over
    assert _value(metrics, "usage_log_dropped_total") == 5
    engine = served.app.platform.engine()
    log = UsageLog(engine, metrics, KEY)
    for _ in range(BATCH + 1):
        log.add(_call(actor))
    async with log.writing():
        pass
    assert await _count(engine, actor) == _value(metrics, "usage_log_rows_total") == BATCH + 1


async def test_calls_are_kept_for_ninety_days(served: Served) -> None:
    actor, engine = _actor(), served.app.platform.engine()
    log = UsageLog(engine, Metrics(), KEY)
    for _ in range(2):
        log.add(_call(actor))
    await log.write()
    async with begin(engine, Tenant(purpose="housekeeping")) as block:
        kept, old = (
            await block.connection.execute(
                text("SELECT id FROM usage_log WHERE organisation_id = :it"), {"it": actor.organisation_id}
            )
        ).scalars()
        # rows are never changed, so the old one is written anew
        await block.connection.execute(text("DELETE FROM usage_log WHERE id = :it"), {"it": old})
        await block.connection.execute(
            text(
                """
                INSERT INTO usage_log
                SELECT organisation_id, :old, user_id, now() - interval '91 days', method, route, status, seconds, null
                FROM usage_log WHERE id = :kept
                """
            ),
            {"old": old, "kept": kept},
        )
        await block.commit()
    assert await served.app.platform.usage_purge()() == 1
    assert await _count(engine, actor) == 1


def test_a_hash_needs_the_key_and_tells_organisations_nothing_of_each_other() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert hashed(ADDRESS, one, KEY) == hashed(ADDRESS, one, KEY)
    assert len({hashed(ADDRESS, one, KEY), hashed(ADDRESS, one, b"other"), hashed(ADDRESS, other, KEY)}) == 3
    assert hashed("203.0.113.8", one, KEY) != hashed(ADDRESS, one, KEY)


async def test_a_public_call_is_nobodys(served: Served) -> None:
    async with served.client() as client:
        await register_and_log_in(client)
        await client.get("/livez")
    await _written(served)
    async with read(served.app.platform.engine(), Tenant(purpose="usage")) as connection:
        routes = set((await connection.execute(text("SELECT route FROM usage_log"))).scalars())
    assert "/livez" not in routes
    assert not any("/auth/" in route for route in routes)


def _value(metrics: Metrics, name: str) -> float | None:
    return metrics.registry().get_sample_value(name)


async def _count(engine: AsyncEngine, actor: Actor) -> int:
    async with read(engine, Tenant(actor.organisation_id)) as connection:
        count: int = (await connection.execute(text("SELECT count(*) FROM usage_log"))).scalar_one()
    return count
