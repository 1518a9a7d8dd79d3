"""Ticks lie in PostgreSQL by the day, and days that are over are emptied; what is held is read over all owners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.market_data.live.held import SqlHeldSymbols
from adapters.market_data.live.tick_bars import TickBars
from adapters.market_data.live.tick_rows import PARTS, SqlTickStore, TicksPurge, part_of
from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.ids import Uuid7Factory
from application.market_data.ports import SourceFailed, Span
from domain.ledger.execution import Side
from domain.market_data.bar import Interval
from domain.market_data.provenance import Refusal
from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.tick_book import TickBook
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable
from domain.shared.money import Currency
from tests.fakes.platform import FakeClock
from tests.ledgers import INFY, TCS, Desk, entry, new_actor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of the application's connections."""
    engine = open_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


def tick(at: datetime, last: str = "189.25") -> Tick:
    """Return a tick of Apple with little known."""
    made = TickBook().apply(
        TickUpdate(Ticker.parse("AAPL"), "massive", at, at, Currency("USD"), last=Decimal(last), volume=Decimal(5))
    )
    assert made is not None
    return made


async def days_kept(engine: AsyncEngine) -> list[datetime]:
    """Return when what is kept was received."""
    async with read(engine, Tenant()) as connection:
        found = await connection.execute(text("SELECT received_at FROM live.ticks ORDER BY received_at"))
        return [row[0] for row in found]


async def test_a_tick_is_kept_to_the_last_digit(engine: AsyncEngine) -> None:
    now = datetime(2026, 1, 30, 15, 4, 5, 678_901, tzinfo=UTC)
    await SqlTickStore(engine).add([tick(now, "0.000000000000000001"), tick(now, "-37.63")])
    async with read(engine, Tenant()) as connection:
        rows = await connection.execute(
            text(
                "SELECT part, ticker, provider, as_of, currency, is_simulated, last, bid, volume FROM live.ticks"
                " WHERE received_at = :now"
            ),
            {"now": now},
        )
        found = sorted(tuple(row) for row in rows)
    common = (part_of(now.date()), "AAPL", "massive", now, "USD", False)
    assert found == [
        (*common, Decimal("-37.63"), None, Decimal(5)),
        (*common, Decimal("0.000000000000000001"), None, Decimal(5)),
    ]


async def test_days_that_are_over_are_emptied(engine: AsyncEngine) -> None:
    """The last thirty and today stay; the part of tomorrow is empty when it begins."""
    clock = FakeClock()
    purge = TicksPurge(engine, clock, 30)
    clock.advance(seconds=PARTS * 86_400)
    await purge()
    now = clock.now()
    store = SqlTickStore(engine)
    ages = [timedelta(days=days) for days in (0, 1, 30, 31, 32)]
    await store.add([tick(now - age) for age in ages])
    assert await purge() == 2
    kept = await days_kept(engine)
    assert [age for age in ages if now - age in kept] == ages[:3]
    assert await purge() == 0


async def test_minutes_are_made_of_ticks(engine: AsyncEngine) -> None:
    """First, highest, lowest and last price of each, and by how much the day's volume grew; of others nothing."""
    ten = datetime(2026, 3, 2, 10, tzinfo=UTC)
    told = [
        (0, "5", 100),
        (59, "7", 130),
        (60, "6", 150),
        (61, "9", 150),
        (90, "4", 170),
        (119, "8", 200),
        (240, "8", 9),
    ]
    ticks = [
        tick(ten + timedelta(seconds=at), last)._replace(volume=Decimal(volume), provider="finnhub")
        for at, last, volume in told
    ]
    await SqlTickStore(engine).add([*ticks, tick(ten + timedelta(seconds=70), "1000")])
    source = TickBars("finnhub", engine, FakeClock())
    minutes = Span(interval=Interval.MINUTE, since=ten + timedelta(minutes=1), until=ten + timedelta(minutes=9))
    series = await source.bars(Ticker.parse("AAPL"), minutes)
    assert series is not None
    assert [(bar.start - ten, *map(int, bar[1:])) for bar in series.bars] == [
        (timedelta(minutes=1), 6, 9, 4, 8, 70),
        (timedelta(minutes=4), 8, 8, 8, 8, 0),
    ]
    assert (series.provenance.provider, series.currency.code) == ("finnhub", "USD")


async def test_what_nobody_followed_is_somebody_elses_to_tell(engine: AsyncEngine) -> None:
    """As are bars of other lengths."""
    source = TickBars("finnhub", engine, FakeClock())
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for interval, ticker in ((Interval.MINUTE, "TSLA"), (Interval.DAY, "AAPL")):
        with pytest.raises(SourceFailed) as failure:
            await source.bars(Ticker.parse(ticker), Span(interval=interval, since=now, until=now))
        assert failure.value.refusal is Refusal.NOT_COVERED


async def test_a_database_that_is_away_is_told_as_such() -> None:
    """Whoever stores goes on, and counts what was lost."""
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    with pytest.raises(Unavailable):
        await SqlTickStore(engine).add([tick(datetime(2026, 1, 30, tzinfo=UTC))])
    await engine.dispose()


async def test_what_anybody_holds_is_known(engine: AsyncEngine) -> None:
    """Open positions of all owners, each ticker once, and nothing that was sold."""
    ids = Uuid7Factory()
    for key, is_sold in ((INFY, False), (INFY, False), (TCS, True)):
        desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(), ids, new_actor(ids))
        account = await desk.open()
        await desk.record(desk.actor, entry(account.id, Side.BUY, "10", "100", 0, key=key))
        if is_sold:
            await desk.record(desk.actor, entry(account.id, Side.SELL, "10", "100", 1, key=key))
    assert await SqlHeldSymbols(engine).held() == {Ticker.parse("NSE:INFY")}
