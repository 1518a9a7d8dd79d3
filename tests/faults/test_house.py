"""The whole product under kill -9: nothing that was acknowledged is lost, nothing happens twice, nothing is stuck."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx
import pytest

from tests.faults.house import House, kept_house
from tests.faults.listeners import Listener
from tests.faults.traders import FILLS_PER_FILE, Trader, new_trader
from tests.journeys.ledger_api import fill
from tests.processes import PATIENCE_S, until
from tests.profiles import is_deep, times
from tests.sockets import free_port

pytestmark = pytest.mark.anyio

KILLS = times(15, 1000)
STOPS = times(2, 20)
RACES = times(5, 500)
ROUNDS = times(1, 10)
LISTENERS = 1_000 if is_deep() else 10
# what is traded at any time: coins in currencies
_COINS = ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "DOT", "LINK", "BNB")
_MONEY = ("USD", "EUR", "GBP", "INR", "JPY", "CHF", "CAD", "AUD", "CNY", "HKD")
SYMBOLS = [f"{coin}-{money}" for money in _MONEY for coin in _COINS][: 100 if is_deep() else 3]
# two cores carry all processes and all clients: a thousand clients with a hundred symbols take twenty thousand
# messages a second at this pace, and come back within a while
CONFLATE_MS = 5_000 if is_deep() else 50
PAUSE_S = 2.0 if is_deep() else 0.2
HEARD_S = 300
SENDERS = 64
DRAINED_S = PATIENCE_S
KINDS = ["api", "scheduler", "worker", "child", "session", "valkey", "flush"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests of the module: each leaves it whole, and has traders of its own."""
    with kept_house(tmp_path_factory.mktemp("house"), free_port) as house:
        yield house


@asynccontextmanager
async def _traders(house: House, count: int) -> AsyncIterator[Sequence[Trader]]:
    """So many traders, each with connections of their own, once the last test's kills are got over."""
    await asyncio.to_thread(house.open_up)
    everybody: list[httpx.AsyncClient] = []
    traders: list[Trader] = []
    for _ in range(count):
        # a connection that is idle for longer may be closed by either side while the other begins to use it
        limits = httpx.Limits(keepalive_expiry=1)
        clients = [httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) for url in house.api_urls]
        everybody += clients
        traders.append(await new_trader(clients))
    try:
        yield traders
    finally:
        for client in everybody:
            await client.aclose()


async def _until_over(over: asyncio.Event, act: Callable[[], Awaitable[None]]) -> None:
    """Do it again and again, at least once."""
    while True:
        await act()
        if over.is_set():
            return


def _seed() -> int:
    """A seed that a failed test shows; pytest-randomly's own leads to it again."""
    seed = random.randrange(2**32)  # noqa: S311 - it picks faults, not secrets
    print(f"the faults of this run: random.Random({seed})")  # noqa: T201 - shown when the test fails
    return seed


async def _kill_something(house: House, chance: random.Random) -> None:
    kind = chance.choice(KINDS)
    match kind:
        case "child" | "session":
            pid = house.a_child(chance) if kind == "child" else house.a_session(chance)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        case "valkey":
            house.valkey.end(signal.SIGKILL)
            await house.valkey.start()
        case "flush":
            await asyncio.to_thread(house.flush)
        case _:
            house.restart(chance.choice([name for name in house.processes if name.startswith(kind)]))


def _check(house: House, traders: Sequence[Trader]) -> None:
    """What was acknowledged is there, once, in trades and in positions, and no job is dead."""
    for trader in traders:
        counted = house.ask("SELECT import_id::text, count(*) FROM trades GROUP BY 1", trader.organisation_id)
        by_import = {row[0]: row[1] for row in counted}
        assert by_import == {None: len(trader.trades)} | dict.fromkeys(trader.imports, FILLS_PER_FILE)
        recorded = house.ask("SELECT id::text FROM trades WHERE import_id IS NULL", trader.organisation_id)
        assert {id_ for (id_,) in recorded} == trader.trades
        held = house.ask(
            "SELECT i.symbol, p.quantity::int, p.trade_count FROM positions p JOIN instruments i"
            " ON i.organisation_id = p.organisation_id AND i.id = p.instrument_id",
            trader.organisation_id,
        )
        counts = {"INFY": len(trader.trades), "TCS": FILLS_PER_FILE * len(trader.imports)}
        assert sorted(held) == sorted((symbol, count, count) for symbol, count in counts.items())
    assert house.ask("SELECT name, last_error FROM outbox WHERE dead_at IS NOT NULL") == []


async def _through(
    house: House, count: int, harm: Callable[[Sequence[Trader]], Awaitable[None]]
) -> tuple[Sequence[Trader], float]:
    """Let so many traders work through the harm; return them, and how long it took after it until nothing was left."""
    over = asyncio.Event()
    async with _traders(house, count) as traders, asyncio.TaskGroup() as tasks:
        acts = [act for each in traders for act in (each.record, each.import_file)]
        work = [tasks.create_task(_until_over(over, act)) for act in acts]
        await harm(traders)
        over.set()
        begin = time.monotonic()
        await asyncio.wait(work, timeout=DRAINED_S)
        assert all(task.done() for task in work), "every write was acknowledged by then"
        left = DRAINED_S - (time.monotonic() - begin)
        await asyncio.to_thread(until, lambda: house.open_events() == 0, "all events are dealt with", left)
        return traders, time.monotonic() - begin


def _answers(traders: Sequence[Trader]) -> Counter[int]:
    return sum((trader.answers for trader in traders), Counter[int]())


async def test_killing_anything_anywhere_loses_and_doubles_nothing(house: House) -> None:
    chance = random.Random(_seed())  # noqa: S311 - it picks faults, not secrets

    async def harm(traders: Sequence[Trader]) -> None:
        for _ in range(KILLS):
            # it hits those who are at work: something was acknowledged since the last
            goal = sum(trader.acknowledged for trader in traders) + 1
            await asyncio.to_thread(until, partial(_have_got, traders, goal), "writes go on")
            await asyncio.sleep(chance.uniform(0, 0.5))  # the moment of the kill, not a wait for anything
            await _kill_something(house, chance)

    traders, drained_s = await _through(house, 2, harm)
    _check(house, traders)
    print(f"{KILLS} kills, drained in {drained_s:.0f} s, answers: {dict(_answers(traders))}")  # noqa: T201 - for who asks


async def test_what_postgres_acknowledged_is_there_after_it_was_stopped_hard(house: House) -> None:
    """Meanwhile the API says that it cannot be done now, and nothing worse."""
    chance = random.Random(_seed())  # noqa: S311 - as above

    async def harm(traders: Sequence[Trader]) -> None:
        for _ in range(STOPS):
            await asyncio.sleep(chance.uniform(0, 1))  # as above
            house.postgres.end(chance.choice([signal.SIGQUIT, signal.SIGKILL]))
            await asyncio.sleep(chance.uniform(0, 0.5))  # as above
            await house.postgres.start()
            goal = sum(trader.acknowledged for trader in traders) + 1
            await asyncio.to_thread(until, partial(_have_got, traders, goal), "writes go on")

    traders, _ = await _through(house, 4, harm)
    _check(house, traders)
    answers = _answers(traders)
    print(f"{STOPS} stops, answers: {dict(answers)}")  # noqa: T201 - for who asks
    assert set(answers) <= {200, 201, 202, 503}, [loss for trader in traders for loss in trader.losses]


def _have_got(traders: Sequence[Trader], goal: int) -> bool:
    return sum(trader.acknowledged for trader in traders) >= goal


async def test_equal_posts_at_once_have_one_effect(house: House) -> None:
    """The same key at the same moment from 64 senders, over all API processes."""
    async with _traders(house, 1) as (trader,):
        body = {"accountId": trader.account_id} | fill("buy", "1", "100")

        async def race(number: int) -> Counter[int]:
            answers = await asyncio.gather(
                *(
                    trader.clients[sender % len(trader.clients)].post(
                        "/api/v1/trades", json=body, headers={"Idempotency-Key": f"race {number}"}
                    )
                    for sender in range(SENDERS)
                )
            )
            created = {answer.json()["data"]["id"] for answer in answers if answer.status_code == 201}
            assert len(created) == 1
            return Counter(answer.status_code for answer in answers)

        for number in range(RACES):
            assert set(await race(number)) <= {201, 409}
        assert house.ask("SELECT count(*) FROM trades", trader.organisation_id) == [(RACES,)]


async def test_whoever_listens_misses_nothing_unnoticed_whatever_dies(house: House) -> None:
    """API processes, the ingest and Valkey die, and every client goes on: no gap unsaid, every trade told once."""
    if "ingest 0" not in house.processes:
        house.start("ingest 0")
    async with _traders(house, 1) as (trader,), asyncio.TaskGroup() as tasks:
        token = str(trader.clients[0].headers["Authorization"]).removeprefix("Bearer ")
        channels = ["user", *(f"market:{symbol}" for symbol in SYMBOLS)]
        listeners = [
            Listener(house.api_urls, token, channels, start=number, conflate_ms=CONFLATE_MS, pause_s=PAUSE_S)
            for number in range(LISTENERS)
        ]
        listening = [tasks.create_task(each.run()) for each in listeners]
        for number in range(ROUNDS):
            # one of both, in turn, so that everybody loses theirs again and again
            for kind in (f"api {number % 2}", "ingest 0", "valkey"):
                await _all_hear(listeners)
                await trader.record()
                if kind == "valkey":
                    house.valkey.end(signal.SIGKILL)
                    await house.valkey.start()
                else:
                    house.restart(kind)
        await _all_hear(listeners)
        await trader.record()
        await _all(listeners, lambda each: each.shown.told >= trader.trades, "everybody is told of every trade")
        for task in listening:
            task.cancel()
    assert all(each.shown.events == len(trader.trades) for each in listeners)
    counts = [sum(each) for each in zip(*(_counts(each) for each in listeners), strict=True)]
    print(f"{LISTENERS} clients of {len(SYMBOLS)} symbols: connections, updates, gaps, events {counts}")  # noqa: T201 - for who asks


def _counts(listener: Listener) -> tuple[int, int, int, int]:
    shown = listener.shown
    return listener.connections, shown.updates, shown.gaps, shown.events


async def _all_hear(listeners: Sequence[Listener]) -> None:
    """Wait until every client was shown something new of every symbol."""
    before = {each: dict(each.shown.last) for each in listeners}

    def has_moved(each: Listener) -> bool:
        now, old = each.shown.last, before[each]
        return all(now.get(f"market:{symbol}", 0) > old.get(f"market:{symbol}", 0) for symbol in SYMBOLS)

    await _all(listeners, has_moved, "every client hears of every symbol")


async def _all(listeners: Sequence[Listener], holds: Callable[[Listener], bool], what: str) -> None:
    """Wait until it holds of everybody; of whom it was seen to hold once, that is enough."""
    left = list(listeners)
    end = time.monotonic() + HEARD_S
    while left:
        while left and holds(left[-1]):
            left.pop()
        assert time.monotonic() < end, f"never happened: {what}; not to {len(left)}"
        await asyncio.sleep(0.05)  # between two looks
