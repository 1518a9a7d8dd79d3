"""A corporate action is entered once, however late, and everything after it is right to the last digit."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.journeys.ledger_api import INFY, TCS, Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio
FIGURES = ("quantity", "openCost", "realised", "fees")


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def act(ledger: Ledger, terms: Json, minute: float, *, expect: int = 201, **more: Json) -> Json:
    """Record an action on INFY, or on what `instrumentId` names."""
    if "instrumentId" not in more:
        more["instrumentId"] = (await instrument(ledger, "INFY"))["id"]
    body = {"effectiveAt": at(minute), "terms": terms} | more
    response = await ledger.request("POST", "/corporate-actions", json=body, expect=expect)
    return response.json()["data" if expect == 201 else "error"]


async def instrument(ledger: Ledger, symbol: str) -> Json:
    return await ledger.only("/instruments", symbol=symbol)


async def figures(ledger: Ledger, symbol: str = "INFY") -> dict[str, str]:
    position = await ledger.only("/positions", symbol=symbol, includeClosed=True)
    return {name: position[name] for name in FIGURES}


async def history(ledger: Ledger) -> None:
    """Ten bought at 400 with a fee of 8; twenty sold at 110, as after a split of four for one."""
    await ledger.record("buy", "10", "400", 0, fees={"brokerage": "8"})
    await ledger.record("sell", "20", "110", 10)
    await ledger.record("buy", "5", "3000", 1, instrument=TCS)


async def test_a_split_entered_late_counts_what_follows_anew_and_nothing_else(ledger: Ledger) -> None:
    await history(ledger)
    assert await figures(ledger) == {"quantity": "-10", "openCost": "-1100", "realised": "-2908", "fees": "8"}
    other = await ledger.only("/positions", symbol="TCS")
    split = await act(ledger, {"kind": "split", "new": 4, "old": 1}, 5)
    (effect,) = split["effects"]
    assert (effect["quantityBefore"], effect["quantityAfter"]) == ("-10", "20")
    assert (effect["openCostAfter"], effect["realisedAfter"]) == ("2004", "196")
    assert await figures(ledger) == {"quantity": "20", "openCost": "2004", "realised": "196", "fees": "8"}
    (lot,) = await ledger.get("/lots", instrumentId=split["instrument"]["id"])
    assert (lot["leftQuantity"], lot["leftCost"], lot["price"], lot["eventId"]) == ("20", "2004", "100", split["id"])
    assert await ledger.only("/positions", symbol="TCS") == other
    # what comes next is applied on top, and what comes late is replayed with it
    await ledger.record("sell", "20", "120", 20)
    await ledger.record("buy", "1", "400", 2)
    assert await figures(ledger) == {"quantity": "4", "openCost": "400", "realised": "592", "fees": "8"}


async def test_a_void_action_is_as_if_it_had_never_been(ledger: Ledger) -> None:
    await history(ledger)
    before = await figures(ledger), await ledger.get("/lots"), await ledger.get("/disposals")
    split = await act(ledger, {"kind": "split", "new": 4, "old": 1}, 5)
    path = f"/corporate-actions/{split['id']}"
    void = await ledger.request("POST", f"{path}/void", json={"reason": "Wrong ratio"}, match=1, expect=200)
    assert (void.json()["data"]["voidReason"], void.headers["ETag"]) == ("Wrong ratio", '"2"')
    assert (await figures(ledger), await ledger.get("/lots"), await ledger.get("/disposals")) == before
    assert await ledger.get("/corporate-actions") == []
    assert (await ledger.only("/corporate-actions", includeVoided=True))["version"] == 2
    await ledger.request("POST", f"{path}/void", json={"reason": "Again"}, match=2, expect=409)
    await ledger.request("POST", f"{path}/void", json={"reason": "Again"}, match=1, expect=412)


async def test_the_same_split_is_refused_whoever_it_is_for(ledger: Ledger) -> None:
    """Once for every account and once for one would be twice for that one."""
    await history(ledger)
    split = await act(ledger, {"kind": "split", "new": 4, "old": 1}, 5)
    for more in ({}, {"accountId": ledger.account_id}):
        error = await act(ledger, {"kind": "split", "new": 4, "old": 1}, 5, expect=409, **more)
        assert (error["code"], error["details"]["corporateActionId"]) == ("duplicate_corporate_action", split["id"])
    assert (await figures(ledger))["quantity"] == "20"


async def test_a_spin_off_opens_a_position_that_can_be_seen_sold_and_explained(ledger: Ledger) -> None:
    await ledger.record("buy", "8", "100", 0, fees={"brokerage": "10"})
    await ledger.record("buy", "1", "1", 1, instrument=TCS)
    into = (await instrument(ledger, "TCS"))["id"]
    share = {"numerator": 1, "denominator": 5}
    await act(ledger, {"kind": "spin_off", "into": into, "new": 1, "old": 4, "costShare": share}, 5)
    assert (await figures(ledger))["openCost"] == "648"
    assert await figures(ledger, "TCS") == {"quantity": "3", "openCost": "163", "realised": "0", "fees": "0"}
    sale = await ledger.record("sell", "3", "100", 9, instrument=TCS)
    disposal = await ledger.get(f"/disposals/{sale['id']}")
    assert [match["cost"] for match in disposal["matches"]] == ["162", "1"]
    assert disposal["matches"][0]["openedAt"] == at(0)
    explained = await ledger.get(f"/disposals/{sale['id']}/explain")
    assert explained["realised"]["value"] == disposal["realised"] == "137"


async def test_a_symbol_change_moves_into_an_instrument_that_was_never_traded(ledger: Ledger) -> None:
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    await other.record("buy", "1", "1", 0, instrument=TCS)
    await ledger.record("buy", "8", "100", 0)
    into = (await instrument(ledger, "TCS"))["id"]
    await act(ledger, {"kind": "symbol_change", "into": into}, 5)
    position = await ledger.only("/positions", accountId=ledger.account_id)
    assert (position["instrument"]["symbol"], position["quantity"], position["openCost"]) == ("TCS", "8", "800")
    assert (position["tradeCount"], position["lastExecutedAt"]) == (0, None)
    explained = await ledger.get(f"/positions/{position['id']}/explain")
    assert (explained["quantity"]["value"], explained["openCost"]["value"]) == ("8", "800")


@pytest.mark.parametrize(
    ("terms", "figure"),
    [
        ({"kind": "bonus", "new": 1, "held": 2}, {"quantity": "12", "openCost": "800", "realised": "0"}),
        ({"kind": "cash_merger", "cashPerUnit": "130"}, {"quantity": "0", "openCost": "0", "realised": "240"}),
        ({"kind": "return_of_capital", "perUnit": "7.5"}, {"quantity": "8", "openCost": "740", "realised": "0"}),
        ({"kind": "delisting"}, {"quantity": "0", "openCost": "0", "realised": "-800"}),
        ({"kind": "expiry", "settlementPrice": "101"}, {"quantity": "0", "openCost": "0", "realised": "8"}),
    ],
)
async def test_each_kind_does_what_it_says(ledger: Ledger, terms: Json, figure: dict[str, str]) -> None:
    await ledger.record("buy", "8", "100", 0)
    recorded = await act(ledger, terms, 5)
    assert recorded["terms"].items() >= terms.items()
    assert (await figures(ledger)).items() >= figure.items()
    read = await ledger.get(f"/corporate-actions/{recorded['id']}")
    assert read == {name: value for name, value in recorded.items() if name != "effects"}
    for disposal in await ledger.get("/disposals"):
        explained = await ledger.get(f"/disposals/{disposal['id']}/explain")
        assert explained["realised"]["value"] == disposal["realised"]


@pytest.mark.parametrize(
    ("terms", "more", "status"),
    [
        ({"kind": "split", "new": 0, "old": 1}, {}, 422),
        ({"kind": "split", "new": 1.5, "old": 1}, {}, 422),
        ({"kind": "halving"}, {}, 422),
        ({"kind": "split", "new": 2, "old": 1}, {"effectiveAt": "2099-01-01T00:00:00Z"}, 422),
        ({"kind": "symbol_change", "into": "0192f0c1-0000-7000-8000-000000000000"}, {}, 404),
        ({"kind": "split", "new": 2, "old": 1}, {"instrumentId": "0192f0c1-0000-7000-8000-000000000000"}, 404),
        ({"kind": "split", "new": 2, "old": 1}, {"accountId": "0192f0c1-0000-7000-8000-000000000000"}, 404),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    ledger: Ledger, terms: Json, more: Json, status: int
) -> None:
    await ledger.record("buy", "8", "100", 0)
    await act(ledger, terms, 5, expect=status, **more)
    assert await ledger.get("/corporate-actions") == []
    assert (await figures(ledger))["quantity"] == "8"


async def test_a_trade_and_a_split_at_the_same_time_both_count(ledger: Ledger) -> None:
    """Whichever comes first, no trade slips past the split into a position that nobody had opened yet."""
    await ledger.record("buy", "1", "1", 0)
    instrument_id = (await instrument(ledger, "INFY"))["id"]
    accounts = [await open_ledger(ledger.client, ledger.headers, label=f"Account {number}") for number in range(6)]
    for number, account in enumerate(accounts):
        terms = {"kind": "split", "new": 3, "old": 1}
        await asyncio.gather(
            account.record("buy", "10", "30", number, instrument=INFY),
            act(account, terms, 100 + number, instrumentId=instrument_id, accountId=account.account_id),
        )
        position = await account.only("/positions", accountId=account.account_id)
        assert (position["quantity"], position["openCost"]) == ("30", "300")


async def test_a_price_of_before_a_split_values_what_is_held_after_it(ledger: Ledger) -> None:
    """Entered in old units, it is told in new ones: 4 for 1, then 1 for each 3 as a bonus; 90 x 1/4 x 3/4 = 16.875."""
    trade = await ledger.record("buy", "12", "80", 0)
    path = f"/instruments/{trade['instrument']['id']}/price"
    await ledger.request("PUT", path, json={"price": "90", "asOf": at(1)}, expect=200)
    for terms, minute in (({"kind": "split", "new": 4, "old": 1}, 2), ({"kind": "bonus", "new": 1, "held": 3}, 3)):
        await act(ledger, terms, minute, accountId=ledger.account_id)
    position = await ledger.only("/positions")
    assert (position["quantity"], position["openCost"]) == ("64", "960")
    assert (position["mark"]["price"], position["mark"]["marketValue"]) == ("16.875", "1080")
    assert (await ledger.get(path))["price"] == "16.875"
    explained = await ledger.get(f"/positions/{position['id']}/explain")
    assert explained["unrealised"]["value"] == position["mark"]["unrealised"] == "120"
    # as of before, it is what was entered; entered anew, it is taken as it is
    assert (await ledger.only("/positions", asOf=at(1)))["mark"]["price"] == "90"
    await ledger.request("PUT", path, json={"price": "17", "asOf": at(3)}, match=1, expect=200)
    assert (await ledger.only("/positions"))["mark"]["price"] == "17"


async def test_the_last_price_of_before_a_bonus_is_told_in_new_units(ledger: Ledger) -> None:
    await ledger.record("buy", "4", "80", 0)
    await act(ledger, {"kind": "bonus", "new": 1, "held": 1}, 1)
    mark = (await ledger.only("/positions"))["mark"]
    assert (mark["price"], mark["marketValue"], mark["unrealised"]) == ("40", "320", "0")
