"""Every store of bars keeps alike: the one in memory and the tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from adapters.market_data.bars.sql_store import SqlBarStore
from adapters.platform.database.engine import open_engine
from application.market_data.bar_store import BarStore, KeptBars, SeriesKey
from domain.market_data.bar import Bar, Interval
from domain.market_data.provenance import Provenance
from domain.market_data.restating import Factor
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.fakes.bars import FakeBarStore
from tests.profiles import is_deep

pytestmark = pytest.mark.anyio

KEY = SeriesKey(Ticker("AAPL", "NASDAQ"), Interval.DAY, "test")
FIRST = datetime(2019, 12, 30, 5, tzinfo=UTC)
DAY = timedelta(days=1)
EVER = (datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
SAID = Provenance(provider="test", as_of=FIRST, received_at=FIRST + DAY, delay=timedelta(minutes=15))


def bar(day: int, close: str = "10") -> Bar:
    """A bar of the day that many after the first."""
    price = Decimal(close)
    return Bar(FIRST + day * DAY, price, price + 1, price - Decimal("0.5"), price, Decimal(1000))


def kept(first: int, end: int, close: str = "10", *, key: SeriesKey = KEY, factors: Sequence[Factor] = ()) -> KeptBars:
    """Bars of the days from the first to before the end."""
    return KeptBars(
        key=key,
        currency=Currency("USD"),
        since=FIRST + first * DAY,
        until=FIRST + end * DAY,
        bars=[bar(day, close) for day in range(first, end)],
        factors=list(factors),
        provenance=SAID,
    )


@pytest.fixture(params=["fake", "sql"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[BarStore]:
    """A store with nothing in it."""
    if request.param == "fake":
        yield FakeBarStore()
        return
    engine = open_engine(request.getfixturevalue("database_url"), pool_size=3)
    async with engine.begin() as connection:
        for statement in ("DELETE FROM bars", "DELETE FROM bar_factors", "DELETE FROM bar_series"):
            await connection.exec_driver_sql(statement)
    yield SqlBarStore(engine)
    await engine.dispose()


async def test_what_was_kept_is_read(store: BarStore) -> None:
    """To the last digit, over the ends of years, with all that was said of it."""
    part = replace(
        kept(0, 4, "123.456789012345678901"), factors=[Factor(date(2020, 1, 1), 7, 2, Decimal("0.205"), Decimal("0.5"))]
    )
    await store.replace([part])
    assert await store.read(KEY, *EVER) == part


async def test_nothing_was_kept_of_others(store: BarStore) -> None:
    """Of another provider, interval or ticker."""
    await store.replace([kept(0, 4)])
    for other in (KEY._replace(provider="p"), KEY._replace(interval=Interval.HOUR), KEY._replace(ticker=Ticker("A"))):
        assert await store.read(other, *EVER) is None


async def test_a_read_is_of_its_times_and_all_factors_since(store: BarStore) -> None:
    """A factor of a day after the times moves what is in them."""
    factors = tuple(Factor(date(2020, 1, day), 2) for day in (1, 8))
    await store.replace([kept(0, 9, factors=factors)])
    found = await store.read(KEY, FIRST + 4 * DAY, FIRST + 6 * DAY)
    assert found is not None
    assert [each.start for each in found.bars] == [FIRST + 4 * DAY, FIRST + 5 * DAY]
    assert [each.day for each in found.factors] == [date(2020, 1, 8)]
    assert (found.since, found.until) == (FIRST, FIRST + 9 * DAY)


async def test_a_later_part_takes_the_place_of_what_overlaps(store: BarStore) -> None:
    """From its first bar on; what was before stays."""
    await store.replace([kept(0, 5, factors=(Factor(date(2019, 12, 31), 2), Factor(date(2020, 1, 2), 3)))])
    await store.replace([kept(3, 7, "20", factors=(Factor(date(2020, 1, 2), 5),))])
    found = await store.read(KEY, *EVER)
    assert found is not None
    assert [each.close for each in found.bars] == [10, 10, 10, 20, 20, 20, 20]
    assert [(each.day.day, each.new) for each in found.factors] == [(31, 2), (2, 5)]
    assert (found.since, found.until) == (FIRST, FIRST + 7 * DAY)


@pytest.mark.parametrize(
    "part", [kept(6, 8, "20"), kept(-3, 8, "20"), replace(kept(3, 8, "20"), currency=Currency("EUR"))]
)
async def test_what_does_not_touch_or_fit_is_thrown_away(store: BarStore, part: KeptBars) -> None:
    """A hole would look as if nothing had been traded, and two currencies make no series."""
    await store.replace([kept(0, 5, factors=(Factor(date(2019, 12, 31), 2),))])
    await store.replace([part])
    assert await store.read(KEY, *EVER) == part


async def test_many_series_are_written_at_once_by_many(store: BarStore) -> None:
    """Each is there once."""
    keys = [KEY._replace(ticker=Ticker(f"S{number}")) for number in range(20)]
    parts = [kept(0, 3, key=key) for key in keys]
    await asyncio.gather(*(store.replace(parts if turn % 2 else parts[::-1]) for turn in range(3)))
    for key, part in zip(keys, parts, strict=True):
        assert await store.read(key, *EVER) == part


async def test_what_is_behind_is_found_the_longest_ago_first(store: BarStore) -> None:
    """If it has the interval, is settled no further, and was not asked for in the meantime."""
    late = replace(SAID, received_at=FIRST + 3 * DAY)
    names = {"A": SAID, "B": replace(SAID, received_at=FIRST), "C": late}
    keys = {name: KEY._replace(ticker=Ticker(name)) for name in (*names, "D", "E")}
    await store.replace([replace(kept(0, 3, key=keys[name]), provenance=said) for name, said in names.items()])
    await store.replace([kept(0, 4, key=keys["D"]), kept(0, 3, key=keys["E"]._replace(interval=Interval.HOUR))])
    found = await store.behind(Interval.DAY, FIRST + 3 * DAY, FIRST + 2 * DAY, 5)
    assert found == [keys["B"], keys["A"]]
    assert await store.behind(Interval.DAY, FIRST + 3 * DAY, FIRST + 2 * DAY, 1) == [keys["B"]]
    assert await store.behind(Interval.DAY, FIRST + 2 * DAY, FIRST + 2 * DAY, 5) == []


async def test_the_fake_and_the_tables_say_the_same(database_url: str) -> None:
    """After any parts in any order."""
    random = Random(7)  # noqa: S311 - parts of a test
    engine = open_engine(database_url, pool_size=1)
    real, fake = SqlBarStore(engine), FakeBarStore()
    for number in range(2_000 if is_deep() else 40):
        key = KEY._replace(ticker=Ticker(f"SAME{number}"))
        for _ in range(random.randrange(1, 6)):
            first = random.randrange(20)
            factors = [Factor((FIRST + random.randrange(first, first + 9) * DAY).date(), random.randrange(2, 9))]
            part = kept(first, first + random.randrange(1, 7), str(random.randrange(1, 10)), key=key, factors=factors)
            await real.replace([part])
            await fake.replace([part])
        assert await real.read(key, *EVER) == await fake.read(key, *EVER)
    await engine.dispose()
