"""How fast the ledger is on 10,000 to a million trades over 500 instruments, on PostgreSQL from the wheel.

Measured: recording in bulk (whole use case and store alone) beside the floor, a COPY of the same rows into the same
table by its owner; a rebuild of all positions from nothing and of what is right already; a trade entered last and one
entered first; reads, and reads of the past. Run it with `python benchmarks/ledger.py`, optionally with the numbers of
trades: up to 50,000 take two minutes, a million a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.dated_reads import SqlDatedQueries
from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.lot_reads import SqlLotQueries
from adapters.ledger.position_reads import SqlPositionQueries
from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.trade_reads import SqlTradeQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import open_engine
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.ids import Uuid7Factory
from adapters.platform.migrations.run import migrate
from application.ledger.currencies.queries import Display
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.open_account import OpenAccount
from application.ledger.patch_trade import PatchTrade, PatchTradeCommand, TradePatch
from application.ledger.read_pnl import ReadPnl
from application.ledger.rebuild_positions import RebuildPositions
from application.ledger.record_trade import RecordTrade
from application.ledger.record_trades import MAX_ROWS, BulkRow, RecordTrades, RecordTradesCommand
from application.ledger.recording import judge, store
from application.ledger.wanted import LotFilter, PnlFilter, PositionFilter, TradeFilter, TradeSort
from application.shared.pages import PageRequest
from domain.ledger.account import AccountDetails
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, OrganisationId, SessionId, UserId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.moment import Moment
from domain.shared.money import Currency
from entrypoints.collector import calm_collector

INSTRUMENTS = 500
READS = 60
START = datetime(2022, 1, 3, 3, 45, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bench:
    """A trader on a database of their own."""

    url: str
    engine: AsyncEngine
    actor: Actor
    account_id: AccountId

    @property
    def units(self) -> SqlLedgerUnits:
        """Opens units of work."""
        return SqlLedgerUnits(self.engine, Uuid7Factory())


def entries(account_id: AccountId, count: int) -> list[TradeEntry]:
    """A made-up history, the same each time: two purchases to one sale of about twice the size, in order of time."""
    random = Random(7)  # noqa: S311 - a made-up history
    return [
        TradeEntry(
            account_id=account_id,
            instrument=InstrumentTerms(
                key=InstrumentKey(f"S{random.randrange(INSTRUMENTS):03}", "NSE", Segment.EQUITY, Currency("INR"))
            ),
            side=Side.SELL if number % 3 == 2 else Side.BUY,  # noqa: PLR2004 - every third
            quantity=Decimal(random.randrange(1, 200) * (2 if number % 3 == 2 else 1)),  # noqa: PLR2004 - as above
            price=Decimal(random.randrange(1_000, 500_000)).scaleb(-2),
            executed_at=START + timedelta(minutes=number),
            fees=Fees({FeeKind.BROKERAGE: Decimal(20), FeeKind.STAMP_DUTY: Decimal(random.randrange(99)).scaleb(-2)}),
            broker_trade_id=str(number),
            source_key=f"bench:{number}",
            tags=("bench",),
        )
        for number in range(count)
    ]


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Serve a migrated database for the block."""
    server = EmbeddedPostgres(
        folder / "postgres", sockets=socket_folder(folder), password=secrets.token_urlsafe(), throwaway=True
    )
    with running(server, folder / "postgres.log"):
        migrate(server.url)
        yield server.url


async def open_bench(url: str, engine: AsyncEngine) -> Bench:
    """Open an account in a new organisation."""
    ids = Uuid7Factory()
    actor = Actor(
        UserId(ids.new()),
        OrganisationId(ids.new()),
        SessionId(ids.new()),
        frozenset({Scope.LEDGER_READ, Scope.LEDGER_WRITE}),
    )
    details = AccountDetails(broker="B", label="Bench", currency=Currency("INR"), time_zone="Asia/Kolkata")
    account = await OpenAccount(SqlLedgerUnits(engine, ids), SystemClock(), ids)(actor, details)
    return Bench(url, engine, actor, account.id)


async def record_all(bench: Bench, todo: list[TradeEntry]) -> float:
    """Seconds to record everything, in requests as large as they may be."""
    record = RecordTrades(bench.units, SystemClock(), Uuid7Factory())
    begin = time.perf_counter()
    for start in range(0, len(todo), MAX_ROWS):
        part = [BulkRow(index, entry) for index, entry in enumerate(todo[start : start + MAX_ROWS])]
        await record(bench.actor, RecordTradesCommand(part))
    return time.perf_counter() - begin


async def insert_only(bench: Bench, todo: list[TradeEntry]) -> float:
    """Seconds that the store alone needs for one request's rows; undone afterwards."""
    async with bench.units(bench.actor.organisation_id) as unit:
        judged = await judge(unit, todo[:MAX_ROWS], SystemClock().now(), Uuid7Factory())
        begin = time.perf_counter()
        await store(unit, judged)
        return time.perf_counter() - begin


def copy_floor(bench: Bench) -> tuple[int, float]:
    """Rows and seconds of a COPY of the recorded rows back into the table, by its owner; undone afterwards."""
    with as_owner(bench) as connection, connection.cursor() as cursor:
        # new ids and prices: the same width and the same indexes, and nothing that is there already
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM trades LIMIT 10000")
        cursor.execute("UPDATE kept SET id = gen_random_uuid(), source_key = source_key || 'x', price = price + 1")
        with cursor.copy("COPY kept TO STDOUT") as out:
            rows = [bytes(part) for part in out]
        cursor.execute("ALTER TABLE trades DISABLE ROW LEVEL SECURITY")
        begin = time.perf_counter()
        with cursor.copy("COPY trades FROM STDIN") as into:
            into.write(b"".join(rows))
        seconds = time.perf_counter() - begin
        connection.rollback()
    return len(rows), seconds


def drop_projections(bench: Bench) -> None:
    """Forget all lots, disposals and round trips."""
    with as_owner(bench) as connection:
        connection.execute("DELETE FROM disposal_days")
        connection.execute("DELETE FROM lot_matches")
        connection.execute("DELETE FROM disposals")
        connection.execute("DELETE FROM lots")
        connection.execute("DELETE FROM round_trips")
    tidy(bench)


def tidy(bench: Bench) -> None:
    """Do what the server does by itself within a minute: sweep out, and count what is there."""
    with psycopg.connect(bench.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@contextmanager
def as_owner(bench: Bench) -> Iterator[psycopg.Connection]:
    """Connect as the tables' owner, whom row-level security binds as well."""
    with psycopg.connect(bench.url) as connection:
        connection.execute("SELECT set_config('app.organisation_id', %s, true)", [str(bench.actor.organisation_id)])
        yield connection


async def rebuild(bench: Bench) -> float:
    """Seconds to replay every position and write what differs."""
    begin = time.perf_counter()
    await RebuildPositions(bench.units, SystemClock())(bench.actor)
    return time.perf_counter() - begin


async def timed(times: int, work: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """Median and 95th percentile of the work, in milliseconds."""
    taken: list[float] = []
    for number in range(times):
        begin = time.perf_counter()
        await work(number)
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


async def single_writes(bench: Bench, todo: list[TradeEntry]) -> None:
    """A trade that comes last, one that comes first, and a correction of the first."""
    ids, clock = Uuid7Factory(), SystemClock()
    record, patch = RecordTrade(bench.units, clock, ids), PatchTrade(bench.units, clock, ids)
    entry = replace(todo[0], source_key=None, broker_trade_id=None)
    late = START + timedelta(days=1_000)

    async def append(number: int) -> None:
        await record(bench.actor, replace(entry, executed_at=late + timedelta(minutes=number)))

    async def back_date(number: int) -> None:
        await record(bench.actor, replace(entry, executed_at=START - timedelta(minutes=number + 1)))

    async def correct(number: int) -> None:
        page = await SqlTradeQueries(bench.engine).trades(
            bench.actor, TradeFilter(), TradeSort.EXECUTED_AT, PageRequest(limit=1)
        )
        trade = page.rows[0]
        await patch(
            bench.actor,
            PatchTradeCommand(
                trade.id, trade.version, TradePatch(price=Decimal(number + 1), quantity=Decimal(number + 2))
            ),
        )

    for label, work in (("append", append), ("back-date", back_date), ("correct the first", correct)):
        median, p95 = await timed(20, work)
        print(f"  {label:<28} {median:8.1f} ms median {p95:8.1f} ms p95")


async def reads(bench: Bench) -> None:
    """The lists and sums that screens show."""
    lots, positions, trades = (
        SqlLotQueries(bench.engine),
        SqlPositionQueries(bench.engine),
        SqlTradeQueries(bench.engine),
    )
    pnl = ReadPnl(SqlFigureQueries(bench.engine), SqlDatedQueries(bench.engine), EcbRates())
    page = PageRequest()
    work: dict[str, Callable[[int], Awaitable[object]]] = {
        "50 trades, newest": lambda _: trades.trades(bench.actor, TradeFilter(), TradeSort.EXECUTED_AT_DESC, page),
        "50 trades by symbol": lambda _: trades.trades(bench.actor, TradeFilter(), TradeSort.SYMBOL, page),
        "50 trades by price": lambda _: trades.trades(bench.actor, TradeFilter(), TradeSort.PRICE, page),
        "50 positions": lambda _: positions.positions(bench.actor, PositionFilter(), page),
        "500 positions": lambda _: positions.positions(bench.actor, PositionFilter(), PageRequest(limit=500)),
        "50 totals": lambda _: positions.totals(bench.actor, PositionFilter(), page),
        "50 open lots": lambda _: lots.lots(bench.actor, LotFilter(), page),
        "profit and loss, all": lambda _: pnl(bench.actor, PnlFilter()),
        "profit and loss, in euros": lambda _: pnl(bench.actor, PnlFilter(), display=Display(Currency("EUR"))),
        "profit and loss, one month": lambda _: pnl(
            bench.actor, PnlFilter(from_date=START.date(), to_date=START.date() + timedelta(days=30))
        ),
    }
    for label, each in work.items():
        median, p95 = await timed(READS, each)
        print(f"  {label:<28} {median:8.1f} ms median {p95:8.1f} ms p95")


async def past_reads(bench: Bench, count: int) -> None:
    """The same of the middle of the time: half of all trades came later and are taken away again."""
    moment = Moment(as_of=START + timedelta(minutes=count // 2), known_at=SystemClock().now())
    positions, lots = SqlPositionQueries(bench.engine).at(moment), SqlLotQueries(bench.engine).at(moment)
    pnl = ReadPnl(SqlFigureQueries(bench.engine), SqlDatedQueries(bench.engine), EcbRates())
    work: dict[str, Callable[[int], Awaitable[object]]] = {
        "50 positions as of the past": lambda _: positions.positions(bench.actor, PositionFilter(), PageRequest()),
        "50 lots as of the past": lambda _: lots.lots(bench.actor, LotFilter(), PageRequest()),
        "profit and loss of the past": lambda _: pnl(bench.actor, PnlFilter(), moment),
    }
    for label, each in work.items():
        median, _ = await timed(3, each)
        print(f"  {label:<28} {median:8.0f} ms median")


async def measure(url: str, count: int) -> None:
    """Print the numbers for that many trades."""
    engine = open_engine(url, pool_size=4, statement_timeout_s=120)
    bench = await open_bench(url, engine)
    todo = entries(bench.account_id, count)
    seconds = await record_all(bench, todo)
    print(f"{count:,} trades over {INSTRUMENTS} instruments")
    print(f"  recorded in bulk             {count / seconds:8,.0f} rows/s ({seconds:.2f} s)")
    fresh = await open_bench(url, engine)
    alone = await insert_only(fresh, [replace(entry, account_id=fresh.account_id) for entry in todo])
    copied, floor = copy_floor(bench)
    store_rate, floor_rate = min(count, MAX_ROWS) / alone, copied / floor
    print(f"  stored, without positions    {store_rate:8,.0f} rows/s, {store_rate / floor_rate:.2f} of the floor")
    print(f"  floor: COPY by the owner     {floor_rate:8,.0f} rows/s")
    drop_projections(bench)
    print(f"  rebuild from nothing         {await rebuild(bench):8.2f} s")
    print(f"  rebuild, nothing to write    {await rebuild(bench):8.2f} s")
    await single_writes(bench, todo)
    tidy(bench)
    await reads(bench)
    await past_reads(bench, count)
    await engine.dispose()


def main() -> None:
    """Measure each number of trades on a server of its own."""
    calm_collector()  # as the processes do
    for count in [int(argument) for argument in sys.argv[1:]] or [10_000, 50_000, 200_000, 1_000_000]:
        with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
            asyncio.run(measure(url, count))


if __name__ == "__main__":
    main()
