"""Somebody fills a screen with one request."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Json
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

BATCH = "/api/v1/market/batch"


@pytest.fixture
async def reader(client: httpx.AsyncClient, register_user: RegisterUser) -> httpx.AsyncClient:
    client.headers.update(await register_user(client))
    return client


async def test_parts_are_answered_in_their_order_and_each_fails_alone(reader: httpx.AsyncClient) -> None:
    parts = [
        {"kind": "history", "symbol": "NSE:INFY", "range": "5d"},
        {"kind": "quote", "symbol": "APPL"},
        {"kind": "quote", "symbol": "BTC-USD"},
        {"kind": "fx", "base": "EUR", "quote": "EUR"},
        {"kind": "fx", "base": "EUR", "quote": "INR"},
        {"kind": "quote", "symbol": "MOON:ABC"},
        {"kind": "fundamentals", "symbol": "AAPL"},
        {"kind": "fundamentals", "symbol": "APPL"},
        {"kind": "coin", "id": "bitcoin"},
        {"kind": "coin", "id": "no-such-coin", "vsCurrency": "EUR"},
    ]
    answer = await reader.post(BATCH, json={"parts": parts})
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Json]] = answer.json()["data"]
    told = [
        (next(kind for kind, what in part.items() if what is not None), part["error"] and part["error"]["code"])
        for part in data
    ]
    assert told == [
        ("history", None),
        ("error", "unknown_symbol"),
        ("quote", None),
        ("error", "invalid"),
        ("fx", None),
        ("error", "invalid"),
        ("fundamentals", None),
        ("error", "not_found"),
        ("coin", None),
        ("error", "not_found"),
    ]
    assert data[1]["error"]["suggestions"][0] == "NASDAQ:AAPL"


@pytest.mark.parametrize("parts", [[], [{"kind": "quote", "symbol": "AAPL"}] * 21, [{"kind": "order"}]])
async def test_one_to_twenty_parts_of_known_kinds_are_taken(
    reader: httpx.AsyncClient, parts: list[dict[str, str]]
) -> None:
    assert (await reader.post(BATCH, json={"parts": parts})).status_code == 422
