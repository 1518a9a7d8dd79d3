"""Who is signed in sees coins, indices, movers, companies and calendars; without keys they are made up, and say so."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from entrypoints.http.jsons import JsonObject
from tests.openapi.document import arr, obj
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

API = "/api/v1"


async def told(client: httpx.AsyncClient, path: str, headers: dict[str, str], **query: str) -> JsonObject:
    """Return the whole answer of a request that worked."""
    found = await client.get(API + path, headers=headers, params=query)
    assert found.status_code == 200, found.text
    return obj(found.json())


async def test_coins_are_told_searched_and_followed(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """From a search to an id, and from that to its price and its history, by one path."""
    headers = await register_user(client)
    top = obj((await told(client, "/crypto", headers, action="top", limit="3", vs_currency="usd"))["data"])
    coins = [obj(each) for each in arr(top["coins"])]
    assert [each["rank"] for each in coins] == [1, 2, 3]
    assert obj(coins[0]["provenance"])["simulated"] is True
    found = obj((await told(client, "/crypto", headers, query="bitc", limit="10"))["data"])
    (bitcoin,) = (obj(each) for each in arr(found["coins"]))
    answer = await told(client, "/crypto", headers, id=str(bitcoin["id"]))
    coin = obj(obj(answer["data"])["coin"])
    assert (coin["ticker"], coin["currency"]) == ("BTC-USD", "USD")
    assert "cache" in obj(answer["meta"])
    history = obj((await told(client, "/crypto", headers, id="bitcoin", action="history", days="30"))["data"])
    assert (history["action"], len(arr(history["points"]))) == ("history", 30)


async def test_what_a_coin_question_lacks_is_told(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """An unknown coin is not found, and a question without its subject is invalid."""
    headers = await register_user(client)
    unknown = await client.get(f"{API}/crypto", headers=headers, params={"id": "unheard-of"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    nothing = await client.get(f"{API}/crypto", headers=headers, params={"action": "history"})
    assert (nothing.status_code, nothing.json()["error"]["details"]["field"]) == (422, "id")


async def test_indices_and_movers_are_quotes(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """An index that nobody tells says so and keeps no other back; gainers rise and losers fall."""
    headers = await register_user(client)
    indices = {
        str(obj(each)["symbol"]): obj(each) for each in arr((await told(client, "/market/indices", headers))["data"])
    }
    assert obj(indices["^GSPC"]["quote"])["symbol"] == "^GSPC"
    assert (indices["^RUT"]["quote"], indices["^RUT"]["missing"]) == (None, "not_found")
    german = arr((await told(client, "/market/indices", headers, country="DE"))["data"])
    assert [obj(each)["symbol"] for each in german] == ["^GDAXI"]
    for path, sign in (("gainers", 1), ("losers", -1)):
        movers = [obj(each) for each in arr((await told(client, f"/market/{path}", headers, limit="5"))["data"])]
        assert all(float(str(each["change"])) * sign > 0 for each in movers)
    trends = [obj(each) for each in arr((await told(client, "/market/trending", headers, limit="5"))["data"])]
    assert [each["rank"] for each in trends] == [1, 2, 3, 4, 5]


async def test_a_company_is_told_by_its_symbol(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """By any of its names; one that nobody knows is not found, with what may have been meant."""
    headers = await register_user(client)
    company = obj((await told(client, "/market/stocks/NSE:INFY/fundamentals", headers))["data"])
    assert (company["symbol"], company["currency"]) == ("NSE:INFY", "INR")
    assert "market_cap" in obj(company["figures"])
    unknown = await client.get(f"{API}/market/stocks/MSFTT/fundamentals", headers=headers)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert "NASDAQ:MSFT" in unknown.json()["error"]["details"]["suggestions"]


async def test_calendars_are_of_the_days_asked_for(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """By company or country; too many days are refused."""
    headers = await register_user(client)
    first = date(2026, 10, 1)
    days = {"from": first.isoformat(), "to": (first + timedelta(days=60)).isoformat()}
    reports = arr((await told(client, "/market/calendar/earnings", headers, symbols="AAPL,INFY", **days))["data"])
    assert {str(obj(each)["symbol"]) for each in reports} == {"NASDAQ:AAPL", "NSE:INFY"}
    figures = arr((await told(client, "/market/calendar/economic", headers, country="IN", **days))["data"])
    assert {str(obj(each)["country"]) for each in figures} == {"IN"}
    too_many = {"from": first.isoformat(), "to": (first + timedelta(days=94)).isoformat()}
    refused = await client.get(f"{API}/market/calendar/economic", headers=headers, params=too_many)
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "to")
