"""Profit and loss adds up, says where its prices come from, and every figure explains itself."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.explained import is_true
from tests.journeys.ledger_api import GOLD, INFY, TCS, Json, Ledger, at, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def price(ledger: Ledger, instrument_id: str, value: str, *, match: int | None = None) -> Json:
    """Enter a price."""
    body = {"price": value, "asOf": at(500)}
    return (
        await ledger.request("PUT", f"/instruments/{instrument_id}/price", match=match, json=body, expect=200)
    ).json()["data"]


async def test_open_positions_are_valued_at_the_users_price_else_the_last_trade(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100", 0, fees={"tax": "5"})
    mark = (await ledger.only("/positions"))["mark"]
    assert mark == {
        "price": "100",
        "asOf": at(0),
        "source": "last_trade",
        "market": None,
        "marketValue": "1000",
        "unrealised": "-5",
    }
    unrealised = (await ledger.only("/pnl", prices="user"))["unrealised"]
    assert (unrealised["unrealised"], unrealised["positions"]) == ("0", [])
    assert [position["instrument"]["symbol"] for position in unrealised["unpriced"]] == ["INFY"]
    await price(ledger, bought["instrument"]["id"], "120")
    unrealised = (await ledger.only("/pnl", prices="user"))["unrealised"]
    assert (unrealised["marketValue"], unrealised["openCost"], unrealised["unrealised"]) == ("1200", "1005", "195")
    assert unrealised["positions"][0]["mark"]["source"] == "user"
    assert unrealised["positions"][0]["mark"]["asOf"] == at(500)


async def test_the_last_trade_of_any_account_prices_all_of_them(ledger: Ledger, client: httpx.AsyncClient) -> None:
    other = await open_ledger(client, ledger.headers, label="Other")
    await ledger.record("buy", "1", "100", 0)
    await other.record("buy", "1", "130", 9)
    assert (await ledger.only("/positions", accountId=ledger.account_id))["mark"]["unrealised"] == "30"


async def test_a_price_is_updated_over_the_version_that_was_read(ledger: Ledger) -> None:
    instrument_id = (await ledger.record("buy", "1", "100"))["instrument"]["id"]
    path = f"/instruments/{instrument_id}/price"
    assert (await ledger.get(path))["source"] == "last_trade"
    assert (await price(ledger, instrument_id, "120"))["version"] == 1
    body = {"price": "125", "asOf": at(600)}
    await ledger.request("PUT", path, json=body, expect=428)
    await ledger.request("PUT", path, match=2, json=body, expect=412)
    await price(ledger, instrument_id, "125", match=1)
    read = await ledger.request("GET", path, expect=200)
    assert (read.json()["data"]["price"], read.headers["ETag"]) == ("125", '"2"')
    future = {"price": "1", "asOf": "2098-01-01T00:00:00Z"}
    await ledger.request("PUT", path, match=2, json=future, expect=422)


async def test_totals_are_per_currency_and_add_up(ledger: Ledger) -> None:
    dollars = INFY | {"exchange": "XNYS", "currency": "USD"}
    await ledger.bulk(
        [
            fill("buy", "3", "100", 0, fees={"brokerage": "10"}),
            fill("sell", "1", "130", 1, fees={"brokerage": "1"}),
            fill("buy", "5", "20", 0, instrument=dollars),
            fill("sell", "2", "19", 1, instrument=dollars),
        ]
    )
    inr, usd = await ledger.get("/pnl")
    assert (inr["currency"], usd["currency"]) == ("INR", "USD")
    realised = inr["realised"]
    assert (realised["gross"], realised["fees"]) == ("30", "4.333333333333333333")
    assert realised["realised"] == "25.666666666666666667"
    assert realised["cost"] == "103.333333333333333333"
    assert (usd["realised"]["realised"], usd["realised"]["returnOnCost"]["percent"]) == ("-2", "-5")
    assert usd["unrealised"]["unrealised"] == "-3"


async def test_dates_slice_what_was_realised_in_the_accounts_time_zone(ledger: Ledger) -> None:
    """A sale at 00:10 on the 3rd in Kolkata is one of the 2nd in UTC; its purchase lies before the slice."""
    await ledger.record("buy", "2", "100", executedAt="2023-06-01T00:00:00Z")
    await ledger.record("sell", "1", "150", executedAt="2024-01-02T18:40:00Z")
    assert (await ledger.only("/pnl", **{"from": "2024-01-03", "to": "2024-01-03"}))["realised"]["realised"] == "50"
    assert (await ledger.only("/pnl", to="2024-01-02"))["realised"]["disposals"] == 0
    assert await ledger.get("/disposals", **{"from": "2024-01-04"}) == []
    assert len(await ledger.get("/disposals", **{"from": "2024-01-03"})) == 1


async def test_each_account_has_days_of_its_own(ledger: Ledger, client: httpx.AsyncClient) -> None:
    """Sold at 20:00 in UTC on 2 January: that is 3 January in Kolkata, and still the 2nd in New York."""
    other = await open_ledger(client, ledger.headers, timeZone="America/New_York")
    for each, price in ((ledger, "110"), (other, "125")):
        await each.record("buy", "1", "100", 0)
        await each.record("sell", "1", price, executedAt="2024-01-02T20:00:00Z")
    days = {"2024-01-01": [], "2024-01-02": ["25"], "2024-01-03": ["10"]}
    for day, realised in days.items():
        pnl = await ledger.get("/pnl", **{"from": day, "to": day})
        assert [each["realised"]["realised"] for each in pnl] == realised


async def test_a_filter_on_account_or_instrument_narrows_both_halves(ledger: Ledger, client: httpx.AsyncClient) -> None:
    other = await open_ledger(client, ledger.headers, label="Other")
    await ledger.record("buy", "2", "100", 0)
    await ledger.record("sell", "1", "150", 1)
    bought = await other.record("buy", "2", "100", 0, instrument=TCS)
    await other.record("sell", "1", "150", 1, instrument=TCS)
    assert (await ledger.only("/pnl"))["realised"]["realised"] == "100"
    for params in ({"accountId": other.account_id}, {"instrumentId": bought["instrument"]["id"]}):
        pnl = await ledger.only("/pnl", **params)
        assert (pnl["realised"]["realised"], len(pnl["unrealised"]["positions"])) == ("50", 1)


async def test_every_explanation_gives_the_figure_again(ledger: Ledger) -> None:
    """Fees that do not divide, a fill across zero, a multiplier, a short: each tree evaluates to what is shown."""
    await ledger.bulk(
        [
            fill("buy", "3", "100.1", 0, fees={"brokerage": "10", "tax": "0.000000000000000001"}),
            fill("buy", "4", "99.9", 1, fees={"brokerage": "7"}),
            fill("sell", "2", "110", 2, fees={"other": "1"}),
            fill("sell", "9", "111.11", 3, fees={"brokerage": "5", "stampDuty": "0.3"}),
            fill("buy", "1", "105", 4, fees={"brokerage": "2"}),
            fill("sell", "7", "6200.5", 0, instrument=GOLD, fees={"exchange": "100"}),
            fill("buy", "3", "6190", 1, instrument=GOLD),
        ]
    )
    disposals = await ledger.get("/disposals")
    assert len(disposals) == 4
    for disposal in disposals:
        explained = await ledger.get(f"/disposals/{disposal['id']}/explain")
        assert explained["unmatchedProceeds"] is None
        assert is_true(explained["realised"])
        assert explained["realised"]["value"] == disposal["realised"]
        assert explained["realised"]["formula"] == {
            "name": "realised_pnl",
            "version": 1,
            "expression": "sum over matches of proceeds - cost",
        }
    for position in await ledger.get("/positions"):
        explained = await ledger.get(f"/positions/{position['id']}/explain")
        for name, value in (
            ("quantity", position["quantity"]),
            ("openCost", position["openCost"]),
            ("unrealised", position["mark"]["unrealised"]),
        ):
            assert is_true(explained[name])
            assert explained[name]["value"] == value
    total, explained = await ledger.only("/pnl"), await ledger.only("/pnl/explain")
    for name in ("realised", "unrealised"):
        assert is_true(explained[name])
        assert explained[name]["value"] == total[name][name]
    assert len(explained["realised"]["operands"]) == 4


async def test_proceeds_without_a_basis_are_explained_apart(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ledger = await open_ledger(client, await register_user(client), shorting=False)
    await ledger.record("buy", "4", "100", 0)
    sold = await ledger.record("sell", "9", "110", 1, fees={"tax": "10"})
    explained = await ledger.get(f"/disposals/{sold['id']}/explain")
    disposal = await ledger.only("/disposals")
    assert is_true(explained["realised"])
    assert is_true(explained["unmatchedProceeds"])
    assert explained["unmatchedProceeds"]["value"] == disposal["unmatchedProceeds"]


async def test_a_total_of_too_many_disposals_is_not_explained(ledger: Ledger) -> None:
    """Above 10,000 the answer is a clear refusal, not an endless tree."""
    for part in range(3):
        rows = [
            fill(side, "1", "100", part * 10_000 + number + half / 2)
            for number in range(4_000 if part else 2_001)
            for half, side in enumerate(("buy", "sell"))
        ]
        await ledger.bulk(rows)
    refused = await ledger.request("GET", "/pnl/explain", expect=422)
    assert refused.json()["error"]["code"] == "too_many_to_explain"
    assert refused.json()["error"]["details"] == {"found": 10_001, "limit": 10_000}
    narrowed = await ledger.only("/pnl/explain", to="2024-01-04")
    assert is_true(narrowed["realised"])
