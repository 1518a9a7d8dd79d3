"""Securities go from one account to another with what they cost, and are sold there at the gain they always had."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.journeys.ledger_api import INFY, Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


@pytest.fixture
async def other(ledger: Ledger) -> Ledger:
    return await open_ledger(ledger.client, ledger.headers, label="Other")


async def figures(of: Ledger) -> list[str]:
    position = await of.only("/positions", accountId=of.account_id, includeClosed=True)
    return [position[name] for name in ("quantity", "openCost", "realised")]


async def test_a_transfer_takes_dates_and_costs_along(ledger: Ledger, other: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100", 0, fees={"brokerage": "8"})
    told = await ledger.transfer(other, "4", 5, notes="To the new broker")
    assert (told["movedQuantity"], told["quantity"], told["notes"]) == ("4", "4", "To the new broker")
    effects = {each["accountId"]: (each["quantityBefore"], each["quantityAfter"]) for each in told["effects"]}
    assert effects == {ledger.account_id: ("10", "6"), other.account_id: ("0", "4")}
    assert (await figures(ledger), await figures(other)) == (["6", "604.8", "0"], ["4", "403.2", "0"])
    (lot,) = await other.get("/lots", accountId=other.account_id)
    assert (lot["openedAt"], lot["tradeId"], lot["eventId"]) == (at(0), bought["id"], told["id"])
    read = await ledger.get(f"/transfers/{told['id']}")
    assert read == {name: value for name, value in told.items() if name != "effects"}
    assert await ledger.get("/transfers", accountId=other.account_id) == [read]
    sale = await other.record("sell", "4", "120", 9)
    disposal = await ledger.get(f"/disposals/{sale['id']}")
    assert (disposal["realised"], disposal["matches"][0]["openedAt"]) == ("76.8", at(0))
    explained = await ledger.get(f"/disposals/{sale['id']}/explain")
    assert explained["realised"]["value"] == "76.8"
    for position in await ledger.get("/positions"):
        tree = await ledger.get(f"/positions/{position['id']}/explain")
        assert tree["openCost"]["value"] == position["openCost"]


async def test_a_transfer_entered_late_counts_both_accounts_anew(ledger: Ledger, other: Ledger) -> None:
    await ledger.record("buy", "10", "100", 0)
    await other.record("sell", "10", "130", 9)
    assert await figures(other) == ["-10", "-1300", "0"]
    told = await ledger.transfer(other, "10", 5)
    assert (await figures(ledger), await figures(other)) == (["0", "0", "0"], ["0", "0", "300"])
    void = await ledger.request(
        "POST", f"/transfers/{told['id']}/void", json={"reason": "Wrong account"}, match=1, expect=200
    )
    assert (void.json()["data"]["movedQuantity"], void.headers["ETag"]) == ("0", '"2"')
    assert (await figures(ledger), await figures(other)) == (["10", "1000", "0"], ["-10", "-1300", "0"])
    assert await ledger.get("/transfers") == []
    assert (await ledger.only("/transfers", includeVoided=True))["voidReason"] == "Wrong account"


async def test_the_past_shows_what_had_been_moved_by_then(ledger: Ledger, other: Ledger) -> None:
    await ledger.record("buy", "10", "100", 0)
    told = await ledger.transfer(other, "6", 5)
    await ledger.transfer(other, "6", 7)
    then = await ledger.get("/positions", asOf=at(6))
    assert {position["accountId"]: position["quantity"] for position in then} == {
        ledger.account_id: "4",
        other.account_id: "6",
    }
    assert await ledger.get("/transfers", asOf=at(4)) == []
    (shown,) = await ledger.get("/transfers", asOf=at(6))
    assert (shown["id"], shown["movedQuantity"]) == (told["id"], "6")
    latest = (await ledger.get("/transfers"))[0]
    assert latest["movedQuantity"] == "4"


async def test_what_cannot_be_is_refused_and_changes_nothing(ledger: Ledger, other: Ledger) -> None:
    await ledger.record("buy", "8", "100", 0)
    instrument_id = (await ledger.only("/instruments", symbol="INFY"))["id"]
    absent = "0192f0c1-0000-7000-8000-000000000000"
    wrong: list[tuple[Json, int]] = [
        ({"toAccountId": ledger.account_id}, 422),
        ({"quantity": "0"}, 422),
        ({"transferredAt": "2099-01-01T00:00:00Z"}, 422),
        ({"lotSelection": [{"lotId": absent, "quantity": "1"}]}, 422),
        ({"lotSelection": [{"lotId": absent, "quantity": "9"}]}, 422),
        ({"toAccountId": absent}, 404),
        ({"instrumentId": absent}, 404),
    ]
    for more, status in wrong:
        body: Json = {"quantity": "1", "instrumentId": instrument_id} | more
        await ledger.transfer(other, expect=status, **body)
    assert await ledger.get("/transfers") == []
    assert await figures(ledger) == ["8", "800", "0"]


async def test_a_trade_and_a_transfer_at_the_same_time_both_count(ledger: Ledger, other: Ledger) -> None:
    """Whichever comes first, no purchase slips past the transfer that takes it along."""
    await ledger.record("buy", "1", "1", 0)
    instrument_id = (await ledger.only("/instruments", symbol="INFY"))["id"]
    accounts = [await open_ledger(ledger.client, ledger.headers, label=f"Account {number}") for number in range(5)]
    for number, account in enumerate(accounts):
        await asyncio.gather(
            account.record("buy", "10", "30", number, instrument=INFY),
            account.transfer(other, "10", 100 + number, instrumentId=instrument_id),
        )
        position = await account.only("/positions", accountId=account.account_id, includeClosed=True)
        assert position["quantity"] == "0"
    assert await figures(other) == ["50", "1500", "0"]


async def test_what_a_transfer_brought_into_a_locked_period_stays(ledger: Ledger, other: Ledger) -> None:
    """Only the taking account is locked, yet nothing earlier of the giving one changes: its lots have gone there."""
    bought = await ledger.record("buy", "10", "100", 0)
    await ledger.transfer(other, "4", 5)
    path = f"/accounts/{other.account_id}"
    await other.request("PATCH", path, json={"lockedThrough": "2024-01-31"}, match=1, expect=200)
    before = await ledger.get("/positions")
    late = {"accountId": ledger.account_id, "instrument": INFY, "side": "buy", "quantity": "1", "price": "90"}
    trade = f"/trades/{bought['id']}"
    for method, target, body, match in (
        ("POST", "/trades", late | {"executedAt": at(-5)}, None),
        ("PATCH", trade, {"price": "99"}, 1),
        ("POST", f"{trade}/void", {"reason": "wrong"}, 1),
        (
            "POST",
            "/corporate-actions",
            {
                "instrumentId": bought["instrument"]["id"],
                "accountId": ledger.account_id,
                "effectiveAt": at(3),
                "terms": {"kind": "split", "new": 2, "old": 1},
            },
            None,
        ),
    ):
        refused = (await ledger.request(method, target, json=body, match=match, expect=409)).json()["error"]
        assert (refused["code"], refused["details"]["accountId"]) == ("period_locked", other.account_id)
    assert await ledger.get("/positions") == before
    # what comes after the transfer, and words, reach nothing of it
    await ledger.record("sell", "1", "120", 6)
    await ledger.request("PATCH", trade, json={"notes": "as planned"}, match=1, expect=200)
    await other.request("PATCH", path, json={"lockedThrough": None}, match=2, expect=200)
    await ledger.request("PATCH", trade, json={"price": "99"}, match=2, expect=200)
