"""Lists come in pages that stand still, in the order and with the filters that were asked for."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import httpx
import pytest

from tests.journeys.ledger_api import INFY, TCS, Json, Ledger, at, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def pages(ledger: Ledger, path: str, **params: Json) -> list[Json]:
    """Read a list to its end, page by page."""
    rows: list[Json] = []
    cursor: str | None = None
    while True:
        asked = params if cursor is None else params | {"cursor": cursor}
        body = (await ledger.request("GET", path, params=asked, expect=200)).json()
        rows += body["data"]
        cursor = body["meta"]["page"]["nextCursor"]
        if cursor is None:
            return rows


def value(trade: Json, name: str) -> object:
    """What a trade is sorted by."""
    match name:
        case "symbol":
            return trade["instrument"]["symbol"]
        case "quantity" | "price":
            return Decimal(trade[name])
        case _:
            return trade[name]


@pytest.mark.parametrize("name", ["executedAt", "createdAt", "quantity", "price", "symbol"])
async def test_each_order_is_complete_in_both_directions(ledger: Ledger, name: str) -> None:
    """With many equal values and pages of three, no row is lost or shown twice."""
    await ledger.bulk(
        [
            fill("buy", str(1 + number % 3), str(number % 4 - 2), number % 5, instrument=TCS if number % 2 else INFY)
            for number in range(11)
        ]
    )
    up = await pages(ledger, "/trades", sort=name, limit=3)
    down = await pages(ledger, "/trades", sort=f"-{name}", limit=3)
    assert len({trade["id"] for trade in up}) == 11
    assert [trade["id"] for trade in down] == [trade["id"] for trade in reversed(up)]
    keys = [(value(trade, name), trade["id"]) for trade in up]
    assert all(one < next_one for one, next_one in pairwise(keys))


async def test_pages_stand_still_while_trades_are_recorded(ledger: Ledger) -> None:
    await ledger.bulk([fill("buy", "1", "100", minute) for minute in range(6)])
    before = [trade["id"] for trade in await ledger.get("/trades")]
    first = (await ledger.request("GET", "/trades", params={"limit": 3}, expect=200)).json()
    await ledger.bulk([fill("buy", "1", "100", minute) for minute in (99, 5, 3.5)])
    rest = await pages(ledger, "/trades", limit=3, cursor=first["meta"]["page"]["nextCursor"])
    seen = [trade["id"] for trade in first["data"] + rest]
    assert [id_ for id_ in seen if id_ in before] == before
    assert len(set(seen)) == len(seen)


async def test_every_filter_narrows(ledger: Ledger, client: httpx.AsyncClient) -> None:
    other = await open_ledger(client, ledger.headers, label="Other")
    story = {
        "instrument": TCS | {"exchange": "BSE", "segment": "fund"},
        "category": "swing",
        "strategy": "s",
        "tags": ["x", "y"],
        "brokerOrderId": "o",
    }
    wanted = await other.record("sell", "1", "100", 10, **story)
    await ledger.record("buy", "1", "100", 0)
    for params in (
        {"accountId": other.account_id},
        {"symbol": "TCS"},
        {"exchange": "BSE"},
        {"segment": "fund"},
        {"side": "sell"},
        {"category": "swing"},
        {"strategy": "s"},
        {"tag": "y"},
        {"brokerOrderId": "o"},
        {"executedFrom": at(10)},
        {"executedFrom": at(5), "executedTo": at(11)},
    ):
        assert [trade["id"] for trade in await ledger.get("/trades", **params)] == [wanted["id"]], params
    for params in ({"tag": "z"}, {"executedTo": at(0)}, {"importId": wanted["id"]}, {"symbol": "x%"}):
        assert await ledger.get("/trades", **params) == [], params


async def test_projections_page_through_without_loss(ledger: Ledger) -> None:
    symbols = [f"S{number}" for number in range(7)]
    await ledger.bulk(
        [
            fill(side, quantity, "100", minute, instrument=INFY | {"symbol": symbol})
            for minute, symbol in enumerate(symbols)
            for side, quantity in (("buy", "2"), ("buy", "2"), ("sell", "3"))
        ]
    )
    for path, params in (
        ("/positions", {}),
        ("/positions/totals", {}),
        ("/lots", {}),
        ("/disposals", {}),
        ("/round-trips", {}),
        ("/instruments", {}),
        ("/lots", {"state": "closed"}),
    ):
        rows = await pages(ledger, path, limit=2, **params)
        found = [row.get("instrument", row)["symbol"] for row in rows]
        assert sorted(found) == symbols, path


async def test_totals_join_accounts_and_keep_their_lots_apart(ledger: Ledger, client: httpx.AsyncClient) -> None:
    other = await open_ledger(client, ledger.headers, label="Other")
    await ledger.record("buy", "10", "100", 0)
    await other.record("sell", "4", "110", 1)
    total = await ledger.only("/positions/totals")
    assert (total["accounts"], total["quantity"], total["openCost"], total["realised"]) == (2, "6", "560", "0")
    assert len(await ledger.get("/positions", accountId=other.account_id)) == 1
    await other.record("buy", "4", "105", 2)
    assert (await ledger.only("/positions/totals"))["realised"] == "20"
    assert [row["quantity"] for row in await ledger.get("/positions", includeClosed="true")] == ["10", "0"]


@pytest.mark.parametrize("cursor", ["AAAA", "W10", "bm90IGpzb24", "WyItZXhlY3V0ZWRBdCIsIjEiLCIyIl0", "_"])
async def test_a_made_up_cursor_is_refused(ledger: Ledger, cursor: str) -> None:
    for path in ("/trades", "/accounts", "/lots", "/positions", "/positions/totals", "/instruments", "/round-trips"):
        refused = await ledger.request("GET", path, params={"cursor": cursor}, expect=422)
        assert refused.json()["error"]["details"]["field"] == "cursor"


async def test_a_cursor_fits_only_the_order_it_came_from(ledger: Ledger) -> None:
    await ledger.bulk([fill("buy", "1", "100", minute) for minute in range(3)])
    body = (await ledger.request("GET", "/trades", params={"limit": 1}, expect=200)).json()
    cursor = body["meta"]["page"]["nextCursor"]
    await ledger.request("GET", "/trades", params={"limit": 1, "cursor": cursor, "sort": "price"}, expect=422)
    await ledger.request("GET", "/lots", params={"cursor": cursor}, expect=422)


async def test_accounts_are_listed_in_the_order_they_were_opened(ledger: Ledger, client: httpx.AsyncClient) -> None:
    others = [await open_ledger(client, ledger.headers, label=f"No. {number}") for number in range(3)]
    rows = await pages(ledger, "/accounts", limit=2)
    assert [row["id"] for row in rows] == [each.account_id for each in (ledger, *others)]


async def test_a_trade_of_a_list_is_told_as_it_is_by_itself(ledger: Ledger) -> None:
    """Lists are read in a form of their own: not a digit and not a member may differ."""
    opened = await ledger.record("buy", "10.50", "0.000000000000000001", 0, fees={"brokerage": "20.50", "tax": "0.00"})
    lot = {"lotId": opened["id"], "quantity": "1.500"}
    await ledger.record("sell", "3", "12345678901234567890", 1, lotSelection=[lot], fees={"stampDuty": "100"})
    whole = {"settlementDate": "2026-02-03", "category": "swing", "strategy": "gap", "tags": ["a", "b"], "notes": "n"}
    references = {"brokerTradeId": "T1", "brokerOrderId": "O1", "attachments": ["https://example.com/1"], "sequence": 7}
    void = await ledger.record("buy", "1000", "-1", 2, instrument=TCS, **whole, **references)
    await ledger.request("POST", f"/trades/{void['id']}/void", match=1, json={"reason": "twice"}, expect=200)
    listed = await pages(ledger, "/trades", includeVoided="true")
    assert len(listed) == 3
    assert listed == [await ledger.get(f"/trades/{trade['id']}") for trade in listed]
