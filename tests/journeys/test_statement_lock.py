"""What happened up to the day that an account is locked through stays as it is, until it is unlocked on purpose."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.imports_api import Importer, counted
from tests.journeys.ledger_api import Json, Ledger, fill, open_ledger
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio

# 31 March 2024 ends in Kolkata at 18:30 in UTC
LAST_INSTANT = "2024-03-31T18:29:59.999999Z"
FIRST_FREE = "2024-03-31T18:30:00Z"
TRADEBOOK = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time\n"
    "INFY,INE009A01021,2024-03-28,NSE,EQ,EQ,buy,false,10.000000,1500.000000,1,11,2024-03-28T09:30:00\n"
    "INFY,INE009A01021,2024-04-02,NSE,EQ,EQ,buy,false,5.000000,1490.000000,2,12,2024-04-02T09:30:00\n"
)


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def lock(ledger: Ledger, through: str | None, expect: int = 200, **more: Json) -> Json:
    path = f"/accounts/{ledger.account_id}"
    account = await ledger.get(path)
    body = {"lockedThrough": through} | more
    return (await ledger.request("PATCH", path, json=body, match=account["version"], expect=expect)).json()


async def refused(ledger: Ledger, method: str, path: str, **options: Json) -> Json:
    error = (await ledger.request(method, path, expect=409, **options)).json()["error"]
    assert error["code"] == "period_locked"
    assert error["details"]["lockedThrough"] == "2024-03-31"
    return error


async def test_the_lock_ends_with_the_day_where_the_account_is_kept(ledger: Ledger) -> None:
    assert (await lock(ledger, "2024-03-31"))["data"]["lockedThrough"] == "2024-03-31"
    body = {"accountId": ledger.account_id} | fill("buy", "1", "10")
    error = await refused(ledger, "POST", "/trades", json=body | {"executedAt": LAST_INSTANT})
    assert "2024-03-31" in error["message"]
    await ledger.request("POST", "/trades", json=body | {"executedAt": FIRST_FREE}, expect=201)
    assert len(await ledger.get("/trades")) == 1


async def test_locked_trades_change_in_words_only(ledger: Ledger) -> None:
    """Notes and tags are the trader's own; nothing else changes, moves in or out of the period, or is voided."""
    old = await ledger.record("buy", "2", "10", executedAt="2024-03-01T10:00:00Z")
    new = await ledger.record("buy", "1", "12", executedAt="2024-05-01T10:00:00Z")
    await lock(ledger, "2024-03-31")
    before = await ledger.get("/positions")
    path = f"/trades/{old['id']}"
    for change in ({"price": "11"}, {"fees": {"brokerage": "1"}}, {"executedAt": "2024-05-02T10:00:00Z"}):
        await refused(ledger, "PATCH", path, json=change, match=1)
    await refused(ledger, "PATCH", f"/trades/{new['id']}", json={"executedAt": "2024-03-02T10:00:00Z"}, match=1)
    await refused(ledger, "POST", f"{path}/void", json={"reason": "wrong"}, match=1)
    await ledger.request("PATCH", path, json={"notes": "too early", "tags": ["plan"]}, match=1, expect=200)
    assert await ledger.get("/positions") == before
    await lock(ledger, None)
    await ledger.request("PATCH", path, json={"price": "11"}, match=2, expect=200)


async def test_bulk_rows_in_the_period_are_rejected_one_by_one(ledger: Ledger) -> None:
    await lock(ledger, "2024-03-31")
    rows = [fill("buy", "1", "10", executedAt=at) for at in (LAST_INSTANT, FIRST_FREE)]
    outcome = await ledger.bulk(rows, mode="partial")
    assert [row["verdict"] for row in outcome["rows"]] == ["rejected", "recorded"]
    assert outcome["rows"][0]["error"]["code"] == "period_locked"


async def test_corporate_actions_and_methods_do_not_change_a_locked_past(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "2", "10", executedAt="2024-03-01T10:00:00Z")
    split = {
        "instrumentId": trade["instrument"]["id"],
        "effectiveAt": "2024-03-20T00:00:00Z",
        "terms": {"kind": "split", "new": 2, "old": 1},
    }
    done = (await ledger.request("POST", "/corporate-actions", json=split, expect=201)).json()["data"]
    await lock(ledger, "2024-03-31")
    await refused(ledger, "POST", "/corporate-actions", json=split | {"effectiveAt": "2024-03-21T00:00:00Z"})
    await refused(ledger, "POST", f"/corporate-actions/{done['id']}/void", json={"reason": "wrong"}, match=1)
    account = await ledger.get(f"/accounts/{ledger.account_id}")
    path = f"/accounts/{ledger.account_id}"
    for change in ({"costMethod": "hifo"}, {"shorting": False}):
        await refused(ledger, "PATCH", path, json=change, match=account["version"])
    assert (await ledger.only("/positions"))["quantity"] == "4"
    unlocked = await lock(ledger, None, costMethod="hifo")
    assert (unlocked["data"]["lockedThrough"], unlocked["data"]["costMethod"]) == (None, "hifo")


async def test_an_import_leaves_locked_rows_out_and_is_not_undone(ledger: Ledger, served: Served) -> None:
    importer = Importer(ledger, served.app)
    await lock(ledger, "2024-03-31")
    done = await importer.bring_in(TRADEBOOK.encode())
    assert counted(done) == {"bad": 1, "imported": 1}
    (bad,) = await importer.rows(done["id"], verdict="bad")
    assert "locked through 2024-03-31" in bad["problem"]["reason"]
    await lock(ledger, None)
    again = await importer.bring_in(TRADEBOOK.encode())
    assert counted(again) == {"duplicate": 1, "imported": 1}
    await lock(ledger, "2024-03-31")
    await refused(ledger, "POST", f"/imports/{again['id']}/undo")
    assert counted(await importer.act(done["id"], "undo")) == {"bad": 1, "undone": 1}
