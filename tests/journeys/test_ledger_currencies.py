"""A trader buys in several currencies, in pence too, and sees what came of it in their own."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.journeys.explained import is_true
from tests.journeys.ledger_api import Json, Ledger, open_ledger
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


async def test_an_answer_says_whether_it_was_kept_and_how_old_it_is(ledger: Ledger) -> None:
    """What is published is the same for everybody, so one who asks may be given what another one asked for."""
    params = {"base": "NOK", "quote": "SEK", "date": "2019-05-17"}
    first, second = [(await ledger.request("GET", "/exchange-rates", params=params)).json() for _ in range(2)]
    assert first["data"] == second["data"]
    assert (first["meta"]["cache"]["hit"], second["meta"]["cache"]["hit"]) == (False, True)
    assert (first["meta"]["cache"]["stale"], second["meta"]["cache"]["stale"]) == (False, False)
    assert 0 <= second["meta"]["cache"]["age"] < 60
    assert 70_000 < second["meta"]["cache"]["ttl"] <= 86_400


async def test_the_books_are_never_answered_from_a_cache(ledger: Ledger) -> None:
    """What somebody wrote a moment ago must be there when they read."""
    for path in ("/accounts", "/trades", "/positions", "/instruments", "/pnl"):
        assert "cache" not in (await ledger.request("GET", path)).json()["meta"]


async def test_a_rate_that_nobody_published_is_not_found(ledger: Ledger) -> None:
    for base, day in (("USDT", "2024-01-05"), ("USD", "1998-12-31"), ("USD", "2099-01-01")):
        params = {"base": base, "quote": "EUR", "date": day}
        refused = await ledger.request("GET", "/exchange-rates", params=params, expect=404)
        assert refused.json()["error"]["code"] == "no_exchange_rate"
        assert refused.json()["error"]["details"] == params
    await ledger.request(
        "GET", "/exchange-rates", params={"base": "GBX", "quote": "EUR", "date": "2024-01-05"}, expect=422
    )


SAP = {"symbol": "SAP", "exchange": "XETR", "segment": "equity", "currency": "EUR"}
OPENED, CLOSED = "2024-01-02T09:00:00+01:00", "2024-06-14T17:00:00+02:00"


async def trade(
    ledger: Ledger, side: str, quantity: str, price: str, executed_at: str, *, fee: str = "0", **instrument: str
) -> Json:
    return await ledger.record(
        side, quantity, price, executedAt=executed_at, instrument=SAP | instrument, fees={"brokerage": fee}
    )


async def told(ledger: Ledger, currency: str, **wanted: str) -> list[Json]:
    """The converted parts of profit and loss, each of whose figures its explanation gives."""
    bodies = await ledger.get("/pnl", currency=currency, **wanted)
    explained = await ledger.get("/pnl/explain", currency=currency, **wanted)
    converted = [each for body in bodies for each in body["converted"]]
    trees = [each for body in explained for each in body["converted"]]
    assert [each["currency"] for each in converted] == [each["currency"] for each in trees]
    for figures, tree in zip(converted, trees, strict=True):
        for part in ("realised", "unrealised"):
            for effect in ("amount", "priceEffect", "currencyEffect"):
                assert is_true(tree[part][effect])
                assert tree[part][effect]["value"] == figures[part][effect]
    return converted


async def test_profit_is_told_in_another_currency_at_the_rates_of_its_days(ledger: Ledger) -> None:
    """A euro was 1.0956 dollars on 2 January and 1.0686 on 14 June 2024.

    Bought 10 for 1005 with the fee; sold 4, which cost 402, for 4 x 130 - 2 = 518: a gain of 116 euros.
        price     116 x 1.0686 = 123.9576
        currency  402 x (1.0686 - 1.0956) = 402 x -0.027 = -10.854
        together  113.1036 = 518 x 1.0686 - 402 x 1.0956 = 553.5348 - 440.4312
    6 are left, which cost 603 and are worth 780 at the last trade's price, of 14 June: 177 more.
        price     177 x 1.0686 = 189.1422
        currency  603 x -0.027 = -16.281
        together  172.8612 = 780 x 1.0686 - 603 x 1.0956 = 833.508 - 660.6468
    """
    await trade(ledger, "buy", "10", "100", OPENED, fee="5")
    await trade(ledger, "sell", "4", "130", CLOSED, fee="2")
    (dollars,) = await told(ledger, "USD")
    assert dollars == {
        "currency": "USD",
        "realised": {
            "amount": "113.1036",
            "priceEffect": "123.9576",
            "currencyEffect": "-10.854",
            "unconverted": [],
        },
        "unrealised": {
            "amount": "172.8612",
            "priceEffect": "189.1422",
            "currencyEffect": "-16.281",
            "unconverted": [],
        },
        "rates": [{"source": "ecb", "count": 2, "first": "2024-01-02", "last": "2024-06-14"}],
    }
    (plain,) = await ledger.get("/pnl")
    assert (plain["realised"]["realised"], plain["unrealised"]["unrealised"]) == ("116", "177")
    assert plain["converted"] is None
    # before the sale all ten were held, at the last price of then: 1000 - 1005 = -5, at the rate of the same day
    (then,) = await told(ledger, "USD", asOf="2024-03-01T00:00:00Z")
    assert (then["realised"]["amount"], then["unrealised"]["amount"]) == ("0", "-5.478")


async def test_a_short_gains_when_the_currency_it_brought_falls(ledger: Ledger) -> None:
    """Sold 10 for 500 at 1.0919 on 3 January, bought 6 of them back for 270 at 1.0686: 300 - 270 = 30 euros.

        price     30 x 1.0686 = 32.058
        currency  300 x (1.0919 - 1.0686) = 300 x 0.0233 = 6.99
    4 are still to be bought, brought 200 and would cost 4 x 45 = 180: 20 euros.
        price     20 x 1.0686 = 21.372
        currency  200 x 0.0233 = 4.66
    """
    await trade(ledger, "sell", "10", "50", "2024-01-03T10:00:00+01:00")
    await trade(ledger, "buy", "6", "45", CLOSED)
    (dollars,) = await told(ledger, "USD")
    assert dollars["realised"]["priceEffect"] == "32.058"
    assert dollars["realised"]["currencyEffect"] == "6.99"
    assert dollars["unrealised"]["priceEffect"] == "21.372"
    assert dollars["unrealised"]["currencyEffect"] == "4.66"


async def test_what_came_for_nothing_is_all_price(ledger: Ledger) -> None:
    """10 euros for shares that cost nothing: 10 x 1.0686, whatever a dollar was when they came."""
    await trade(ledger, "buy", "1", "0", OPENED)
    await trade(ledger, "sell", "1", "10", CLOSED)
    (dollars,) = await told(ledger, "USD")
    assert (dollars["realised"]["priceEffect"], dollars["realised"]["currencyEffect"]) == ("10.686", "0")


async def test_a_sale_without_a_known_purchase_is_told_in_no_currency(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """And yet every figure that is shown has its explanation, be it nothing."""
    ledger = await open_ledger(client, await register_user(client), currency="EUR", shorting=False)
    await trade(ledger, "sell", "1", "10", CLOSED)
    (euros,) = await told(ledger, "EUR")
    assert (euros["realised"]["amount"], euros["unrealised"]["amount"]) == ("0", "0")
    assert await told(ledger, "USD") == []


async def test_days_are_those_of_the_account(ledger: Ledger) -> None:
    """Half past eleven at night in London is the next day in Berlin: 100 x (1.0686 - 1.0919) = -2.33."""
    await trade(ledger, "buy", "1", "100", "2024-01-02T23:30:00Z")
    await trade(ledger, "sell", "1", "100", CLOSED)
    (dollars,) = await told(ledger, "USD")
    assert (dollars["realised"]["amount"], dollars["realised"]["priceEffect"]) == ("-2.33", "0")
    # and a slice by days keeps what it cost: 120 - 100 came before
    await trade(ledger, "buy", "1", "100", "2024-01-02T23:30:00Z")
    (sliced,) = await told(ledger, "USD", **{"from": "2024-06-15"})
    assert sliced["realised"]["amount"] == "0"


async def test_each_account_tells_figures_in_its_own_currency(ledger: Ledger) -> None:
    """The same gain of 20 euros: 20 in an account in euros; 120 x 1.0686 - 100 x 1.0956 = 18.672 in one in dollars."""
    body = {"broker": "Broker", "label": "Dollars", "currency": "USD", "timeZone": "Europe/Berlin"}
    opened = await ledger.request("POST", "/accounts", json=body, expect=201)
    other = replace(ledger, account_id=opened.json()["data"]["id"])
    for each in (ledger, other):
        await trade(each, "buy", "1", "100", OPENED)
        await trade(each, "sell", "1", "120", CLOSED)
    euros, dollars = await told(ledger, "account")
    assert (euros["currency"], euros["realised"]["amount"], euros["realised"]["currencyEffect"]) == ("EUR", "20", "0")
    assert euros["rates"] == []
    assert (dollars["currency"], dollars["realised"]["amount"]) == ("USD", "18.672")
    (both,) = await told(ledger, "EUR")
    assert (both["realised"]["amount"], both["realised"]["currencyEffect"]) == ("40", "0")


async def test_what_has_no_rate_is_listed_with_its_day_and_in_no_sum(ledger: Ledger) -> None:
    """Nobody quotes tether; and the bank had not begun to quote anything in 1998."""
    await trade(ledger, "buy", "1", "100", OPENED, currency="USDT")
    await trade(ledger, "sell", "1", "130", CLOSED, currency="USDT")
    await trade(ledger, "buy", "3", "10", "1998-12-31T12:00:00+01:00")
    await trade(ledger, "sell", "2", "15", CLOSED)
    await trade(ledger, "buy", "1", "50", OPENED, symbol="ALV")
    await trade(ledger, "sell", "1", "60", CLOSED, symbol="ALV")
    euros, tether = await told(ledger, "USD")
    # 60 x 1.0686 - 50 x 1.0956 = 64.116 - 54.78
    assert euros["realised"]["amount"] == "9.336"
    assert euros["realised"]["unconverted"] == [{"currency": "EUR", "date": "1998-12-31", "gain": "10"}]
    assert euros["unrealised"]["unconverted"] == [{"currency": "EUR", "date": "1998-12-31", "gain": "5"}]
    assert tether["realised"] == {
        "amount": "0",
        "priceEffect": "0",
        "currencyEffect": "0",
        "unconverted": [{"currency": "USDT", "date": "2024-06-14", "gain": "30"}],
    }
    assert tether["rates"] == []


async def test_under_average_cost_the_days_of_the_lots_share_the_common_cost(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """2 for 100 at 1.0956, then 1 for 80 at 1.0919, each at a mean cost of 60, and all three worth 90 at 1.0686.

    price 90 x 3 - 180 = 90; 90 x 1.0686 = 96.174. currency 120 x -0.027 + 60 x -0.0233 = -3.24 - 1.398 = -4.638.
    """
    ledger = await open_ledger(
        client, await register_user(client), currency="EUR", timeZone="Europe/Berlin", costMethod="average"
    )
    await trade(ledger, "buy", "2", "50", OPENED)
    bought = await trade(ledger, "buy", "1", "80", "2024-01-03T10:00:00+01:00")
    price = {"price": "90", "asOf": CLOSED}
    await ledger.request("PUT", f"/instruments/{bought['instrument']['id']}/price", json=price, expect=200)
    (dollars,) = await told(ledger, "USD")
    assert (dollars["unrealised"]["priceEffect"], dollars["unrealised"]["currencyEffect"]) == ("96.174", "-4.638")


async def test_no_figure_is_told_in_pence(ledger: Ledger) -> None:
    for path in ("/pnl", "/pnl/explain"):
        refused = await ledger.request("GET", path, params={"currency": "GBX"}, expect=422)
        assert "Give GBP" in refused.json()["detail"]
        await ledger.request("GET", path, params={"currency": "euro"}, expect=422)
