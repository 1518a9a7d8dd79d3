"""Somebody looks up what things cost, with nothing configured: the simulator answers, and says so."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Json
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reader(client: httpx.AsyncClient, register_user: RegisterUser) -> httpx.AsyncClient:
    client.headers.update(await register_user(client))
    return client


async def read(reader: httpx.AsyncClient, path: str, expect: int = 200, **params: str) -> Json:
    answer = await reader.get(f"/api/v1{path}", params=params)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_a_quote_says_what_it_is_worth_and_where_it_comes_from(reader: httpx.AsyncClient) -> None:
    body = await read(reader, "/quotes/AAPL")
    quote = body["data"]
    assert (quote["symbol"], quote["currency"], quote["assetClass"]) == ("AAPL", "USD", "stock")
    assert float(quote["price"]) > 0
    assert quote["provenance"] | {"asOf": 0, "receivedAt": 0} == {
        "provider": "simulator",
        "asOf": 0,
        "receivedAt": 0,
        "delaySeconds": 0,
        "stale": False,
        "simulated": True,
        "insteadOf": [],
        "disputedBy": [],
    }
    assert body["meta"]["cache"]["stale"] is False


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("brk.b", "BRK-B"),
        ("%5EGSPC", "^GSPC"),
        ("M%26M.NS", "NSE:M&M"),
        ("NSE:INFY", "NSE:INFY"),
        ("btc-usd", "BTC-USD"),
        ("EURUSD=X", "EURUSD=X"),
    ],
)
async def test_symbols_are_understood_as_people_write_them(reader: httpx.AsyncClient, typed: str, symbol: str) -> None:
    assert (await read(reader, f"/quotes/{typed}"))["data"]["symbol"] == symbol


async def test_an_unknown_symbol_comes_with_suggestions(reader: httpx.AsyncClient) -> None:
    error = (await read(reader, "/quotes/APPL", expect=404))["error"]
    assert error["code"] == "unknown_symbol"
    assert error["details"]["suggestions"][0] == "NASDAQ:AAPL"
    assert "NASDAQ:AAPL" in error["message"]


async def test_several_symbols_fail_alone(reader: httpx.AsyncClient) -> None:
    data = (await read(reader, "/quotes", symbols="MSFT,APPL,BTC-USD"))["data"]
    assert [each["symbol"] for each in data["quotes"]] == ["MSFT", "BTC-USD"]
    assert [(each["symbol"], each["code"]) for each in data["missing"]] == [("APPL", "unknown_symbol")]


async def test_what_can_be_no_symbol_is_refused(reader: httpx.AsyncClient) -> None:
    for symbol in ("NSE:INFY.BO", "MOON:ABC", "^"):
        assert (await read(reader, f"/quotes/{symbol}", expect=422))["error"]["code"] == "invalid"
