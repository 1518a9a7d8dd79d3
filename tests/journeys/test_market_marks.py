"""What people hold is worth what the market says, and every figure says who says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.journeys.explained import is_true
from tests.journeys.ledger_api import INFY, Json, Ledger, open_ledger
from tests.journeys.market_app import run, simulated
from tests.served import RegisterUser, Served

__all__ = ["simulated"]
pytestmark = pytest.mark.anyio

AAPL = {"symbol": "AAPL", "exchange": "NASDAQ", "segment": "equity", "currency": "USD"}
MARKS, CLOSES = "market_marks", "market_closes"


def days_ago(days: float) -> str:
    """An instant as it is written on the wire."""
    return (datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def ledger(simulated: Served, register_user: RegisterUser) -> AsyncIterator[Ledger]:
    """A trader where what is made up may value what they hold."""
    async with simulated.client() as client:
        yield await open_ledger(client, await register_user(client))


async def told(ledger: Ledger, symbol: str) -> Decimal:
    """What the market says."""
    return Decimal((await ledger.get(f"/quotes/{symbol}"))["price"])


async def test_positions_are_valued_at_the_market_which_says_who_it_is(ledger: Ledger, simulated: Served) -> None:
    """The mark, the totals and the explanation all say that the price is made up."""
    bought = await ledger.record("buy", "10", "1500", executedAt=days_ago(40))
    assert (await ledger.only("/positions"))["mark"]["source"] == "last_trade"
    assert await run(simulated, MARKS) > 0
    position = await ledger.only("/positions")
    mark = position["mark"]
    assert mark["source"] == "market"
    assert mark["market"] == {"provider": "simulator", "stale": False, "simulated": True}
    assert Decimal(mark["unrealised"]) == Decimal(mark["price"]) * 10 - 15000
    unrealised = (await ledger.only("/pnl"))["unrealised"]
    assert (unrealised["unrealised"], unrealised["simulated"]) == (mark["unrealised"], True)
    tree = (await ledger.get(f"/positions/{position['id']}/explain"))["unrealised"]
    assert is_true(tree)
    assert tree["value"] == mark["unrealised"]
    price = tree["operands"][0]["operands"][1]
    assert price["reference"]["id"] == f"market simulator {mark['asOf'].replace('Z', '+00:00')} simulated"
    entry = await ledger.get(f"/instruments/{bought['instrument']['id']}/price")
    assert (entry["price"], entry["source"], entry["version"]) == (mark["price"], "market", None)


async def test_what_is_wanted_may_leave_the_market_out(ledger: Ledger, simulated: Served) -> None:
    """By `prices`, as before there was one."""
    await ledger.record("buy", "10", "1500", executedAt=days_ago(40))
    await run(simulated, MARKS)
    sources = {
        prices: (await ledger.only("/positions", prices=prices))["mark"]
        for prices in ("any", "user", "user_or_market", "user_or_last_trade")
    }
    assert sources["user"] is None
    assert [sources[each]["source"] for each in ("any", "user_or_market", "user_or_last_trade")] == [
        "market",
        "market",
        "last_trade",
    ]


async def test_a_price_of_ones_own_goes_first_until_the_market_is_a_day_newer(
    ledger: Ledger, simulated: Served
) -> None:
    """And its version can be told, so that it can be entered anew."""
    bought = await ledger.record("buy", "10", "1500", executedAt=days_ago(40))
    await run(simulated, MARKS)
    market = (await ledger.only("/positions"))["mark"]
    path = f"/instruments/{bought['instrument']['id']}/price"
    as_of = datetime.fromisoformat(market["asOf"])
    for ago, match, source in ((timedelta(hours=20), None, "user"), (timedelta(hours=30), 1, "market")):
        body = {"price": "1", "asOf": (as_of - ago).isoformat()}
        await ledger.request("PUT", path, match=match, json=body, expect=200)
        assert (await ledger.only("/positions"))["mark"]["source"] == source
    entry = await ledger.request("GET", path, expect=200)
    assert (entry.json()["data"]["version"], "ETag" in entry.headers) == (2, False)


async def test_a_read_of_the_past_takes_the_close_of_its_day(ledger: Ledger, simulated: Served) -> None:
    """As it was traded on that day; of before the close that of the day before."""
    await ledger.record("buy", "10", "1500", executedAt=days_ago(40))
    await run(simulated, CLOSES)
    params = {"range": "1mo", "adjustment": "none"}
    bars = (await ledger.get("/history/NSE:INFY", **params))["bars"]
    for before, bar in list(pairwise(bars))[5:8]:
        # half past three in the afternoon in Kolkata
        closed = datetime.fromisoformat(bar["start"]) + timedelta(hours=15, minutes=30)
        for as_of, close in ((closed, bar["close"]), (closed - timedelta(minutes=1), before["close"])):
            mark = (await ledger.only("/positions", asOf=as_of.isoformat()))["mark"]
            assert (mark["source"], mark["price"], mark["market"]["stale"]) == ("market", close, False)
    pnl = await ledger.only("/pnl", asOf=bars[5]["start"])
    explained = await ledger.only("/pnl/explain", asOf=bars[5]["start"])
    assert is_true(explained["unrealised"])
    assert explained["unrealised"]["value"] == pnl["unrealised"]["unrealised"]


async def test_amounts_in_another_currency_take_the_rate_that_the_market_tells(
    ledger: Ledger, simulated: Served
) -> None:
    """Of days that the central bank's file does not reach; the source of each rate is told."""
    await ledger.record("buy", "10", "150", instrument=AAPL, executedAt=days_ago(2))
    await run(simulated, MARKS)
    await run(simulated, CLOSES)
    converted = (await ledger.only("/pnl", currency="account"))["converted"][0]
    assert converted["unrealised"]["amount"] != "0"
    assert {rate["source"] for rate in converted["rates"]} == {"simulated"}
    explained = (await ledger.only("/pnl/explain", currency="account"))["converted"][0]
    assert is_true(explained["unrealised"]["amount"])
    assert explained["unrealised"]["amount"]["value"] == converted["unrealised"]["amount"]


async def test_a_price_gap_ends_when_the_market_tells_a_price(ledger: Ledger, simulated: Served) -> None:
    """What was last traded long ago is no gap any more."""
    await ledger.record("buy", "10", "1500", executedAt=days_ago(300))
    assert (await ledger.only("/ledger/issues", kind="price_gap"))["kind"] == "price_gap"
    await run(simulated, MARKS)
    assert await ledger.get("/ledger/issues", kind="price_gap") == []


async def _split(ledger: Ledger, **wanted: Json) -> Json:
    return await ledger.only("/ledger/proposals", kind="split", **wanted)


async def test_a_split_is_proposed_and_counts_when_it_is_accepted(ledger: Ledger, simulated: Served) -> None:
    """Until then the market's price is told in the units that are held; afterwards it is proposed no more."""
    await ledger.record("buy", "10", "400", instrument=AAPL, executedAt="2020-08-20T15:00:00Z")
    await run(simulated, MARKS)
    await run(simulated, CLOSES)
    price = await told(ledger, "NASDAQ:AAPL")
    before = (await ledger.only("/positions"))["mark"]
    proposal = await _split(ledger)
    assert (proposal["split"], proposal["day"], proposal["effectiveAt"]) == (
        {"new": 4, "old": 1},
        "2020-08-31",
        "2020-08-31T04:00:00Z",
    )
    assert (proposal["provider"], proposal["simulated"], proposal["madeId"]) == ("simulator", True, None)
    assert abs(Decimal(before["price"]) / price - 4) < Decimal("0.05")
    accept = f"/ledger/proposals/{proposal['id']}/accept"
    accepted = (await ledger.request("POST", accept, json={}, expect=200)).json()["data"]
    action = await ledger.get(f"/corporate-actions/{accepted['madeId']}")
    assert (accepted["state"], action["terms"]) == ("accepted", {"kind": "split", "new": 4, "old": 1})
    position = await ledger.only("/positions")
    assert (position["quantity"], position["mark"]["marketValue"]) == ("40", before["marketValue"])
    await ledger.request("POST", accept, json={}, expect=409)
    assert (await _split(ledger, state="accepted"))["id"] == proposal["id"]
    await ledger.request("POST", f"/corporate-actions/{action['id']}/void", match=1, json={"reason": "x"}, expect=200)
    await ledger.record("buy", "1", "300", instrument=AAPL, executedAt="2020-08-19T15:00:00Z")
    await run(simulated, CLOSES)
    assert await ledger.get("/ledger/proposals", kind="split") == []


async def test_past_days_around_a_split_are_valued_in_the_units_of_each_day(ledger: Ledger, simulated: Served) -> None:
    """At the close as it was traded, whether the split is only proposed or recorded: it never counts twice."""
    await ledger.record("buy", "10", "400", instrument=AAPL, executedAt="2020-08-20T15:00:00Z")
    await run(simulated, CLOSES)
    days = {"from": "2020-08-28", "to": "2020-09-01", "adjustment": "none"}
    bars = (await ledger.get("/history/NASDAQ:AAPL", **days))["bars"]
    closes = {bar["start"][:10]: Decimal(bar["close"]) for bar in bars}
    assert closes["2020-08-28"] > 3 * closes["2020-09-01"]

    async def told_of(day: str) -> tuple[str, Decimal]:
        position = await ledger.only("/positions", asOf=f"{day}T22:00:00Z")
        return position["quantity"], Decimal(position["mark"]["price"])

    assert await told_of("2020-08-28") == ("10", closes["2020-08-28"])
    # nobody has said yet that the ten are forty now, so a price of one is told for each of the ten
    assert await told_of("2020-09-01") == ("10", 4 * closes["2020-09-01"])
    proposal = await _split(ledger)
    await ledger.request("POST", f"/ledger/proposals/{proposal['id']}/accept", json={}, expect=200)
    assert await told_of("2020-08-28") == ("10", closes["2020-08-28"])
    assert await told_of("2020-09-01") == ("40", closes["2020-09-01"])


async def test_a_dividend_is_proposed_for_what_was_held(ledger: Ledger, simulated: Served) -> None:
    """One that the ledger has is not, and one that was dismissed is not proposed again."""
    await ledger.record("buy", "10", "1500", executedAt=days_ago(400))
    await run(simulated, CLOSES)
    proposals = await ledger.get("/ledger/proposals", kind="dividend")
    assert len(proposals) >= 3
    first = proposals[-1]
    told = first["dividend"]
    assert (told["accountId"], told["quantity"]) == (ledger.account_id, "10")
    assert Decimal(told["amount"]) == Decimal(told["perUnit"]) * 10
    body = {"taxWithheld": "1", "amount": "99"}
    path = f"/ledger/proposals/{first['id']}"
    made = (await ledger.request("POST", f"{path}/accept", json=body, expect=200)).json()["data"]["madeId"]
    cash = await ledger.get(f"/cash-movements/{made}")
    assert (cash["kind"], cash["amount"], cash["taxWithheld"], cash["instrument"]["symbol"]) == (
        "dividend",
        "99",
        "1",
        INFY["symbol"],
    )
    await ledger.request("POST", f"/ledger/proposals/{proposals[0]['id']}/dismiss", expect=200)
    await ledger.request("POST", f"/ledger/proposals/{proposals[0]['id']}/accept", json={}, expect=409)
    await ledger.record("buy", "1", "1500", executedAt=days_ago(410))
    await run(simulated, CLOSES)
    left = await ledger.get("/ledger/proposals", kind="dividend")
    assert {each["id"] for each in left} == {each["id"] for each in proposals[1:-1]}


async def test_a_dividend_that_the_ledger_has_is_not_proposed(ledger: Ledger, simulated: Served) -> None:
    """It may have come in weeks later; a proposal for another account stays."""
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    for each in (ledger, other):
        await each.record("buy", "10", "1500", executedAt=days_ago(200))
    paid = (await ledger.get("/history/NSE:INFY", range="6mo"))["dividends"][0]["date"]
    day = datetime.fromisoformat(paid).replace(tzinfo=UTC)
    movement = {
        "accountId": ledger.account_id,
        "kind": "dividend",
        "amount": "50",
        "currency": "INR",
        "occurredAt": (day + timedelta(days=30)).isoformat(),
        "instrumentId": (await ledger.get("/positions"))[0]["instrument"]["id"],
    }
    await ledger.request("POST", "/cash-movements", json=movement, expect=201)
    await run(simulated, CLOSES)
    of_day = [
        each["dividend"]["accountId"]
        for each in await ledger.get("/ledger/proposals", kind="dividend")
        if each["day"] == paid
    ]
    assert of_day == [other.account_id]


async def test_nobody_sees_the_proposals_of_others(
    ledger: Ledger, simulated: Served, register_user: RegisterUser
) -> None:
    """Nor decides about them."""
    await ledger.record("buy", "10", "1500", executedAt=days_ago(400))
    await run(simulated, CLOSES)
    proposal = (await ledger.get("/ledger/proposals"))[0]
    stranger = await open_ledger(ledger.client, await register_user(ledger.client))
    assert await stranger.get("/ledger/proposals", state="all") == []
    await stranger.request("GET", f"/ledger/proposals/{proposal['id']}", expect=404)
    for verb in ("accept", "dismiss"):
        await stranger.request("POST", f"/ledger/proposals/{proposal['id']}/{verb}", json={}, expect=404)
    assert (await ledger.get(f"/ledger/proposals/{proposal['id']}"))["state"] == "open"
