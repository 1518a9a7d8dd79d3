"""How fast bars are kept and read: 500 symbols with ten years of days each, on PostgreSQL and Valkey from the wheels.

Measured: writing made-up bars of all symbols in parts of 25, a backfill of the same from CSV files as its job does it,
reading ten years of one symbol, adjusted for splits and dividends, and the same over HTTP, from an API in a process of
its own that finds each in the store first and then in its memory. The machine may be shared, so the time that a process
has computed is told beside. Run it with `python benchmarks/bars.py`.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import secrets
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Final

import httpx
import uvicorn

from adapters.market_data.bars.filling import FillingSideBySide, filler_chains
from adapters.market_data.bars.sql_store import SqlBarStore
from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.files.client import Files
from adapters.market_data.files.settings import FilesSettings
from adapters.market_data.offers import Offer
from adapters.market_data.settings import MarketDataSettings
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.clock import SystemClock
from adapters.platform.database.engine import open_engine
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from adapters.platform.secret import Secret
from adapters.platform.settings import (
    AuthSettings,
    DatabaseSettings,
    LimitsSettings,
    RedisSettings,
    Settings,
    SigningKey,
)
from application.market_data.backfill.fill_bars import SYMBOLS_PER_STEP
from application.market_data.backfill.ports import Filled
from application.market_data.bar_store import KeptBars, SeriesKey
from application.market_data.ports import Span
from bootstrap import build
from domain.market_data.bar import Adjustment, Bar, Dividend, Interval, Split
from domain.market_data.provenance import Provenance
from domain.market_data.restating import days_of, factors_of, restated
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from entrypoints.collector import calm_collector
from entrypoints.http.app import create_app
from entrypoints.http.protocol import GuardedProtocol

SYMBOLS: Final = 500
AT_ONCE: Final = 25
READS: Final = 200
DAYS: Final = 3_660
# New York's midnight, and until tomorrow: nothing is missing, so that nobody is asked
SINCE: Final = datetime.combine(datetime.now(UTC) - timedelta(days=DAYS - 1), datetime.min.time(), UTC).replace(hour=5)
# the bars of this provider are kept, and it is the only one that the API has
PROVIDER: Final = "yahoo"
FEWEST: Final = 2_500
DAY_OF: Final = days_of(Interval.DAY, UTC)


def series(number: int) -> KeptBars:
    """Ten years of a symbol, the same each time, with a split and forty dividends."""
    random = Random(number)  # noqa: S311 - a made-up history
    bars: list[Bar] = []
    close = 10_000
    for day in range(DAYS):
        start = SINCE + timedelta(days=day)
        if start.weekday() > 4:  # noqa: PLR2004 - the weekend
            continue
        opened = max(100, close + random.randrange(-50, 51))
        close = max(100, opened + random.randrange(-150, 152))
        high, low = max(opened, close) + random.randrange(80), min(opened, close) - random.randrange(80)
        numbers = (Decimal(price).scaleb(-2) for price in (opened, high, low, close))
        bars.append(Bar._make((start, *numbers, Decimal(random.randrange(10**6, 10**8)))))
    dividends = [Dividend(date(SINCE.year + each // 4, 2 + each % 4 * 3, 9), Decimal("0.22")) for each in range(4, 40)]
    return KeptBars(
        key=SeriesKey(Ticker(f"S{number:03}"), Interval.DAY, PROVIDER),
        currency=Currency("USD"),
        since=SINCE,
        until=SINCE + timedelta(days=DAYS),
        bars=bars,
        factors=factors_of(bars, [Split(date(2020, 8, 31), 4, 1)], dividends, DAY_OF),
        provenance=Provenance(provider=PROVIDER, as_of=SINCE, received_at=SINCE),
    )


async def measure_writing(store: SqlBarStore, made: Sequence[KeptBars]) -> None:
    """Write all of them, and say how many bars a second that is."""
    begin = time.perf_counter()
    for start in range(0, len(made), AT_ONCE):
        await store.replace(made[start : start + AT_ONCE])
    took = time.perf_counter() - begin
    count = sum(len(each.bars) for each in made)
    print(f"written: {count} bars in {took:.1f} s, {count / took:,.0f} a second")


def write_files(folder: Path, made: Sequence[KeptBars]) -> None:
    """Lay the bars out as CSV files."""
    (folder / "1d").mkdir()
    for each in made:
        rows = [f"{bar.start:%Y-%m-%d},{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume}" for bar in each.bars]
        text = "\n".join(["date,open,high,low,close,volume", *rows, ""])
        (folder / "1d" / f"{each.key.ticker.symbol}.csv").write_text(text, encoding="utf-8")


async def measure_backfill(store: SqlBarStore, tickers: Sequence[Ticker], folder: Path) -> None:
    """Fill all from files, as the job does, and say how many bars a second that is, by the clock and of this process.

    What the database's process needs goes on beside, where there is a second core.
    """
    clock, calendar = SystemClock(), PackagedCalendar()
    settings = MarketDataSettings(providers=(FilesSettings(folder=str(folder)),))
    offers = [Offer(name="files", is_local=True, bars=Files(FilesSettings(folder=str(folder)), clock))]
    filling = FillingSideBySide(filler_chains(offers, settings, store, calendar, clock))
    span = Span(interval=Interval.DAY, since=SINCE - timedelta(days=1), until=SINCE + timedelta(days=DAYS))
    begin, busy = time.perf_counter(), time.process_time()
    count = 0
    for start in range(0, len(tickers), SYMBOLS_PER_STEP):
        filled = await filling.fill(tickers[start : start + SYMBOLS_PER_STEP], span)
        count += sum(each.bars for each in filled.values() if isinstance(each, Filled))
    took, busy = time.perf_counter() - begin, time.process_time() - busy
    print(
        f"backfilled from files: {count} bars in {took:.1f} s, {count / took:,.0f} a second; "
        f"{count / busy:,.0f} a second of the process's own time"
    )


async def measure_reading(store: SqlBarStore, tickers: Sequence[Ticker]) -> None:
    """Read one after the other from the store, and say how long they take."""
    took: list[float] = []
    for ticker in tickers[:READS]:
        begin = time.perf_counter()
        kept = await store.read(SeriesKey(ticker, Interval.DAY, PROVIDER), SINCE, SINCE + timedelta(days=DAYS))
        if kept is None:
            raise AssertionError("what was written is not there")
        restated(kept.bars, kept.factors, DAY_OF, have=Adjustment.NONE, want=Adjustment.SPLITS_AND_DIVIDENDS)
        took.append((time.perf_counter() - begin) * 1_000)
    told("ten years of days, adjusted, in the process", took)


def told(what: str, took: Sequence[float]) -> None:
    """Print the 50th and the 95th of a hundred."""
    half, *_, most = statistics.quantiles(took, n=20)[9::9]
    print(f"{what}: p50 {half:.1f} ms, p95 {most:.1f} ms")


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve the API until the process is ended, with its log as in production and nobody who reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    app = build(settings)
    app.platform.configure_logging()
    config = uvicorn.Config(create_app(app), loop="uvloop", http=GuardedProtocol, log_config=None, access_log=False)
    calm_collector()
    uvicorn.Server(config).run(sockets=[listener])


def measure_http(settings: Settings, tickers: Sequence[Ticker]) -> None:
    """Ask the API for each history, which nobody has asked for before, and for each once more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        process = multiprocessing.get_context("fork").Process(target=serve, args=(settings, listener))
        process.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60, trust_env=False) as client:
                person = {"email": "reader@example.com", "password": secrets.token_urlsafe()}
                client.post("/auth/register", json=person).raise_for_status()
                session = client.post("/auth/login", json=person).raise_for_status().json()
                client.headers["Authorization"] = f"Bearer {session['data']['accessToken']}"
                for what in ("from the store", "kept"):
                    took = list[float]()
                    busy = cpu_s(process.pid)
                    for ticker in tickers[:READS]:
                        begin = time.perf_counter()
                        answer = client.get(f"/history/{ticker}", params={"range": "10y"})
                        took.append((time.perf_counter() - begin) * 1_000)
                        if answer.status_code != HTTPStatus.OK or answer.content.count(b'"start"') < FEWEST:
                            raise AssertionError(answer.text[:400])
                    told(f"ten years of days over HTTP, {what}", took)
                    print(f"    {(cpu_s(process.pid) - busy) / READS * 1_000:.1f} ms of the server's own time each")
        finally:
            process.terminate()
            process.join()


def cpu_s(pid: int | None) -> float:
    """How long a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure_store(url: str, folder: Path) -> Sequence[Ticker]:
    """Measure everything but HTTP on the migrated database; return what there is."""
    engine = open_engine(url, pool_size=4)
    store = SqlBarStore(engine)
    made = [series(number) for number in range(SYMBOLS)]
    tickers = [each.key.ticker for each in made]
    await measure_writing(store, made)
    write_files(folder, made)
    # millions of objects that no process of ours would have, and each collection would look at
    made.clear()
    gc.collect()
    await measure_backfill(store, tickers, folder)
    await measure_reading(store, tickers)
    await engine.dispose()
    return tickers


def main() -> None:
    """Measure on servers of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = EmbeddedPostgres(
            folder / "postgres", sockets=socket_folder(folder), password=secrets.token_urlsafe(), throwaway=True
        )
        cache = EmbeddedValkey(folder / "valkey", sockets=socket_folder(folder), password=secrets.token_urlsafe())
        with running(server, folder / "postgres.log"), running(cache, folder / "valkey.log"):
            migrate(server.url)
            tickers = asyncio.run(measure_store(server.url, folder))
            settings = Settings(
                database=DatabaseSettings(url=Secret(server.url)),
                redis=RedisSettings(url=Secret(cache.url)),
                auth=AuthSettings(keys=(SigningKey(kid="bench", secret=Secret(secrets.token_urlsafe(48))),)),
                limits=LimitsSettings(enabled=False),
                market_data=MarketDataSettings(providers=(YahooSettings(),)),
            )
            measure_http(settings, tickers)


if __name__ == "__main__":
    main()
