"""Many writers at once: nothing is lost, nothing is counted twice, nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from tests.journeys.ledger_api import INFY, Ledger, fill, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio

WRITERS = 200


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def test_two_hundred_writers_lose_no_update(ledger: Ledger) -> None:
    """Each adds one to the quantity it read; whoever was overtaken is told, and every success is in the sum."""
    trade = await ledger.record("buy", "1", "100")
    path = f"/trades/{trade['id']}"

    async def add_one() -> int:
        read = (await ledger.request("GET", path)).json().get("data", trade)
        body = {"quantity": str(int(read["quantity"]) + 1)}
        return (await ledger.request("PATCH", path, match=read["version"], json=body)).status_code

    answers = Counter(await asyncio.gather(*(add_one() for _ in range(WRITERS))))
    # on a slow machine some may not get a connection in time: they are told so and nothing was stored
    assert set(answers) <= {200, 412, 503}
    after = await ledger.get(path)
    assert answers[200] >= 1
    assert (after["quantity"], after["version"]) == (str(answers[200] + 1), answers[200] + 1)
    assert (await ledger.only("/positions"))["quantity"] == after["quantity"]


async def test_of_many_changes_to_one_version_one_wins(ledger: Ledger) -> None:
    trade = await ledger.record("buy", "1", "100")
    answers = await asyncio.gather(
        *(
            ledger.request("PATCH", f"/trades/{trade['id']}", match=1, json={"quantity": str(number)})
            for number in range(2, 42)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 39}
    winner = next(answer.json()["data"] for answer in answers if answer.status_code == 200)
    assert (await ledger.only("/positions"))["quantity"] == winner["quantity"]


async def test_trades_recorded_at_once_are_all_in_the_position(ledger: Ledger) -> None:
    """Out of order, on a new instrument: positions are what a replay of all of them gives."""
    await asyncio.gather(
        *(ledger.record("buy" if number % 3 else "sell", "1", str(100 + number), -number) for number in range(60))
    )
    position = await ledger.only("/positions", includeClosed="true")
    assert (position["tradeCount"], position["quantity"]) == (60, "20")
    assert len(await ledger.get("/instruments")) == 1


async def test_bulks_over_the_same_instruments_do_not_block_each_other_for_ever(ledger: Ledger) -> None:
    """Rows in opposite orders, all of them new instruments: locks are taken in one order."""
    keys = [INFY | {"symbol": f"S{number}"} for number in range(12)]
    rows = [fill("buy", "1", "100", number, instrument=key) for number, key in enumerate(keys)]
    outcomes = await asyncio.gather(
        *(ledger.bulk(rows if number % 2 else rows[::-1], mode="partial") for number in range(8))
    )
    assert [outcome["recorded"] for outcome in outcomes] == [12] * 8
    assert [row["quantity"] for row in await ledger.get("/positions")] == ["8"] * 12


async def test_the_same_fill_sent_at_once_is_recorded_once(ledger: Ledger) -> None:
    rows = [fill("buy", "1", "100", number, brokerTradeId=str(number)) for number in range(5)]
    outcomes = await asyncio.gather(*(ledger.bulk(rows) for _ in range(8)))
    assert sum(outcome["recorded"] for outcome in outcomes) == 5
    assert (await ledger.only("/positions"))["quantity"] == "5"


async def test_turning_shorting_while_trades_come_leaves_one_truth(ledger: Ledger) -> None:
    """Whatever came first, every position is replayed under the rule that holds in the end."""
    path = f"/accounts/{ledger.account_id}"

    async def turn(*, to: bool) -> None:
        version = (await ledger.get(path))["version"]
        await ledger.request("PATCH", path, match=version, json={"shorting": to})

    for number in range(4):
        await asyncio.gather(
            turn(to=bool(number % 2)), *(ledger.record("sell", "1", "100", 10 * number + each) for each in range(6))
        )
    version = (await ledger.get(path))["version"]
    await ledger.request("PATCH", path, match=version, json={"shorting": False, "label": "Last"}, expect=200)
    assert await ledger.get("/positions") == []
    assert len(await ledger.get("/disposals", basis="missing")) == 24
