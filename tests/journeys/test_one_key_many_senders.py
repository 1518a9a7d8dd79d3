"""However many senders race with one key, the effect happens once and nobody is told anything else."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

SENDERS = 64
ACCOUNT = {"broker": "Zerodha", "label": "Long-term", "currency": "INR", "timeZone": "Asia/Kolkata"}


async def test_a_race_with_one_key_has_one_effect(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    client.headers.update(await register_user(client))
    key = {"Idempotency-Key": "the race"}
    answers = await asyncio.gather(
        *(client.post("/api/v1/accounts", json=ACCOUNT, headers=key) for _ in range(SENDERS))
    )
    created = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code != 201]
    first = [answer for answer in created if "idempotency-replayed" not in answer.headers]
    assert len(first) == 1
    assert {answer.content for answer in created} == {first[0].content}
    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in waiting} <= {
        (409, "idempotency_in_progress")
    }
    assert all(answer.headers["retry-after"] for answer in waiting)
    later = await client.post("/api/v1/accounts", json=ACCOUNT, headers=key)
    assert later.content == first[0].content
    assert len((await client.get("/api/v1/accounts")).json()["data"]) == 1


async def test_a_refused_request_leaves_its_key_free(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    client.headers.update(await register_user(client))
    key = {"Idempotency-Key": "again"}
    wrong = await client.post("/api/v1/accounts", json={**ACCOUNT, "timeZone": "Mars/Olympus"}, headers=key)
    right = await client.post("/api/v1/accounts", json=ACCOUNT, headers=key)
    assert (wrong.status_code, right.status_code) == (422, 201)
    assert "idempotency-replayed" not in right.headers
