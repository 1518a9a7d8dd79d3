"""Answers from files, as a provider would; what does not lie there is a matter for others."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, final
from zoneinfo import ZoneInfo

from adapters.market_data.coverage import is_american
from adapters.market_data.failing import source_failures
from adapters.market_data.files import bhavcopy, csv_bars, lean
from adapters.market_data.files.parquet_bars import table_of
from adapters.market_data.files.settings import FilesSettings
from adapters.market_data.files.texts import text_of
from adapters.market_data.numbers import unreadable
from application.market_data.ports import BarSource, SourceFailed, Span
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Interval, Split, check_bar
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.settled import home_of
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency
from domain.shared.time import zone

NAME: Final = "files"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Found:
    bars: Sequence[Bar]
    splits: Sequence[Split] = ()
    dividends: Sequence[Dividend] = ()


@final
class Files(BarSource):
    """Reads them anew each time: they are the user's, who may change them."""

    def __init__(self, settings: FilesSettings, clock: Clock) -> None:
        self._folder = Path(settings.folder)
        self._clock = clock

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return unadjusted bars; raise SourceFailed where no file has such bars of the ticker, or it is broken."""
        found = await to_thread(self._read, ticker, span)
        if found is None:
            raise SourceFailed(Refusal.NOT_COVERED, "No file has such bars.")
        now = self._clock.now()
        bars = [bar for bar in found.bars if span.since <= bar.start < span.until]
        first, last = span.since.date(), span.until.date()
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=ticker.currency or Currency("USD"),
            bars=bars,
            provenance=Provenance(provider=NAME, as_of=bars[-1].start if bars else now, received_at=now),
            splits=[each for each in found.splits if first <= each.day <= last],
            dividends=[each for each in found.dividends if first <= each.day <= last],
        )

    def _read(self, ticker: Ticker, span: Span) -> _Found | None:
        home = home_of(ticker)
        local = zone("UTC" if home is None else home.zone)
        ways: list[Callable[[Ticker, Span, ZoneInfo], _Found | None]] = [self._table, self._lean, self._bhavcopy]
        with source_failures():
            for way in ways:
                found = way(ticker, span, local)
                if found is not None:
                    return _checked(found)
        return None

    def _table(self, ticker: Ticker, span: Span, local: ZoneInfo) -> _Found | None:
        # a symbol begins with a letter or a digit and has no slash, so it leads nowhere else
        path = self._folder / span.interval.value / (ticker.exchange or "") / f"{ticker.symbol}.csv"
        parquet = path.with_name(f"{ticker.symbol}.parquet")
        if path.is_file():
            bars = csv_bars.bars_of(text_of(path), local)
        elif parquet.is_file():
            bars = csv_bars.bars_in(*table_of(parquet), local)
        else:
            return None
        events = path.with_name(f"{ticker.symbol}.events.csv")
        return _Found(bars, *csv_bars.events_of(text_of(events))) if events.is_file() else _Found(bars)

    def _lean(self, ticker: Ticker, span: Span, local: ZoneInfo) -> _Found | None:
        usa = self._folder / "equity" / "usa"
        if not is_american(ticker) or not usa.is_dir():
            return None
        symbol = ticker.symbol.lower()
        if span.interval is Interval.MINUTE:
            return _lean_minutes(usa / "minute" / symbol, span, local)
        if span.interval is not Interval.DAY:
            return None
        bars = _lean_days(usa, symbol, local)
        factors = usa / "factor_files" / f"{symbol}.csv"
        if not bars or not factors.is_file():
            return _Found(bars) if bars else None
        days = [bar.start.astimezone(local).date() for bar in bars]
        return _Found(bars, *lean.events_of(text_of(factors), days))

    def _bhavcopy(self, ticker: Ticker, span: Span, local: ZoneInfo) -> _Found | None:
        folder = self._folder / "bhavcopy"
        if ticker.exchange not in {"NSE", "BSE"} or span.interval is not Interval.DAY or not folder.is_dir():
            return None
        days = {bhavcopy.day_in(path.name, ticker.exchange): path for path in folder.iterdir()}
        first, last = span.since.date() - _DAY, span.until.date() + _DAY
        wanted = sorted(day for day in days if day is not None and first <= day <= last)
        bars = [bhavcopy.bar_of(text_of(days[day]), ticker.symbol, local) for day in wanted]
        found = [bar for bar in bars if bar is not None]
        return _Found(found) if found else None


def _lean_days(usa: Path, symbol: str, local: ZoneInfo) -> list[Bar]:
    """Put the parts together that lie under each name it had; without a map file it had one."""
    listed = usa / "map_files" / f"{symbol}.csv"
    names = lean.names_of(text_of(listed)) if listed.is_file() else [lean.Name(date.max, symbol)]
    bars: list[Bar] = []
    since = date.min
    for name in names:
        path = usa / "daily" / f"{name.symbol}.zip"
        if path.is_file():
            part = lean.days_of(text_of(path), local)
            bars += [bar for bar in part if since < bar.start.astimezone(local).date() <= name.until]
        since = name.until
    return bars


def _lean_minutes(folder: Path, span: Span, local: ZoneInfo) -> _Found | None:
    if not folder.is_dir():
        return None
    bars: list[Bar] = []
    day, last = span.since.astimezone(local).date(), span.until.astimezone(local).date()
    for path in sorted(folder.glob("*_trade.zip")):
        name = path.name.removesuffix("_trade.zip")
        if f"{day:%Y%m%d}" <= name <= f"{last:%Y%m%d}":
            bars += lean.minutes_of(text_of(path), lean.day_named(name), local)
    return _Found(bars)


def _checked(found: _Found) -> _Found:
    try:
        for bar in found.bars:
            check_bar(bar)
    except Invalid:
        raise unreadable("a bar cannot be true") from None
    return found
