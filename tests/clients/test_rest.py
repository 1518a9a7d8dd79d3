"""The client's calls, against a server that answers as Tapedeck does, or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tapedeck_client import Refused, SignedOut, Tapedeck, Unreachable, Unreadable
from tests.provider_server import Answer, Behaviour, FakeProvider, answer, drip, hang_up, providing, reset

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[FakeProvider]:
    async with providing() as fake:
        yield fake


def gives(data: object, next_cursor: str | None = None) -> Answer:
    page = {} if next_cursor is None else {"page": {"nextCursor": next_cursor}}
    return answer(200, json.dumps({"success": True, "data": data, "meta": page}).encode())


def refuses(status: int, code: str, **headers: str) -> Answer:
    error = {"code": code, "message": f"It is {code}.", "details": {"field": "price"}}
    return answer(status, json.dumps({"error": error, "meta": {"requestId": "r-1"}}).encode(), **headers)


def tokens(number: int, expires_in: int = 900) -> Answer:
    return gives({"accessToken": f"access-{number}", "refreshToken": f"refresh-{number}", "expiresIn": expires_in})


ACCOUNT = {
    "id": "a-1",
    "broker": "Zerodha",
    "label": "Main",
    "currency": "INR",
    "timeZone": "Asia/Kolkata",
    "costMethod": "fifo",
}


async def test_who_signs_in_acts_with_the_token_that_is_given(server: FakeProvider) -> None:
    server.will(tokens(1), gives([ACCOUNT]))
    async with Tapedeck(server.url) as api:
        await api.sign_in("ann@example.com", "secret words")
        accounts = await api.accounts()
    assert [account.label for account in accounts] == ["Main"]
    login, listing = server.received
    assert json.loads(login.body) == {"email": "ann@example.com", "password": "secret words"}
    assert listing.headers["authorization"] == "Bearer access-1"


async def test_a_refused_token_is_renewed_once_and_the_call_is_made_again(server: FakeProvider) -> None:
    server.will(tokens(1), refuses(401, "unauthenticated"), tokens(2), gives([]))
    async with Tapedeck(server.url) as api:
        await api.sign_in("ann@example.com", "secret words")
        assert await api.accounts() == []
    assert json.loads(server.received[2].body) == {"refreshToken": "refresh-1"}
    assert server.received[3].headers["authorization"] == "Bearer access-2"


async def test_an_old_token_is_renewed_before_it_is_used_and_by_one_caller_only(server: FakeProvider) -> None:
    """A refresh token is good once: two who send it would end the session."""
    server.will(tokens(1, expires_in=0), tokens(2), gives([]))
    async with Tapedeck(server.url) as api:
        await api.sign_in("ann@example.com", "secret words")
        await asyncio.gather(*(api.accounts() for _ in range(5)))
    assert [request.target.rpartition("/")[2] for request in server.received] == ["login", "refresh", *["accounts"] * 5]


async def test_a_token_from_elsewhere_that_is_refused_means_signed_out(server: FakeProvider) -> None:
    server.will(refuses(401, "unauthenticated"))
    async with Tapedeck(server.url, token="given") as api:
        with pytest.raises(SignedOut):
            await api.accounts()
    async with Tapedeck(server.url) as api:
        with pytest.raises(SignedOut, match="sign_in"):
            await api.accounts()
    assert len(server.received) == 1


async def test_who_signs_out_sends_the_token_no_more(server: FakeProvider) -> None:
    server.will(answer(204, b""))
    async with Tapedeck(server.url, token="given") as api:
        await api.sign_out()
        with pytest.raises(SignedOut):
            await api.accounts()


async def test_lists_are_read_page_by_page(server: FakeProvider) -> None:
    server.will(gives([ACCOUNT], "next"), gives([ACCOUNT]))
    async with Tapedeck(server.url, token="given") as api:
        assert len(await api.accounts()) == 2
    assert [request.target for request in server.received] == ["/api/v1/accounts", "/api/v1/accounts?cursor=next"]


async def test_a_list_that_does_not_go_on_is_no_endless_list(server: FakeProvider) -> None:
    server.will(gives([ACCOUNT], "again"))
    async with Tapedeck(server.url, token="given") as api:
        with pytest.raises(Unreadable):
            await api.accounts()


async def test_a_refusal_has_its_code_its_facts_and_when_to_ask_again(server: FakeProvider) -> None:
    server.will(refuses(429, "too_many_requests", retry_after="7"))
    async with Tapedeck(server.url, token="given") as api:
        with pytest.raises(Refused) as raised:
            await api.accounts()
    refused = raised.value
    assert (refused.status, refused.code, str(refused)) == (429, "too_many_requests", "It is too_many_requests.")
    assert (refused.request_id, refused.retry_after_s, refused.details) == ("r-1", 7.0, {"field": "price"})


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b'{"error":"no"}', b""])
async def test_a_refusal_of_somebody_else_is_one_too(server: FakeProvider, body: bytes) -> None:
    """Such as a balancer's, which knows nothing of our problems."""
    server.will(answer(502, body))
    async with Tapedeck(server.url, token="given") as api:
        with pytest.raises(Refused) as raised:
            await api.accounts()
    assert (raised.value.status, raised.value.code) == (502, "unknown")


@pytest.mark.parametrize("body", [b"", b"nothing", b"[]", b'{"data":{}}', b'{"data":[{"id":1}]}', b'{"data":[1]}'])
async def test_an_answer_that_is_not_tapedecks_is_unreadable(server: FakeProvider, body: bytes) -> None:
    server.will(answer(200, body))
    async with Tapedeck(server.url, token="given") as api:
        with pytest.raises(Unreadable):
            await api.accounts()


@pytest.mark.parametrize("behaviour", [hang_up, reset, drip])
async def test_who_does_not_answer_is_unreachable(server: FakeProvider, behaviour: Behaviour) -> None:
    server.will(behaviour)
    async with Tapedeck(server.url, token="given", timeout_s=0.2) as api:
        with pytest.raises(Unreachable):
            async with asyncio.timeout(60):
                await api.quotes("AAPL")


async def test_symbols_travel_as_they_are(server: FakeProvider) -> None:
    provenance = {
        "provider": "simulator",
        "asOf": "2026-01-30T09:15:00Z",
        "receivedAt": "2026-01-30T09:15:00Z",
        "stale": False,
        "simulated": True,
    }
    bar = {
        "start": "2026-01-30T00:00:00Z",
        "open": "1",
        "high": "2.50",
        "low": "0.000000001",
        "close": "2",
        "volume": "10",
    }
    history = {"symbol": "^NSEI", "interval": "1d", "adjustment": "splits", "currency": "INR", "bars": [bar]}
    server.will(gives({**history, "provenance": provenance}))
    async with Tapedeck(server.url, token="given") as api:
        found = await api.history("A/B ^NSEI", reach="1mo")
    assert server.received[0].target == "/api/v1/history/A%2FB%20%5ENSEI?interval=1d&range=1mo"
    assert (found.bars[0].high, found.bars[0].low) == (Decimal("2.50"), Decimal("1E-9"))
