"""The same things by the other names that people know for them."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Json
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

SAME: list[tuple[str, dict[str, str], str, dict[str, str]]] = [
    ("/market/stocks/M%26M.NS", {}, "/quotes/M%26M.NS", {}),
    ("/stocks", {"symbol": "VOD", "exchange": "LSE"}, "/quotes/LSE:VOD", {}),
    ("/stocks", {"symbol": "^GSPC", "action": "quote"}, "/quotes/%5EGSPC", {}),
    ("/market/stocks/AAPL/history", {"range": "5d"}, "/history/AAPL", {"range": "5d"}),
    (
        "/stocks",
        {"symbol": "AAPL", "action": "history", "interval": "weekly", "range": "3mo"},
        "/history/AAPL",
        {"interval": "1wk", "range": "3mo"},
    ),
]


@pytest.fixture
async def reader(client: httpx.AsyncClient, register_user: RegisterUser) -> httpx.AsyncClient:
    client.headers.update(await register_user(client))
    return client


def _timeless(data: Json) -> Json:
    """What was answered, without the moment of a price that moves."""
    return data.get("bars", [data["symbol"], data.get("currency"), data.get("name")])


@pytest.mark.parametrize(("alias", "query", "canonical", "params"), SAME)
async def test_an_alias_answers_as_what_it_stands_for(
    reader: httpx.AsyncClient, alias: str, query: dict[str, str], canonical: str, params: dict[str, str]
) -> None:
    asked = await reader.get(f"/api/v1{alias}", params=query or None)
    same = await reader.get(f"/api/v1{canonical}", params=params or None)
    assert (asked.status_code, same.status_code) == (200, 200), asked.text
    assert _timeless(asked.json()["data"])[:2] == _timeless(same.json()["data"])[:2]
    assert asked.headers["ratelimit-policy"] == same.headers["ratelimit-policy"]


@pytest.mark.parametrize(
    ("alias", "query", "canonical", "several"),
    [
        ("/stocks", {"symbol": "AAPL,MSFT"}, "/quotes", "quotes"),
        ("/market/stocks/AAPL,MSFT", {}, "/quotes", "quotes"),
        ("/stocks", {"symbol": "AAPL,MSFT", "action": "history", "interval": "weekly"}, "/history", "histories"),
        ("/market/stocks/AAPL,MSFT/history", {"range": "1mo"}, "/history", "histories"),
    ],
)
async def test_an_alias_takes_several_symbols(
    reader: httpx.AsyncClient, alias: str, query: dict[str, str], canonical: str, several: str
) -> None:
    """With commas between them, as the canonical path for several does."""
    asked = await reader.get(f"/api/v1{alias}", params=query or None)
    assert asked.status_code == 200, asked.text
    told: list[Json] = asked.json()["data"][several]
    assert [each["symbol"] for each in told] == ["AAPL", "MSFT"]
    if "symbol" in query:
        asked = await reader.get(f"/api/v1{alias}", params={**query, "symbol": "INFY,TCS", "exchange": "NSE"})
        assert [each["symbol"] for each in asked.json()["data"][several]] == ["NSE:INFY", "NSE:TCS"]
    same = await reader.get(f"/api/v1{canonical}", params={"symbols": "AAPL"})
    assert asked.headers["ratelimit-policy"] == same.headers["ratelimit-policy"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/stocks", {"symbol": "AAPL", "action": "sell"}, 404),
        ("/stocks", {"symbol": "AAPL", "colour": "red"}, 422),
        ("/stocks", {"symbol": "A/../B"}, 404),
        ("/stocks", {}, 404),
        ("/market/stocks/", {}, 404),
    ],
)
async def test_what_stands_for_nothing_is_refused(
    reader: httpx.AsyncClient, path: str, query: dict[str, str], status: int
) -> None:
    assert (await reader.get(f"/api/v1{path}", params=query or None)).status_code == status


async def test_nobody_reads_an_alias_without_signing_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/stocks", params={"symbol": "AAPL"})).status_code == 401
