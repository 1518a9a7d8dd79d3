"""Issues are found, say what would mend them, and are gone once it is mended."""

from __future__ import annotations

import httpx
import pytest

from tests.contracts.imports.desk import fill, tradebook
from tests.journeys.imports_api import Importer
from tests.journeys.ledger_api import Json, Ledger, at, open_ledger
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


async def test_a_transfer_of_more_than_there_was_is_an_issue_until_the_rest_was_bought(ledger: Ledger) -> None:
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    await ledger.record("buy", "4", "10", 2)
    moved = await ledger.transfer(other, "10")
    (issue,) = await issues(ledger, "unbalanced_transfer")
    assert (issue["subjectId"], issue["quantity"], issue["at"]) == (moved["id"], "6", at(5))
    assert issue["message"].startswith("6 INFY of the transfer were not there")
    await ledger.record("buy", "6", "9", 1)
    assert await issues(ledger, "unbalanced_transfer") == []
    assert (await ledger.get(f"/transfers/{moved['id']}"))["movedQuantity"] == "10"


async def test_a_transfer_whose_chosen_lot_shrank_is_an_issue_until_it_is_void(ledger: Ledger) -> None:
    """What arrived has the dates and costs of another lot then, and a read of the past says so as well."""
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    await ledger.record("buy", "10", "10", 0)
    chosen = await ledger.record("buy", "5", "20", 1)
    moved = await ledger.transfer(other, "5", lotSelection=[{"lotId": chosen["id"], "quantity": "5"}])
    assert await issues(ledger, "transfer_selection_not_met") == []
    await ledger.request("PATCH", f"/trades/{chosen['id']}", json={"quantity": "2"}, match=1, expect=200)
    (issue,) = await issues(ledger, "transfer_selection_not_met")
    assert (issue["subjectId"], issue["quantity"], issue["at"]) == (moved["id"], "3", at(5))
    assert issue["message"].startswith("3 INFY of the transfer are not of the lots it chose")
    assert issue["fix"]["path"] == f"/api/v1/transfers/{moved['id']}/void"
    assert await issues(ledger, "unbalanced_transfer") == []
    past = await ledger.get("/ledger/issues", kind="transfer_selection_not_met", asOf=at(6))
    assert [each["subjectId"] for each in past] == [moved["id"]]
    await ledger.request("POST", f"/trades/{chosen['id']}/void", json={"reason": "Never"}, match=2, expect=200)
    assert [each["quantity"] for each in await issues(ledger, "transfer_selection_not_met")] == ["5"]
    await ledger.request("POST", f"/transfers/{moved['id']}/void", json={"reason": "Other lots"}, match=1, expect=200)
    assert await issues(ledger, "transfer_selection_not_met") == []


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


async def test_what_no_exchange_and_no_isin_names_is_an_issue_until_it_has_become_what_it_is(
    ledger: Ledger, served: Served
) -> None:
    """A file without listings leaves its papers unknown; the symbol change keeps their cost."""
    file = b"date,action,symbol,quantity,price,fees,currency\n2026-01-05,BUY,ACME,3,10,0,USD\n"
    await Importer(ledger, served.app).bring_in(file)
    (issue,) = await issues(ledger, "unknown_symbol")
    assert (issue["quantity"], issue["instrument"]["symbol"]) == ("3", "ACME")
    assert "without an exchange" in issue["message"]
    assert issue["fix"]["path"] == "/api/v1/corporate-actions"
    listed = {"symbol": "ACME", "exchange": "NASDAQ", "segment": "equity", "currency": "USD", "isin": "US0378331005"}
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    known = (await other.record("buy", "1", "11", 0, instrument=listed))["instrument"]["id"]
    change = {
        "instrumentId": issue["instrument"]["id"],
        "effectiveAt": "2026-01-06T00:00:00Z",
        "terms": {"kind": "symbol_change", "into": known},
    }
    await ledger.request("POST", "/corporate-actions", json=change, expect=201)
    (held,) = [each for each in await ledger.get("/positions", accountId=ledger.account_id) if each["quantity"] != "0"]
    assert (held["instrument"]["id"], held["quantity"], held["openCost"]) == (known, "3", "30")
    assert await issues(ledger, "unknown_symbol") == []


@pytest.mark.parametrize(("isin", "count"), [("US0378331005", 0), ("US0378331006", 1), ("IE00BK5BQW10", 0)])
async def test_an_isin_that_fails_its_check_digit_is_an_issue(ledger: Ledger, isin: str, count: int) -> None:
    """It is mistyped, and no two people would find the same paper by it."""
    instrument = {"symbol": "ACME", "exchange": "NASDAQ", "segment": "equity", "currency": "USD", "isin": isin}
    await ledger.record("buy", "5", "10", 0, instrument=instrument)
    found = await issues(ledger, "unknown_symbol")
    assert len(found) == count
    assert all(isin in issue["message"] for issue in found)


async def test_a_symbol_that_is_an_isin_is_an_issue(ledger: Ledger) -> None:
    """Unless the instrument says itself that it is known by that number."""
    for symbol, isin in (("US0378331005", None), ("IE00BK5BQW10", "IE00BK5BQW10")):
        instrument = {"symbol": symbol, "exchange": "NASDAQ", "segment": "equity", "currency": "USD"}
        await ledger.record("buy", "5", "10", 0, instrument=instrument | ({} if isin is None else {"isin": isin}))
    (issue,) = await issues(ledger, "unknown_symbol")
    assert issue["instrument"]["symbol"] == "US0378331005"
