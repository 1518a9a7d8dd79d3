"""An account's cost method decides which lots a sale uses up; switching it counts everything anew."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from tests.journeys.ledger_api import TCS, Json, Ledger, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def switch(ledger: Ledger, method: str) -> Json:
    account = await ledger.get(f"/accounts/{ledger.account_id}")
    path = f"/accounts/{ledger.account_id}"
    answer = await ledger.request("PATCH", path, json={"costMethod": method}, match=account["version"], expect=200)
    return answer.json()["data"]


async def history(ledger: Ledger) -> Json:
    """Three purchases and a sale of two units; a fee of 3 on the second purchase."""
    await ledger.record("buy", "1", "10", 0)
    await ledger.record("buy", "2", "30", 1, fees={"brokerage": "3"})
    await ledger.record("buy", "1", "20", 2)
    return await ledger.record("sell", "2", "40", 3)


@pytest.mark.parametrize(
    ("method", "realised", "open_cost", "lots"),
    [
        ("fifo", "38.5", "51.5", {"20", "31.5"}),
        ("specific", "38.5", "51.5", {"20", "31.5"}),
        ("lifo", "28.5", "41.5", {"10", "31.5"}),
        ("hifo", "17", "30", {"10", "20"}),
        ("average", "33.5", "46.5", {"23.25"}),
    ],
)
async def test_each_method_gives_its_figures_however_it_was_reached(
    ledger: Ledger, method: str, realised: str, open_cost: str, lots: set[str]
) -> None:
    """Set from the first trade on, or switched to in the end: the same, and the position explains itself."""
    await switch(ledger, "hifo" if method == "fifo" else "fifo")
    await history(ledger)
    assert (await switch(ledger, method))["costMethod"] == method
    position = await ledger.only("/positions")
    assert (position["realised"], position["openCost"], position["quantity"]) == (realised, open_cost, "2")
    assert {lot["leftCost"] for lot in await ledger.get("/lots")} == lots
    explained = await ledger.get(f"/positions/{position['id']}/explain")
    assert explained["openCost"]["value"] == open_cost
    # and what comes next goes on from there
    await ledger.record("sell", "2", "40", 4)
    closed = await ledger.only("/positions", includeClosed=True)
    assert (closed["realised"], closed["openCost"]) == ("67", "0")


async def test_a_sale_takes_the_lots_it_names(ledger: Ledger) -> None:
    await ledger.record("buy", "2", "10", 0)
    chosen = await ledger.record("buy", "2", "30", 1)
    selection = [{"lotId": chosen["id"], "quantity": "1.5"}]
    sale = await ledger.record("sell", "2", "40", 2, lotSelection=selection)
    assert sale["lotSelection"] == selection
    disposal = await ledger.only("/disposals")
    assert [(match["quantity"], match["openPrice"]) for match in disposal["matches"]] == [("1.5", "30"), ("0.5", "10")]
    changed = await ledger.request("PATCH", f"/trades/{sale['id']}", json={"lotSelection": None}, match=1, expect=200)
    assert changed.json()["data"]["lotSelection"] == []
    disposal = await ledger.only("/disposals")
    assert [(match["quantity"], match["openPrice"]) for match in disposal["matches"]] == [("2", "10")]


@pytest.mark.parametrize("quantities", [["1", "1.5"], ["2.000000000000000001"]])
async def test_a_sale_cannot_choose_more_than_it_sells(ledger: Ledger, quantities: list[str]) -> None:
    lots = [(await ledger.record("buy", "5", "10", number))["id"] for number in range(2)]
    selection = [{"lotId": lot, "quantity": quantity} for lot, quantity in zip(lots, quantities, strict=False)]
    body = {
        "accountId": ledger.account_id,
        "instrument": {"symbol": "INFY", "exchange": "NSE", "segment": "equity", "currency": "INR"},
        "side": "sell",
        "quantity": "2",
        "price": "10",
        "executedAt": "2024-02-01T10:00:00Z",
        "lotSelection": selection,
    }
    refused = (await ledger.request("POST", "/trades", json=body, expect=422)).json()["error"]
    assert "more than the traded 2" in refused["message"]
    body["lotSelection"] = [{"lotId": lots[0], "quantity": "1"}] * 2
    refused = (await ledger.request("POST", "/trades", json=body, expect=422)).json()["error"]
    assert "names a lot twice" in refused["message"]


async def test_what_a_switch_would_do_is_told_before_it(ledger: Ledger) -> None:
    """Each method's totals are those that switching to it gives; only positions that differ are listed."""
    await history(ledger)
    await ledger.record("buy", "1", "5", 0, instrument=TCS)
    before = await ledger.get("/positions")
    told = await ledger.get(f"/accounts/{ledger.account_id}/cost-methods")
    assert told["current"] == "fifo"
    assert [position["instrument"]["symbol"] for position in told["positions"]] == ["INFY"]
    assert await ledger.get("/positions") == before
    for totals in told["totals"]:
        await switch(ledger, totals["method"])
        positions = await ledger.get("/positions")
        assert str(sum(Decimal(position["realised"]) for position in positions)) == totals["realised"]
        assert str(sum(Decimal(position["openCost"]) for position in positions)) == totals["openCost"]
    assert {totals["method"] for totals in told["totals"]} == {"fifo", "lifo", "hifo", "average", "specific"}
