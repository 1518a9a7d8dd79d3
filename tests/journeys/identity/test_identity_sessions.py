"""Sessions over HTTP: they are refreshed, replayed, listed and ended, by their owner and nobody else."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from adapters.platform.database.transaction import Tenant, ambient
from adapters.platform.secret import Secret
from adapters.platform.settings import SigningKey
from application.shared.schedules import SESSIONS_PURGE
from tests.journeys.identity.conftest import KEY, PASSWORD, House, Json, Server

pytestmark = pytest.mark.anyio


async def test_a_person_registers_signs_in_and_out(server: Server) -> None:
    email = await server.register("Asha.Journey@Example.com")
    tokens = await server.log_in("asha.journey@EXAMPLE.com")
    assert tokens["tokenType"] == "Bearer"
    assert tokens["expiresIn"] == 900
    assert tokens["accessTokenExpiresAt"] == "2026-01-31T09:30:00Z"
    assert tokens["refreshTokenExpiresAt"] == "2026-02-07T09:15:00Z"
    me = await server.call("GET", "/users/me", tokens["accessToken"])
    assert me.json()["data"]["email"] == email.lower()
    out = await server.call("POST", "/auth/logout", tokens["accessToken"])
    assert (out.status_code, out.content) == (204, b"")
    assert (await server.refresh(tokens["refreshToken"])).status_code == 401
    server.clock.advance(seconds=5)
    assert not await server.is_let_in(tokens["accessToken"])


async def test_a_chain_of_refreshes_and_a_replay_of_each_link(server: Server) -> None:
    """Old links are worthless, and presenting one ends the whole chain."""
    chain = [await server.newcomer()]
    for _ in range(5):
        server.clock.advance(minutes=10)
        answer = await server.refresh(chain[-1]["refreshToken"])
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        chain.append(answer.json()["data"])
    assert len({link["refreshToken"] for link in chain}) == 6
    assert len({link["sessionId"] for link in chain}) == 1
    for link in (chain[0], *reversed(chain)):
        assert (await server.refresh(link["refreshToken"])).status_code == 401
    server.clock.advance(seconds=5)
    assert not await server.is_let_in(chain[-1]["accessToken"])


async def test_fifty_refreshes_at_once_over_two_processes_give_one_child(house: House) -> None:
    servers = [await house.start(), await house.start()]
    tokens = await servers[0].newcomer()
    answers = await asyncio.gather(*(servers[number % 2].refresh(tokens["refreshToken"]) for number in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    children = {answer.json()["data"]["refreshToken"] for answer in answers}
    assert len(children) == 1
    house.clock.advance(minutes=1)
    assert (await servers[1].refresh(children.pop())).status_code == 200


async def test_a_lost_answer_is_repeated_for_ten_seconds(server: Server) -> None:
    parent = await server.newcomer()
    first = (await server.refresh(parent["refreshToken"])).json()["data"]
    server.clock.advance(seconds=10)
    again = (await server.refresh(parent["refreshToken"])).json()["data"]
    assert again["refreshToken"] == first["refreshToken"]
    assert again["refreshTokenExpiresAt"] == first["refreshTokenExpiresAt"]
    server.clock.advance(seconds=1)
    assert (await server.refresh(parent["refreshToken"])).status_code == 401
    assert (await server.refresh(first["refreshToken"])).status_code == 401


async def test_idle_for_a_week_and_thirty_days_in_all(server: Server) -> None:
    tokens = await server.newcomer()
    for _ in range(4):
        server.clock.advance(days=6, hours=23)
        tokens = (await server.refresh(tokens["refreshToken"])).json()["data"]
    assert tokens["refreshTokenExpiresAt"] == "2026-03-02T09:15:00Z"
    server.clock.advance(days=3)
    assert (await server.refresh(tokens["refreshToken"])).status_code == 401
    other = await server.newcomer()
    server.clock.advance(days=7)
    assert (await server.refresh(other["refreshToken"])).status_code == 401


async def test_a_revocation_is_seen_by_every_process_within_five_seconds(house: House) -> None:
    """Both processes have just seen the session live; only the clock and the database tell them."""
    here, there = await house.start(), await house.start()
    email = await here.register()
    thief, owner = await here.log_in(email), await here.log_in(email)
    assert await here.is_let_in(thief["accessToken"])
    assert await there.is_let_in(thief["accessToken"])
    ended = await here.call("DELETE", f"/auth/sessions/{thief['sessionId']}", owner["accessToken"])
    assert ended.status_code == 204
    house.clock.advance(seconds=5)
    assert not await here.is_let_in(thief["accessToken"])
    assert not await there.is_let_in(thief["accessToken"])
    assert await there.is_let_in(owner["accessToken"])


async def test_logging_out_everywhere_reaches_every_session_and_no_strangers(server: Server) -> None:
    email = await server.register()
    sessions = [await server.log_in(email) for _ in range(3)]
    stranger = await server.newcomer()
    answer = await server.call("POST", "/auth/logout-everywhere", sessions[0]["accessToken"])
    assert answer.json()["data"] == {"endedSessions": 3}
    server.clock.advance(seconds=5)
    for session in sessions:
        assert not await server.is_let_in(session["accessToken"])
        assert (await server.refresh(session["refreshToken"])).status_code == 401
    assert await server.is_let_in(stranger["accessToken"])


async def test_sessions_are_listed_newest_first_in_pages_without_those_of_others(server: Server) -> None:
    email = await server.register()
    first = await server.log_in(email)
    server.clock.advance(minutes=1)
    answer = await server.call(
        "POST",
        "/auth/login",
        headers={"User-Agent": "Firefox/146.0\t(" + "x" * 500},
        json={"email": email, "password": PASSWORD},
    )
    second = answer.json()["data"]
    await server.newcomer()
    page = (await server.call("GET", "/auth/sessions?limit=1", second["accessToken"])).json()
    (newest,) = page["data"]
    assert newest["id"] == second["sessionId"]
    assert newest["isCurrent"] is True
    assert newest["address"] == "203.0.113.7"
    assert newest["agent"].startswith("Firefox/146.0(xxx")
    assert len(newest["agent"]) <= 200
    cursor = page["meta"]["page"]["nextCursor"]
    rest = (await server.call("GET", f"/auth/sessions?cursor={cursor}", second["accessToken"])).json()
    assert [(row["id"], row["isCurrent"]) for row in rest["data"]] == [(first["sessionId"], False)]
    assert rest["meta"]["page"]["nextCursor"] is None
    wrong = await server.call("GET", "/auth/sessions?cursor=AAAA", second["accessToken"])
    assert wrong.status_code == 422


async def test_a_strangers_session_looks_like_none(server: Server) -> None:
    mine, theirs = await server.newcomer(), await server.newcomer()
    nowhere = "01a1fb92-658a-7273-85d4-3a322b8fd639"
    answers = [
        await server.call("DELETE", f"/auth/sessions/{session_id}", mine["accessToken"])
        for session_id in (theirs["sessionId"], nowhere)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]

    def body(answer: Json, session_id: str) -> str:
        shown = {key: value for key, value in answer.items() if key not in {"instance", "meta"}}
        return str(shown).replace(session_id, "ID")

    assert body(answers[0].json(), theirs["sessionId"]) == body(answers[1].json(), nowhere)
    assert await server.is_let_in(theirs["accessToken"])


async def test_keys_are_rotated_without_signing_anybody_out(house: House) -> None:
    """The new key signs as soon as it is first; the old one verifies until it is taken away."""
    new = SigningKey(kid="two", secret=Secret("2" * 32))
    before = await house.start(keys=[KEY])
    between = await house.start(keys=[new, KEY])
    after = await house.start(keys=[new])
    email = await before.register()
    old_token, new_token = (await before.log_in(email))["accessToken"], (await between.log_in(email))["accessToken"]
    assert await between.is_let_in(old_token)
    assert await between.is_let_in(new_token)
    assert await after.is_let_in(new_token)
    assert not await after.is_let_in(old_token)
    assert not await before.is_let_in(new_token)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a.b.c",
        "Bearer " + "A" * 9000,
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "bearer two tokens",
        "Bearer \u00e9\u00e9",
    ],
)
async def test_any_other_authorization_is_a_401_with_a_challenge(server: Server, header: str) -> None:
    answer = await server.client.get("/api/v1/users/me", headers={b"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 42 + "=", "\u0662" * 43, "\\ud800", "x" * 5000])
async def test_any_other_refresh_token_is_refused_without_being_repeated(server: Server, token: str) -> None:
    answer = await server.refresh(token)
    assert answer.status_code in {401, 422}
    assert len(token) < 2 or token not in answer.text


async def test_a_retried_logout_under_its_key_is_answered_again(server: Server) -> None:
    tokens = await server.newcomer()
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = await server.call("POST", "/auth/logout", tokens["accessToken"], headers=key)
    second = await server.call("POST", "/auth/logout", tokens["accessToken"], headers=key)
    assert [first.status_code, second.status_code] == [204, 204]
    assert second.headers["idempotency-replayed"] == "true"


async def test_the_scheduler_clears_away_what_expired_and_leaves_the_living(server: Server) -> None:
    """The chore as the scheduler does it, in the transaction of its slot."""
    old = await server.newcomer()
    server.clock.advance(days=14, seconds=1)
    living = await server.newcomer()
    async with ambient(server.app.platform.engine(), Tenant(purpose="housekeeping")) as block:
        assert await server.app.timetable[SESSIONS_PURGE]() >= 2
        await block.commit()
    assert (await server.refresh(old["refreshToken"])).status_code == 401
    assert (await server.refresh(living["refreshToken"])).status_code == 200
