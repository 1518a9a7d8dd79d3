"""A trader records, corrects and voids trades, and the figures follow."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import GOLD, INFY, TCS, Ledger, at, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def test_a_trade_reads_back_as_it_was_written(ledger: Ledger) -> None:
    story = {
        "fees": {"brokerage": "20", "stampDuty": "0.15"},
        "settlementDate": "2024-01-04",
        "category": "swing",
        "strategy": "breakout",
        "tags": ["earnings", "नमस्ते"],
        "notes": "two\nlines",
        "attachments": ["https://example.com/1"],
        "brokerTradeId": "77",
        "brokerOrderId": "order-1",
        "sequence": 3,
    }
    written = await ledger.record("buy", "0.000000000000000001", "-37.63", 5, **story)
    read = await ledger.request("GET", f"/trades/{written['id']}", expect=200)
    assert read.json()["data"] == written
    assert read.headers["ETag"] == '"1"'
    assert await ledger.get("/trades") == [written]
    fees = written.pop("fees")
    assert {**fees} == {
        "brokerage": "20",
        "exchange": "0",
        "regulatory": "0",
        "tax": "0",
        "stampDuty": "0.15",
        "other": "0",
        "total": "20.15",
    }
    assert written | {key: value for key, value in story.items() if key != "fees"} == written
    assert (written["quantity"], written["price"], written["executedAt"]) == ("0.000000000000000001", "-37.63", at(5))


async def test_a_list_shows_a_voided_trade_with_its_chosen_lots_as_it_reads_by_itself(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100", 0)
    chosen = [{"lotId": bought["id"], "quantity": "3"}]
    sold = await ledger.record("sell", "3", "110.50", 1, lotSelection=chosen, instrument=INFY | {"multiplier": "1.0"})
    await ledger.request("POST", f"/trades/{sold['id']}/void", match=1, json={"reason": "never filled"}, expect=200)
    alone = await ledger.get(f"/trades/{sold['id']}")
    assert (alone["voidReason"], alone["lotSelection"]) == ("never filled", chosen)
    assert await ledger.get("/trades", includeVoided=True) == [alone, bought]


async def test_times_with_an_offset_are_kept_in_utc(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100", executedAt="2024-01-02T09:15:00+05:30")
    assert trade["executedAt"] == "2024-01-02T03:45:00Z"


async def test_a_fill_that_crosses_zero_closes_and_opens(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100", 0, fees={"brokerage": "10"})
    sold = await ledger.record("sell", "15", "110", 1, fees={"brokerage": "15"})
    disposal = await ledger.only("/disposals")
    assert (disposal["id"], disposal["basis"], disposal["realised"]) == (sold["id"], "known", "80")
    assert [match["lotId"] for match in disposal["matches"]] == [bought["id"]]
    lot = await ledger.only("/lots")
    assert (lot["id"], lot["direction"], lot["leftQuantity"], lot["fee"]) == (sold["id"], "short", "5", "5")
    position = await ledger.only("/positions")
    assert (position["quantity"], position["openCost"], position["realised"]) == ("-5", "-545", "80")
    trips = await ledger.get("/round-trips")
    assert [(trip["state"], trip["direction"]) for trip in trips] == [("open", "short"), ("closed", "long")]
    assert trips[1]["heldForS"] == 60


async def test_a_fill_from_the_past_is_matched_as_if_it_had_always_been_there(ledger: Ledger) -> None:
    await ledger.record("buy", "1", "100", 1)
    await ledger.record("sell", "1", "150", 2)
    assert (await ledger.only("/disposals"))["realised"] == "50"
    await ledger.record("buy", "1", "10", 0)
    assert (await ledger.only("/disposals"))["realised"] == "140"


async def test_a_correction_moves_every_figure_and_keeps_the_id(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "1", "100", 0)
    await ledger.record("sell", "1", "150", 1)
    path = f"/trades/{bought['id']}"
    patched = await ledger.request("PATCH", path, match=1, json={"price": "120", "notes": "typo"}, expect=200)
    assert patched.headers["ETag"] == '"2"'
    assert (await ledger.only("/disposals"))["realised"] == "30"
    body = {"accountId": ledger.account_id} | fill("buy", "2", "90", 0)
    replaced = (await ledger.request("PUT", path, match=2, json=body, expect=200)).json()["data"]
    assert (replaced["id"], replaced["version"], replaced["notes"]) == (bought["id"], 3, None)
    assert (await ledger.only("/disposals"))["realised"] == "60"
    assert (await ledger.only("/lots"))["leftQuantity"] == "1"


async def test_a_patch_clears_with_null_and_keeps_what_it_leaves_out(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100", notes="n", strategy="s", tags=["t"], fees={"tax": "1", "other": "2"})
    body = {"notes": None, "tags": None, "fees": {"tax": None, "brokerage": "3"}, "settlementDate": "2024-01-05"}
    patched = (await ledger.request("PATCH", f"/trades/{trade['id']}", match=1, json=body, expect=200)).json()["data"]
    assert (patched["notes"], patched["strategy"], patched["tags"]) == (None, "s", [])
    assert (patched["fees"]["tax"], patched["fees"]["other"], patched["fees"]["total"]) == ("0", "2", "5")
    assert patched["settlementDate"] == "2024-01-05"


async def test_a_trade_may_move_to_another_instrument(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100")
    await ledger.request("PATCH", f"/trades/{trade['id']}", match=1, json={"instrument": TCS}, expect=200)
    assert (await ledger.only("/positions"))["instrument"]["symbol"] == "TCS"
    assert await ledger.get("/lots", instrumentId=trade["instrument"]["id"]) == []


async def test_a_void_trade_counts_nowhere_and_is_still_there(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100")
    path = f"/trades/{trade['id']}"
    voided = (await ledger.request("POST", f"{path}/void", match=1, json={"reason": "twice"}, expect=200)).json()
    assert voided["data"]["voidReason"] == "twice"
    for listing in ("/positions", "/lots", "/disposals", "/round-trips", "/pnl", "/trades"):
        assert await ledger.get(listing) == [], listing
    assert await ledger.get("/positions", includeClosed="true") == []
    assert (await ledger.only("/trades", includeVoided="true"))["id"] == trade["id"]
    for method, where, body in (
        ("POST", f"{path}/void", {"reason": "again"}),
        ("PATCH", path, {"notes": "x"}),
        ("PUT", path, {"accountId": ledger.account_id} | fill("buy", "1", "1")),
    ):
        refused = await ledger.request(method, where, match=2, json=body, expect=409)
        assert refused.json()["error"]["code"] == "conflict"


async def test_deleting_is_voiding(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100")
    await ledger.request("DELETE", f"/trades/{trade['id']}", match=1, expect=200)
    assert (await ledger.get(f"/trades/{trade['id']}"))["voidReason"] == "Deleted by its owner"


async def test_an_update_says_which_version_it_was_made_for(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100")
    path = f"/trades/{trade['id']}"
    await ledger.request("PATCH", path, json={"notes": "x"}, expect=428)
    await ledger.request("PATCH", path, match=2, json={"notes": "x"}, expect=412)
    await ledger.request("DELETE", path, expect=428)
    await ledger.request("PATCH", f"/accounts/{ledger.account_id}", json={"label": "x"}, expect=428)
    await ledger.request("PATCH", f"/accounts/{ledger.account_id}", match=7, json={"label": "x"}, expect=412)


async def test_the_same_fill_twice_is_refused(ledger: Ledger) -> None:
    await ledger.record("buy", "1", "100", brokerTradeId="77")
    body = {"accountId": ledger.account_id} | fill("buy", "1", "100", brokerTradeId="77")
    refused = await ledger.request("POST", "/trades", json=body, expect=409)
    assert refused.json()["error"]["code"] == "duplicate_trade"
    await ledger.record("buy", "1", "100", 1440, brokerTradeId="77")
    assert (await ledger.only("/positions"))["quantity"] == "2"


async def test_a_multiplier_turns_points_into_money_and_cannot_differ(ledger: Ledger) -> None:
    await ledger.record("sell", "1", "6200.5", 0, instrument=GOLD)
    await ledger.record("buy", "1", "6190", 1, instrument={key: GOLD[key] for key in GOLD if key != "multiplier"})
    assert (await ledger.only("/disposals"))["realised"] == "105"
    body = {"accountId": ledger.account_id} | fill("buy", "1", "1", instrument=GOLD | {"multiplier": "100"})
    refused = (await ledger.request("POST", "/trades", json=body, expect=409)).json()["error"]
    assert (refused["code"], refused["details"]["known"], refused["details"]["given"]) == (
        "instrument_conflict",
        "10",
        "100",
    )


async def test_without_shorting_a_sale_has_no_basis_and_is_no_profit(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ledger = await open_ledger(client, await register_user(client), shorting=False)
    await ledger.record("buy", "4", "100", 0)
    await ledger.record("sell", "10", "110", 1, fees={"tax": "10"})
    disposal = await ledger.only("/disposals", basis="partial")
    assert (disposal["realised"], disposal["unmatchedQuantity"], disposal["unmatchedProceeds"]) == ("36", "6", "654")
    pnl = (await ledger.only("/pnl"))["realised"]
    assert (pnl["realised"], pnl["gross"], pnl["fees"]) == ("36", "40", "4")
    assert pnl["missingBasis"] == {"disposals": 1, "proceeds": "654"}
    assert await ledger.get("/disposals", basis="known") == []
    # the missing purchase turns up, and all is known
    await ledger.record("buy", "6", "90", -5)
    assert (await ledger.only("/disposals"))["basis"] == "known"


async def test_a_closed_account_takes_no_trades(ledger: Ledger) -> None:
    await ledger.request("POST", f"/accounts/{ledger.account_id}/close", match=1, expect=200)
    body = {"accountId": ledger.account_id} | fill("buy", "1", "1")
    await ledger.request("POST", "/trades", json=body, expect=409)
    await ledger.request("POST", f"/accounts/{ledger.account_id}/close", match=2, expect=409)


async def test_turning_shorting_computes_the_account_anew(ledger: Ledger) -> None:
    await ledger.record("sell", "5", "100")
    assert (await ledger.only("/positions"))["quantity"] == "-5"
    await ledger.request("PATCH", f"/accounts/{ledger.account_id}", match=1, json={"shorting": False}, expect=200)
    assert await ledger.get("/positions") == []
    assert (await ledger.only("/disposals"))["basis"] == "missing"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "0"),
        ("quantity", "-1"),
        ("quantity", "NaN"),
        ("quantity", "1e3"),
        ("quantity", 10),
        ("price", "Infinity"),
        ("price", "1_000"),
        ("price", "١٢"),
        ("price", "1.0000000000000000001"),
        ("executedAt", "2024-01-02T09:15:00"),
        ("executedAt", "2098-01-02T09:15:00Z"),
        ("settlementDate", "2024-01-01"),
        ("settlementDate", "2024-02-30"),
        ("side", "BUY"),
        ("fees", {"brokerage": "-1"}),
        ("fees", {"bribe": "1"}),
        ("tags", [""]),
        ("tags", "abc"),
        ("notes", "\u0000"),
        ("attachments", ["http://example.com"]),
        ("attachments", ["javascript:alert(1)"]),
        ("sequence", -1),
        ("sequence", 2**31),
        ("instrument", {"symbol": "INFY"}),
        ("instrument", TCS | {"segment": "shares"}),
        ("instrument", TCS | {"multiplier": "0"}),
        ("organisationId", "x"),
    ],
)
async def test_a_wrong_value_is_named_and_stores_nothing(ledger: Ledger, field: str, value: object) -> None:
    body = {"accountId": ledger.account_id} | fill("buy", "1", "100") | {field: value}
    refused = await ledger.request("POST", "/trades", json=body)
    assert refused.status_code in {400, 422}, refused.text
    assert await ledger.get("/trades") == []
    assert await ledger.get("/instruments") == []


async def test_nothing_of_anothers_can_be_seen_or_changed(
    ledger: Ledger, client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    """What belongs to somebody else answers like what does not exist."""
    bought = await ledger.record("buy", "2", "100", 0)
    sold = await ledger.record("sell", "1", "150", 1)
    position = await ledger.only("/positions")
    other = await open_ledger(client, await register_user(client))
    for path in (
        f"/accounts/{ledger.account_id}",
        f"/trades/{bought['id']}",
        f"/positions/{position['id']}",
        f"/positions/{position['id']}/explain",
        f"/disposals/{sold['id']}",
        f"/disposals/{sold['id']}/explain",
        f"/instruments/{bought['instrument']['id']}/price",
    ):
        await other.request("GET", path, expect=404)
    for listing in ("/trades", "/positions", "/positions/totals", "/lots", "/disposals", "/round-trips", "/pnl"):
        assert await other.get(listing) == []
    await other.request("PATCH", f"/trades/{bought['id']}", match=1, json={"notes": "x"}, expect=404)
    await other.request("DELETE", f"/trades/{bought['id']}", match=1, expect=404)
    await other.request("PATCH", f"/accounts/{ledger.account_id}", match=1, json={"label": "x"}, expect=404)
    price = {"price": "1", "asOf": at(0)}
    await other.request("PUT", f"/instruments/{bought['instrument']['id']}/price", json=price, expect=404)
    body = {"accountId": ledger.account_id} | fill("buy", "1", "1")
    await other.request("POST", "/trades", json=body, expect=404)
    rows = {"trades": [body], "mode": "partial"}
    outcome = (await other.request("POST", "/trades/bulk", json=rows, expect=200)).json()["data"]
    assert outcome["rows"][0]["error"]["code"] == "not_found"


async def test_a_repeated_request_under_its_key_records_once(ledger: Ledger) -> None:
    body = {"accountId": ledger.account_id} | fill("buy", "1", "100")
    keyed = Ledger(ledger.client, ledger.headers | {"Idempotency-Key": "once"}, ledger.account_id)
    first = await keyed.request("POST", "/trades", json=body, expect=201)
    again = await keyed.request("POST", "/trades", json=body, expect=201)
    assert again.json()["data"] == first.json()["data"]
    assert again.headers["Idempotency-Replayed"] == "true"
    await keyed.request("POST", "/trades", json=body | {"price": "101"}, expect=422)
    assert (await ledger.only("/positions"))["quantity"] == "1"


@pytest.mark.parametrize(
    "query",
    [
        "symbol=%00",
        "tag=%ff",
        "strategy=%ed%a0%80",
        "accountId=1",
        "executedFrom=2024-01-01T00:00:00",
        "sort=id",
        "limit=0",
        "limit=-1",
        "includeVoided=maybe",
        "nonsense=1",
    ],
)
async def test_a_filter_that_means_nothing_is_refused(ledger: Ledger, query: str) -> None:
    refused = await ledger.request("GET", f"/trades?{query}")
    assert refused.status_code in {400, 422}, refused.text
