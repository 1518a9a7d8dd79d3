"""A trader asks for trades by any condition, and is told what is wrong with one that cannot be asked."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import TCS, Json, Ledger, at, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


YES: Json = True
NO: Json = False


def condition(name: str, operator: str, value: Json) -> Json:
    return {"field": name, "operator": operator, "value": value}


async def query(ledger: Ledger, wanted: Json, **options: Json) -> Json:
    body = {"filter": wanted, **options}
    return (await ledger.request("POST", "/trades/query", json=body, expect=200)).json()


async def test_conditions_are_joined_and_turned_around(ledger: Ledger) -> None:
    one = await ledger.record("buy", "10", "100", 0, tags=["earnings"], notes="first half")
    two = await ledger.record("buy", "5", "90", 1, instrument=TCS)
    three = await ledger.record("sell", "5", "95", 2, instrument=TCS, settlementDate="2024-01-04")
    tcs = condition("symbol", "eq", "TCS")
    cases: list[tuple[Json, list[Json]]] = [
        (tcs, [three, two]),
        ({"not": tcs}, [one]),
        ({"and": [tcs, condition("side", "eq", "sell")]}, [three]),
        ({"or": [condition("quantity", "gt", "9.5"), condition("settlementDate", "is_null", NO)]}, [three, one]),
        (condition("tags", "contains", "earnings"), [one]),
        (condition("notes", "starts_with", "first"), [one]),
        (condition("executedAt", "lt", at(1)), [one]),
        (condition("id", "in", [one["id"], two["id"]]), [two, one]),
        (condition("sequence", "eq", 0), [three, two, one]),
        (condition("version", "in", ["1", "2"]), [three, two, one]),
        (condition("notes", "ne", "x"), [three, two, one]),
    ]
    for wanted, expected in cases:
        assert (await query(ledger, wanted))["data"] == expected, wanted


async def test_pages_follow_one_another(ledger: Ledger) -> None:
    await ledger.bulk([fill("buy", "1", "100", minute % 3) for minute in range(7)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        answer = await query(ledger, condition("symbol", "eq", "INFY"), limit=3, cursor=cursor, sort="executedAt")
        seen += [trade["id"] for trade in answer["data"]]
        cursor = answer["meta"]["page"]["nextCursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


LEAF = condition("symbol", "eq", "INFY")


def nested(depth: int) -> Json:
    wanted = LEAF
    for _ in range(depth - 1):
        wanted = {"not": wanted}
    return wanted


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "filter"),
        ({"and": [LEAF], "or": [LEAF]}, "filter"),
        ({"and": [LEAF], **LEAF}, "filter"),
        ({"and": [LEAF, {"field": "symbol", "operator": "eq"}]}, "filter.and[1]"),
        ({"or": [{"not": condition("quantity", "gt", "NaN")}]}, "filter.or[0].not.value"),
        (condition("quantity", "contains", "1"), "filter.operator"),
        (condition("tags", "eq", "x"), "filter.operator"),
        (condition("quantity", "eq", "1e5"), "filter.value"),
        (condition("quantity", "eq", YES), "filter.value"),
        (condition("sequence", "eq", YES), "filter.value"),
        (condition("sequence", "eq", "٣"), "filter.value"),
        (condition("executedAt", "lt", "2026-01-30T09:15:00"), "filter.value"),
        (condition("settlementDate", "lt", "2026-02-30"), "filter.value"),
        (condition("side", "eq", "hold"), "filter.value"),
        (condition("id", "eq", "{0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f}"), "filter.value"),
        (condition("symbol", "in", "INFY"), "filter.value"),
        (condition("symbol", "eq", ["INFY"]), "filter.value"),
        (condition("strategy", "is_null", "true"), "filter.value"),
        (nested(6), "filter"),
        ({"and": [{"or": [LEAF] * 26}] * 2}, "filter"),
    ],
)
async def test_what_cannot_be_asked_is_named(ledger: Ledger, wanted: Json, field: str) -> None:
    answer = await ledger.request("POST", "/trades/query", json={"filter": wanted}, expect=422)
    assert answer.json()["error"]["details"]["field"] == field


@pytest.mark.parametrize(
    "wanted",
    [
        condition("symbol", "in", ["x"] * 201),
        condition("notes", "contains", "x" * 1001),
        condition("notes", "contains", "a\x00b"),
        condition("password", "eq", "x"),
        condition("symbol", "; drop table trades", "x"),
        {"and": []},
        {"and": [LEAF] * 51},
        {"xor": [LEAF]},
        nested(30),
    ],
)
async def test_hostile_filters_are_refused(ledger: Ledger, wanted: Json) -> None:
    answer = await ledger.request("POST", "/trades/query", json={"filter": wanted})
    assert answer.status_code in {400, 422}, answer.text


async def test_what_looks_like_a_pattern_is_read_letter_by_letter(ledger: Ledger) -> None:
    await ledger.record("buy", "1", "100", notes="100% sure")
    for text in ("%", "_", "\\", "'; DROP TABLE trades; --"):
        found = await query(ledger, condition("notes", "contains", text))
        assert len(found["data"]) == (text == "%")
