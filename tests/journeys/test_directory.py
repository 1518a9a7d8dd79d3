"""Anybody who is signed in finds what is listed, however they spell it."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

SEARCH = "/api/v1/market/stocks/search"


async def test_a_name_with_letters_wrong_is_found(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """With all that is known of it; the second time from what is kept."""
    headers = await register_user(client)
    found = await client.get(SEARCH, headers=headers, params={"query": "micorsoft"})
    assert found.json()["data"][0] == {
        "symbol": "NASDAQ:MSFT",
        "name": "Microsoft Corporation",
        "assetClass": "stock",
        "exchange": "NASDAQ",
        "currency": "USD",
        "isin": "US5949181045",
        "figi": None,
        "delistedOn": None,
        "renamedTo": None,
    }
    again = await client.get(SEARCH, headers=headers, params={"query": "Micorsoft", "limit": 10})
    assert again.json()["meta"]["cache"]["hit"] is True


async def test_what_is_gone_says_so(client: httpx.AsyncClient, register_user: RegisterUser) -> None:
    """By which symbol it goes now, or since when it does not trade."""
    headers = await register_user(client)
    found = await client.get(SEARCH, headers=headers, params={"query": "FB", "limit": 1})
    assert found.json()["data"][0]["renamedTo"] == "NASDAQ:META"
    kinds = await client.get(SEARCH, headers=headers, params={"query": "S&P 500", "assetClass": "index", "limit": 1})
    assert kinds.json()["data"][0]["symbol"] == "^GSPC"


async def test_an_unknown_symbol_is_taken_for_one_that_was_renamed(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """Or for one that is spelt like it."""
    headers = await register_user(client)
    for typed, meant in (("APPL", "NASDAQ:AAPL"), ("FB", "NASDAQ:META")):
        error = (await client.get(f"/api/v1/quotes/{typed}", headers=headers)).json()["error"]
        assert error["code"] == "unknown_symbol"
        assert error["details"]["suggestions"][0] == meant


async def test_nobody_searches_without_signing_in(client: httpx.AsyncClient) -> None:
    assert (await client.get(SEARCH, params={"query": "apple"})).status_code == 401


async def test_an_instrument_of_the_ledger_is_one_of_the_market(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """By its exchange and symbol; what nobody lists has none, nor has what is somebody else's."""
    ledger = await open_ledger(client, await register_user(client))
    listed = {"symbol": "INFY", "exchange": "XNSE", "segment": "equity", "currency": "INR"}
    infosys = (await ledger.record("buy", "1", "1500", instrument=listed))["instrument"]["id"]
    found = (await ledger.get(f"/instruments/{infosys}/listing"))["listing"]
    assert (found["symbol"], found["name"], found["isin"]) == ("NSE:INFY", "Infosys Limited", "INE009A01021")
    unlisted = listed | {"symbol": "NOSUCHTHING"}
    nobody = (await ledger.record("buy", "1", "1500", instrument=unlisted))["instrument"]["id"]
    assert await ledger.get(f"/instruments/{nobody}/listing") == {"listing": None}
    stranger = await open_ledger(client, await register_user(client))
    await stranger.request("GET", f"/instruments/{infosys}/listing", expect=404)
