"""Issues are found, say what would mend them, and are gone once it is mended."""

from __future__ import annotations

import httpx
import pytest

from tests.contracts.imports.desk import fill, tradebook
from tests.journeys.imports_api import Importer
from tests.journeys.ledger_api import Json, Ledger, open_ledger
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client), shorting=False)


async def issues(ledger: Ledger, kind: str) -> list[Json]:
    found: list[Json] = await ledger.get("/ledger/issues", kind=kind, accountId=ledger.account_id)
    return found


async def test_a_sale_without_a_purchase_is_an_issue_until_the_purchase_is_there(ledger: Ledger) -> None:
    sale = await ledger.record("sell", "10", "100", 5)
    (issue,) = await issues(ledger, "missing_basis")
    assert (issue["subjectId"], issue["quantity"], issue["at"]) == (sale["id"], "10", sale["executedAt"])
    assert issue["message"].startswith("10 INFY were sold without a known purchase")
    assert (issue["fix"]["method"], issue["fix"]["path"]) == ("POST", "/api/v1/trades")
    await ledger.record("buy", "10", "90", 1)
    assert await issues(ledger, "missing_basis") == []


async def test_one_fill_from_two_sources_is_suspected_and_two_of_one_source_are_not(
    ledger: Ledger, served: Served
) -> None:
    """A file names its fill, who entered one by hand before did not."""
    await Importer(ledger, served.app).bring_in(tradebook(fill(1)))
    imported = await ledger.only("/trades")
    assert await issues(ledger, "duplicate_suspect") == []
    names = ("accountId", "instrument", "side", "quantity", "price", "executedAt")
    by_hand = {name: imported[name] for name in names}
    del by_hand["instrument"]["id"]
    entered = (await ledger.request("POST", "/trades", json=by_hand, expect=201)).json()["data"]
    (issue,) = await issues(ledger, "duplicate_suspect")
    assert {issue["subjectId"], issue["otherId"]} == {imported["id"], entered["id"]}
    assert issue["fix"]["path"].endswith("/void")
    await ledger.request("POST", f"/trades/{entered['id']}/void", json={"reason": "Twice"}, match=1, expect=200)
    assert await issues(ledger, "duplicate_suspect") == []


async def test_a_choice_that_can_no_longer_be_met_is_an_issue(ledger: Ledger) -> None:
    await ledger.record("buy", "5", "10", 0)
    chosen = await ledger.record("buy", "5", "20", 1)
    sale = await ledger.record("sell", "5", "30", 2, lotSelection=[{"lotId": chosen["id"], "quantity": "5"}])
    assert await issues(ledger, "selection_not_met") == []
    await ledger.request("PATCH", f"/trades/{chosen['id']}", json={"quantity": "2"}, match=1, expect=200)
    (issue,) = await issues(ledger, "selection_not_met")
    assert (issue["subjectId"], issue["otherId"], issue["quantity"]) == (sale["id"], chosen["id"], "3")


async def test_an_old_price_is_a_gap_until_a_new_one_is_entered(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "5", "10", 0)
    (issue,) = await issues(ledger, "price_gap")
    assert (issue["at"], issue["fix"]["path"]) == (
        trade["executedAt"],
        f"/api/v1/instruments/{trade['instrument']['id']}/price",
    )
    assert [each["kind"] for each in await ledger.get("/ledger/issues")] == ["price_gap"]


async def test_pages_hold_each_issue_once(ledger: Ledger) -> None:
    for minute in range(5):
        await ledger.record("sell", "1", "100", minute)
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = (await ledger.request("GET", "/ledger/issues", params={"limit": 2} | cursor, expect=200)).json()
        found += [each["subjectId"] for each in body["data"]]
        if body["meta"]["page"]["nextCursor"] is None:
            break
        cursor = {"cursor": body["meta"]["page"]["nextCursor"]}
    assert len(found) == len(set(found)) == 5
