"""Cash: whatever moves it has an entry, and a balance is exactly the sum of its entries."""

from __future__ import annotations

import asyncio
import csv
import io
import random
from decimal import Decimal
from typing import TypeAlias

import httpx
import pytest

from tests.journeys.ledger_api import GOLD, INFY, TCS, Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio
Body: TypeAlias = dict[str, Json]
USD_SHARE = INFY | {"symbol": "ACME", "exchange": "XNAS", "currency": "USD"}


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def move(ledger: Ledger, kind: str, amount: str, minute: float = 0, *, expect: int = 201, **more: Json) -> Json:
    body = {
        "accountId": ledger.account_id,
        "kind": kind,
        "amount": amount,
        "currency": "INR",
        "occurredAt": at(minute),
    } | more
    response = await ledger.request("POST", "/cash-movements", json=body, expect=expect)
    return response.json()["data" if expect == 201 else "error"]


async def post(ledger: Ledger, path: str, body: Json, *, expect: int = 201) -> Json:
    response = await ledger.request("POST", path, json=body, expect=expect)
    return response.json()["data" if expect == 201 else "error"]


async def void(ledger: Ledger, movement: Json, *, expect: int = 200) -> Json:
    path = f"/cash-movements/{movement['id']}/void"
    reason = {"reason": "Entered twice"}
    return (await ledger.request("POST", path, json=reason, match=movement["version"], expect=expect)).json()


async def second(ledger: Ledger) -> Ledger:
    """Return another account of the same trader."""
    return await open_ledger(ledger.client, ledger.headers, label="Savings")


async def every(ledger: Ledger, path: str, **params: Json) -> list[Json]:
    """Return all pages of a list, three rows at a time."""
    rows: list[Json] = []
    cursor: Json = None
    while cursor is not None or not rows:
        wanted = params | {"limit": 3} | ({} if cursor is None else {"cursor": cursor})
        answer = (await ledger.request("GET", path, params=wanted, expect=200)).json()
        rows += answer["data"]
        cursor = answer["meta"]["page"]["nextCursor"]
        if cursor is None:
            break
    return rows


async def agreed(ledger: Ledger) -> dict[tuple[str, str], str]:
    """Return the balances, having added up every one of them from its entries and from its parts."""
    balances: dict[tuple[str, str], str] = {}
    for balance in await every(ledger, "/cash-balances"):
        place = {"accountId": balance["accountId"], "currency": balance["currency"]}
        entries = await every(ledger, "/cash-entries", **place)
        movements = await every(ledger, "/cash-movements", **place)
        total = Decimal(0)
        for entry in entries:
            total += Decimal(entry["amount"])
            assert Decimal(entry["balance"]) == total
        assert Decimal(balance["balance"]) == total
        parts = (balance["fromTrades"], balance["fromCorporateActions"], balance["fromMovements"])
        assert sum(map(Decimal, parts)) == total
        of_movements = sum(Decimal(each["net"]) for each in movements)
        assert of_movements == Decimal(balance["fromMovements"])
        assert sum(Decimal(each["net"]) for each in balance["byKind"]) == of_movements
        assert sum(each["count"] for each in balance["byKind"]) == len(movements)
        balances[balance["accountId"], balance["currency"]] = balance["balance"]
    return balances


async def test_a_balance_is_what_was_paid_in_traded_and_received(ledger: Ledger) -> None:
    await move(ledger, "deposit", "1000", 0)
    await ledger.record("buy", "2", "100.5", 1, fees={"brokerage": "1.25"})
    await ledger.record("sell", "1", "120", 2, fees={"tax": "0.1"})
    await move(ledger, "fee", "3", 3)
    entries = await ledger.get("/cash-entries", accountId=ledger.account_id)
    assert [(each["source"], each["kind"], each["amount"], each["balance"]) for each in entries] == [
        ("cash_movement", "deposit", "1000", "1000"),
        ("trade", "buy", "-202.25", "797.75"),
        ("trade", "sell", "119.9", "917.65"),
        ("cash_movement", "fee", "-3", "914.65"),
    ]
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "914.65"}
    balance = await ledger.only("/cash-balances")
    assert (balance["fromTrades"], balance["fromMovements"]) == ("-82.35", "997")
    assert balance["byKind"] == [
        {"kind": "deposit", "net": "1000", "count": 1},
        {"kind": "fee", "net": "-3", "count": 1},
    ]
    assert [each["kind"] for each in await ledger.get("/cash-movements")] == ["fee", "deposit"]
    later = await ledger.get("/cash-entries", accountId=ledger.account_id, occurredFrom=at(3))
    assert [each["balance"] for each in later] == ["914.65"]


async def test_a_dividend_is_gross_tax_and_net(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100")
    paper = bought["instrument"]["id"]
    dividend = await move(ledger, "dividend", "50", 1, taxWithheld="5.5", instrumentId=paper, valueDate="2024-01-05")
    assert (dividend["amount"], dividend["taxWithheld"], dividend["net"]) == ("50", "5.5", "44.5")
    assert (dividend["instrument"]["symbol"], dividend["valueDate"]) == ("INFY", "2024-01-05")
    assert await ledger.get(f"/cash-movements/{dividend['id']}") == dividend
    assert await ledger.only("/cash-movements", instrumentId=paper) == dividend
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "-955.5"}
    for kind, field, value in (
        ("deposit", "taxWithheld", "1"),
        ("dividend", "taxWithheld", "51"),
        ("deposit", "instrumentId", paper),
        ("interest", "reinvestedTradeId", bought["id"]),
    ):
        wrong: Body = {field: value}
        error = await move(ledger, kind, "50", expect=422, **wrong)
        assert error["details"]["field"] == field


async def test_a_reinvested_dividend_names_what_it_bought(ledger: Ledger) -> None:
    """The purchase is a trade like any other: the dividend comes in, and goes out again."""
    await ledger.record("buy", "10", "100")
    bought = await ledger.record("buy", "0.5", "100", 2)
    sold = await ledger.record("sell", "1", "100", 3)
    dividend = await move(ledger, "dividend", "50", 2, reinvestedTradeId=bought["id"])
    assert dividend["reinvestedTradeId"] == bought["id"]
    entries = await ledger.get("/cash-entries", accountId=ledger.account_id, occurredFrom=at(2), occurredTo=at(3))
    assert sum(Decimal(each["amount"]) for each in entries) == 0
    other = await second(ledger)
    elsewhere = await other.record("buy", "1", "100")
    for trade in (sold, elsewhere):
        error = await move(ledger, "dividend", "50", expect=422, reinvestedTradeId=trade["id"])
        assert error["details"]["field"] == "reinvestedTradeId"
    nothing: Body = {"reinvestedTradeId": "0192f0c1-0000-7000-8000-000000000000"}
    await move(ledger, "dividend", "50", expect=404, **nothing)
    await ledger.request("PATCH", f"/cash-movements/{dividend['id']}", match=1, json=nothing, expect=404)
    assert len(await agreed(ledger)) == 2


async def test_a_transfer_leaves_the_sum_of_all_accounts_alone(ledger: Ledger) -> None:
    other = await second(ledger)
    await move(ledger, "deposit", "100")
    body: Body = {
        "fromAccountId": ledger.account_id,
        "toAccountId": other.account_id,
        "amount": "30",
        "currency": "INR",
        "occurredAt": at(1),
        "notes": "rent",
    }
    pair = await post(ledger, "/cash-movements/transfers", body)
    assert (pair["out"]["counterpartId"], pair["in"]["counterpartId"]) == (pair["in"]["id"], pair["out"]["id"])
    assert (pair["out"]["kind"], pair["in"]["kind"]) == ("transfer_out", "transfer_in")
    balances = {(ledger.account_id, "INR"): "70", (other.account_id, "INR"): "30"}
    assert await agreed(ledger) == balances
    path = f"/cash-movements/{pair['in']['id']}"
    await ledger.request("PATCH", path, match=1, json={"amount": "31"}, expect=409)
    noted = await ledger.request("PATCH", path, match=1, json={"notes": "rent for May"}, expect=200)
    assert await agreed(ledger) == balances
    # whichever side is void, so is the other
    await void(ledger, noted.json()["data"])
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "100"}
    out = await ledger.get(f"/cash-movements/{pair['out']['id']}")
    assert (out["voidReason"], out["version"]) == ("Entered twice", 2)
    await void(ledger, out, expect=409)
    same = await post(ledger, "/cash-movements/transfers", body | {"toAccountId": ledger.account_id}, expect=422)
    assert same["details"]["field"] == "toAccountId"


async def test_a_conversion_moves_both_currencies(ledger: Ledger) -> None:
    await move(ledger, "deposit", "8300")
    body: Body = {
        "accountId": ledger.account_id,
        "given": {"amount": "8300", "currency": "INR"},
        "received": {"amount": "99.99", "currency": "USD"},
        "occurredAt": at(1),
    }
    pair = await post(ledger, "/cash-movements/conversions", body)
    await ledger.record("buy", "1", "50", 2, instrument=USD_SHARE)
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "0", (ledger.account_id, "USD"): "49.99"}
    await void(ledger, pair["out"])
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "8300", (ledger.account_id, "USD"): "-50"}
    await post(ledger, "/cash-movements/conversions", body | {"received": body["given"]}, expect=422)


async def test_a_correction_moves_the_balance_and_keeps_what_was(ledger: Ledger) -> None:
    paid = await move(ledger, "deposit", "100")
    path = f"/cash-movements/{paid['id']}"
    await ledger.request("PATCH", path, json={"amount": "1"}, expect=428)
    changes = {"kind": "withdrawal", "amount": "40", "notes": "the other way round"}
    changed = (await ledger.request("PATCH", path, match=1, json=changes, expect=200)).json()["data"]
    assert (changed["net"], changed["version"], changed["createdAt"]) == ("-40", 2, paid["createdAt"])
    await ledger.request("PATCH", path, match=1, json={"amount": "1"}, expect=412)
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "-40"}
    before = await ledger.get(path, knownAt=paid["createdAt"])
    assert (before["kind"], before["amount"], before["version"]) == ("deposit", "100", 1)
    then = await ledger.only("/cash-balances", knownAt=paid["createdAt"])
    assert then["balance"] == "100"
    await void(ledger, changed)
    assert await ledger.get("/cash-balances") == await ledger.get("/cash-movements") == []
    assert (await ledger.only("/cash-movements", includeVoided=True))["version"] == 3


async def test_money_of_corporate_actions_counts(ledger: Ledger) -> None:
    """A return of capital is cash though nothing was sold; what a void one brought is gone again."""
    bought = await ledger.record("buy", "10", "100")
    await ledger.record("sell", "4", "10", 0, instrument=GOLD)
    paper = bought["instrument"]["id"]
    back = {"instrumentId": paper, "effectiveAt": at(5), "terms": {"kind": "return_of_capital", "perUnit": "2.5"}}
    action = await post(ledger, "/corporate-actions", back)
    gold = (await ledger.only("/instruments", symbol=GOLD["symbol"]))["id"]
    expiry = {"instrumentId": gold, "effectiveAt": at(6), "terms": {"kind": "expiry", "settlementPrice": "9"}}
    await post(ledger, "/corporate-actions", expiry)
    await ledger.record("sell", "10", "99", 7)
    entries = await ledger.get("/cash-entries", accountId=ledger.account_id)
    told = [(each["source"], each["kind"], each["amount"]) for each in entries]
    assert told[-3:] == [
        ("corporate_action", "return_of_capital", "25"),
        ("corporate_action", "expiry", "-360"),
        ("trade", "sell", "990"),
    ]
    assert entries[-3]["sourceId"] == action["id"]
    # what is bought late had been held on the day
    await ledger.record("buy", "10", "100", 1)
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "-920"}
    assert (await ledger.only("/cash-balances"))["fromCorporateActions"] == "-310"
    await ledger.request(
        "POST", f"/corporate-actions/{action['id']}/void", json={"reason": "Wrong"}, match=1, expect=200
    )
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "-970"}
    assert (await ledger.only("/cash-balances", asOf=at(5.5)))["balance"] == "-1600"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_balances_are_the_sums_of_entries_whatever_happened(ledger: Ledger, seed: int) -> None:
    """Random books with every kind of movement, late entries, corrections and voids, over two accounts."""
    chance = random.Random(seed)  # noqa: S311 - books that can be had again, not secrets
    other = await second(ledger)
    books = [ledger, other]
    papers = [INFY, TCS, USD_SHARE, GOLD]
    kinds = ["deposit", "withdrawal", "dividend", "dividend_paid", "interest", "interest_paid", "fee", "fee_refund"]
    moved: list[Json] = []
    for _ in range(40):
        book, minute = chance.choice(books), chance.randrange(60)
        amount = f"{chance.randrange(1, 10**6)}.{chance.randrange(1, 10**9):09d}"
        step = chance.randrange(6)
        if step < 2:
            side = chance.choice(["buy", "buy", "sell"])
            fees = {"brokerage": f"0.{chance.randrange(10**6):06d}"}
            await book.record(
                side, str(chance.randrange(1, 9)), amount, minute, instrument=chance.choice(papers), fees=fees
            )
        elif step == 2:
            moved.append(await move(book, chance.choice(kinds), amount, minute, currency=chance.choice(["INR", "USD"])))
        elif step == 3:
            body = {"amount": amount, "currency": "INR", "occurredAt": at(minute)}
            ends = {"fromAccountId": ledger.account_id, "toAccountId": other.account_id}
            moved.append((await post(book, "/cash-movements/transfers", body | ends))["out"])
        elif step == 4 and moved:
            await void(book, moved.pop(chance.randrange(len(moved))))
        else:
            found = await ledger.get("/instruments")
            if found:
                terms = {"kind": "return_of_capital", "perUnit": f"0.{chance.randrange(1, 10**9):09d}"}
                action = {"instrumentId": chance.choice(found)["id"], "effectiveAt": at(minute + 0.5), "terms": terms}
                await ledger.request("POST", "/corporate-actions", json=action)
    assert await agreed(ledger)


async def test_writers_at_once_lose_nothing(ledger: Ledger) -> None:
    """Of many who void one pair from either side, one does; what others record meanwhile is all there."""
    other = await second(ledger)
    body: Body = {
        "fromAccountId": ledger.account_id,
        "toAccountId": other.account_id,
        "amount": "30",
        "currency": "INR",
        "occurredAt": at(1),
    }
    pair = await post(ledger, "/cash-movements/transfers", body)
    reason = {"reason": "Twice"}
    voids = (
        ledger.request("POST", f"/cash-movements/{pair[side]['id']}/void", json=reason, match=1)
        for side in ("out", "in") * 5
    )
    answers = await asyncio.gather(*voids, *(move(ledger, "deposit", "1", number) for number in range(20)))
    assert sorted(answer.status_code for answer in answers[:10]) == [200] + [412] * 9
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "20"}


async def test_nothing_moves_in_a_locked_period(ledger: Ledger) -> None:
    paid = await move(ledger, "deposit", "100")
    other = await second(ledger)
    path = f"/accounts/{ledger.account_id}"
    await ledger.request("PATCH", path, match=1, json={"lockedThrough": "2024-01-02"}, expect=200)
    error = await move(ledger, "fee", "1", expect=409)
    assert error["code"] == "period_locked"
    ends = {"fromAccountId": other.account_id, "toAccountId": ledger.account_id}
    await post(
        ledger, "/cash-movements/transfers", ends | {"amount": "1", "currency": "INR", "occurredAt": at(0)}, expect=409
    )
    await void(ledger, paid, expect=409)
    change = f"/cash-movements/{paid['id']}"
    await ledger.request("PATCH", change, match=1, json={"amount": "1"}, expect=409)
    await ledger.request("PATCH", change, match=1, json={"notes": "first"}, expect=200)
    assert await agreed(ledger) == {(ledger.account_id, "INR"): "100"}


async def test_movements_can_be_exported(ledger: Ledger) -> None:
    bought = await ledger.record("buy", "10", "100")
    paper = bought["instrument"]["id"]
    await move(ledger, "dividend", "50", 2, taxWithheld="5", instrumentId=paper, notes="=cmd()")
    await move(ledger, "deposit", "1000", 1)
    await void(ledger, await move(ledger, "fee", "1", 1))
    answer = await ledger.request("GET", "/exports/cash-movements", expect=200)
    deposit, dividend = csv.DictReader(io.StringIO(answer.text))
    assert (deposit["kind"], deposit["net"], deposit["symbol"]) == ("deposit", "1000", "")
    assert (dividend["net"], dividend["taxWithheld"], dividend["symbol"]) == ("45", "5", "INFY")
    assert dividend["notes"] == "'=cmd()"
