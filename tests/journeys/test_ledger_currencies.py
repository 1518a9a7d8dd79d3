"""A trader buys in several currencies, in pence too, and sees what came of it in their own."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Ledger, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

VOD = {"symbol": "VOD", "exchange": "XLON", "segment": "equity", "currency": "GBX"}


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client), currency="EUR", timeZone="Europe/Berlin")


async def test_a_price_in_pence_is_kept_in_pounds(ledger: Ledger) -> None:
    """72.34 p is 0.7234 pounds; the fee of 5 is pounds: 1000 x 0.7234 + 5 = 728.4."""
    trade = await ledger.record("buy", "1000", "72.34", instrument=VOD | {"tickSize": "0.02"}, fees={"brokerage": "5"})
    instrument = trade["instrument"]
    assert (trade["price"], instrument["currency"], instrument["tickSize"]) == ("0.7234", "GBP", "0.0002")
    position = await ledger.only("/positions")
    assert (position["instrument"]["currency"], position["openCost"]) == ("GBP", "728.4")
    for spelling, price in (("GBp", "75"), ("GBP", "0.75")):
        more = await ledger.record("sell", "1", price, 1, instrument=VOD | {"currency": spelling})
        assert (more["instrument"]["id"], more["price"]) == (instrument["id"], "0.75")


async def test_a_correction_in_pence_names_its_price(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "72", instrument=VOD | {"currency": "GBP"})
    path = f"/trades/{trade['id']}"
    refused = await ledger.request("PATCH", path, match=1, json={"instrument": VOD}, expect=422)
    assert "price" in refused.json()["detail"]
    mended = await ledger.request("PATCH", path, match=1, json={"instrument": VOD, "price": "72"}, expect=200)
    assert (mended.json()["data"]["price"], mended.json()["data"]["instrument"]["currency"]) == ("0.72", "GBP")


async def test_no_account_is_kept_in_pence(ledger: Ledger) -> None:
    body = {"broker": "Broker", "label": "Pence", "currency": "GBX"}
    refused = await ledger.request("POST", "/accounts", json=body, expect=422)
    assert "Give GBP" in refused.json()["detail"]


async def test_the_rate_that_the_ledger_converts_with_is_shown_with_its_day_and_source(ledger: Ledger) -> None:
    """A pound on Saturday, 6 January 2024: the European Central Bank's of Friday, 1.0921 / 0.8621 dollars."""
    rate = await ledger.get("/exchange-rates", base="GBP", quote="USD", date="2024-01-06")
    assert rate == {
        "base": "GBP",
        "quote": "USD",
        "date": "2024-01-06",
        "rate": "1.266790395545760353",
        "publishedOn": "2024-01-05",
        "source": "ecb",
        "pivot": {"currency": "EUR", "inBase": "0.8621", "inQuote": "1.0921"},
    }
    same = await ledger.get("/exchange-rates", base="USDT", quote="USDT", date="2024-01-06")
    assert (same["rate"], same["source"]) == ("1", "same_currency")


async def test_a_rate_that_nobody_published_is_not_found(ledger: Ledger) -> None:
    for base, day in (("USDT", "2024-01-05"), ("USD", "1998-12-31"), ("USD", "2099-01-01")):
        params = {"base": base, "quote": "EUR", "date": day}
        refused = await ledger.request("GET", "/exchange-rates", params=params, expect=404)
        assert refused.json()["error"]["code"] == "no_exchange_rate"
        assert refused.json()["error"]["details"] == params
    await ledger.request(
        "GET", "/exchange-rates", params={"base": "GBX", "quote": "EUR", "date": "2024-01-05"}, expect=422
    )
