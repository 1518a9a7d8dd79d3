"""Answers out of the made up market as a provider would."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Final, NamedTuple, final

from adapters.market_data.simulator import listings
from adapters.market_data.simulator.listings import Simulated
from adapters.market_data.simulator.market import FIRST, Day, MadeUpMarket, paid, pays
from adapters.market_data.simulator.settings import SimulatorSettings
from adapters.market_data.simulator.walk import chance
from application.market_data.calendars import TradingCalendar
from application.market_data.ports import BarSource, ListingSource, QuoteSource, SourceFailed, Span
from application.shared.ports import Clock
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Interval
from domain.market_data.calendar import LONGEST_PAUSE, Session, sessions
from domain.market_data.exchange import EXCHANGES
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from domain.shared.time import zone

NAME: Final = "simulator"
_MINUTE: Final = timedelta(minutes=1)
_COARSE: Final = 20
# how far back there are minutes, and longer bars made of them
_MINUTES_KEPT: Final = timedelta(days=30)
_INTRADAY_KEPT: Final = timedelta(days=365)


class _Trading(NamedTuple):
    """A day on which something is traded, the one before it, and its hours."""

    day: date
    before: date
    hours: tuple[Session, ...]

    @property
    def minutes(self) -> list[datetime]:
        """When each of its minutes begins."""
        return [
            session.opens_at + _MINUTE * at
            for session in self.hours
            for at in range(ceil((session.closes_at - session.opens_at) / _MINUTE))
        ]


@final
class Simulator(QuoteSource, BarSource, ListingSource):
    """Quotes, bars and listings of things that exist, at prices that do not."""

    def __init__(self, settings: SimulatorSettings, calendar: TradingCalendar, clock: Clock) -> None:
        self._settings = settings
        self._calendar = calendar
        self._clock = clock
        self._market = MadeUpMarket(settings.seed)
        self._halted = frozenset(Ticker.parse(text) for text in settings.halted)

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes that move with every second of trading."""
        now = self._begin()
        # beside the loop: what a whole market costs takes a few tenths of a second to make up
        return await to_thread(self._quotes, tuple(tickers), now)

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return unadjusted bars, with splits and dividends beside them."""
        now = self._begin()
        thing = listings.find(ticker)
        return None if thing is None else await to_thread(self._series, ticker, thing, span, now)

    def _series(self, ticker: Ticker, thing: Simulated, span: Span, now: datetime) -> BarSeries:
        until = min(span.until, self._last(ticker, now))
        since = max(span.since, _earliest(span.interval, now))
        days = list(self._trading(thing, since, until)) if since < until else []
        bars = list(self._bars(thing, span.interval, days, until))
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=Currency(thing.currency),
            bars=[bar for bar in bars if since <= bar.start < until],
            provenance=_provenance(until, now),
            splits=[split for split in thing.splits if since.date() <= split.day <= until.date()],
            dividends=[self._dividend(thing, each) for each in days if pays(thing, each.day)],
        )

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return what is called like this."""
        self._begin()
        return listings.search(text, limit)

    def _begin(self) -> datetime:
        """Return the time, unless there is an outage in this minute."""
        now = self._clock.now()
        minute = int(now.timestamp()) // 60
        if chance(self._settings.seed, "outage", minute) < self._settings.failing:
            raise SourceFailed(Refusal.UNREACHABLE, "The simulator simulates an outage.")
        return now

    def _last(self, ticker: Ticker, now: datetime) -> datetime:
        """Return until when prices move."""
        return now.replace(hour=0, minute=0, second=0, microsecond=0) if ticker in self._halted else now

    def _quotes(self, tickers: Sequence[Ticker], now: datetime) -> Mapping[Ticker, Quote]:
        found = {ticker: listings.find(ticker) for ticker in tickers}
        return {ticker: self._quote(ticker, thing, now) for ticker, thing in found.items() if thing is not None}

    def _quote(self, ticker: Ticker, thing: Simulated, now: datetime) -> Quote:
        last = self._last(ticker, now)
        opened = (each for each in self._trading(thing, last - LONGEST_PAUSE, last) if each.hours[0].opens_at <= last)
        *_, today = opened
        minutes = today.minutes
        begun = [at for at in minutes if at <= last]
        made = self._market.minutes(thing, today.day, today.before, len(minutes))
        so_far = made.over(0, len(begun)) or made.day
        at = len(begun) - 1
        if at in made.halted:
            price, as_of = made.prices[made.halted.start], begun[made.halted.start]
        else:
            # within a minute the price goes straight from where it begins to where it ends
            through = min((last - begun[at]) / _MINUTE, 1.0)
            price = made.prices[at] + (made.prices[at + 1] - made.prices[at]) * through
            as_of = min(last, begun[at] + _MINUTE)
        text = _prices(thing)
        return Quote(
            ticker=ticker,
            currency=Currency(thing.currency),
            price=text(price),
            provenance=_provenance(as_of, now),
            previous_close=text(self._market.close(thing, today.before, today.day)),
            open=text(so_far.open),
            high=text(so_far.high),
            low=text(so_far.low),
            volume=Decimal(int(so_far.volume)),
            name=thing.name,
        )

    def _bars(self, thing: Simulated, interval: Interval, days: Sequence[_Trading], until: datetime) -> Iterator[Bar]:
        if interval.length is not None:
            for each in days:
                yield from self._within(thing, each, interval.length, until)
            return
        daily = ((each, self._daily(thing, each, until)) for each in days)
        for _, group in groupby(daily, key=lambda pair: _period(interval, pair[0].day)):
            parts = [(each.day, prices) for each, prices in group if prices is not None]
            if parts:
                yield _bar(thing, _midnight(thing, parts[0][0]), _joined([prices for _, prices in parts]))

    def _within(self, thing: Simulated, each: _Trading, length: timedelta, until: datetime) -> Iterator[Bar]:
        minutes = each.minutes
        made = self._market.minutes(thing, each.day, each.before, len(minutes))
        opens = each.hours[0].opens_at
        # periods are counted from the opening, as exchanges' own are
        numbered = enumerate(minutes)
        for _, group in groupby(numbered, key=lambda pair: (pair[1] - opens) // length):
            places = [place for place, at in group if at <= until]
            prices = made.over(places[0], places[-1] + 1) if places else None
            if prices is not None:
                yield _bar(thing, minutes[places[0]], prices)

    def _daily(self, thing: Simulated, each: _Trading, until: datetime) -> Day | None:
        if each.hours[-1].closes_at <= until:
            return self._market.day(thing, each.day, each.before)
        minutes = each.minutes
        so_far = sum(at <= until for at in minutes)
        return self._market.minutes(thing, each.day, each.before, len(minutes)).over(0, so_far) if so_far else None

    def _dividend(self, thing: Simulated, each: _Trading) -> Dividend:
        return paid(thing, each.day, self._market.close(thing, each.before, each.day))

    def _trading(self, thing: Simulated, since: datetime, until: datetime) -> Iterator[_Trading]:
        """Yield the days of trading that begin in the span, and that which it begins in."""
        exchange = EXCHANGES[thing.clock]
        local = zone(exchange.zone)
        first, last = since.astimezone(local).date() - LONGEST_PAUSE, until.astimezone(local).date()
        special = self._calendar.special_days(exchange, first, last)
        before: date | None = None
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            hours = _around_the_clock(day) if exchange.is_always_open else sessions(exchange, day, special.get(day))
            if not hours:
                continue
            if before is not None and day >= since.astimezone(local).date():
                yield _Trading(day, before, hours)
            before = day


def _around_the_clock(day: date) -> tuple[Session, ...]:
    begins = datetime.combine(day, time(), UTC)
    return (Session(begins, begins + timedelta(days=1)),)


def _earliest(interval: Interval, now: datetime) -> datetime:
    if interval.length is None:
        return datetime.combine(FIRST, time(), UTC)
    return now - (_MINUTES_KEPT if interval is Interval.MINUTE else _INTRADAY_KEPT)


def _provenance(as_of: datetime, now: datetime) -> Provenance:
    return Provenance(provider=NAME, as_of=as_of, received_at=now, delay=timedelta(0), simulated=True)


def _period(interval: Interval, day: date) -> date:
    match interval:
        case Interval.WEEK:
            return day - timedelta(days=day.weekday())
        case Interval.MONTH:
            return day.replace(day=1)
        case _:
            return day


def _joined(days: Sequence[Day]) -> Day:
    return Day(
        days[0].open,
        max(each.high for each in days),
        min(each.low for each in days),
        days[-1].close,
        sum(each.volume for each in days),
    )


def _midnight(thing: Simulated, day: date) -> datetime:
    return datetime.combine(day, time(), zone(EXCHANGES[thing.clock].zone)).astimezone(UTC)


def _bar(thing: Simulated, start: datetime, day: Day) -> Bar:
    text = _prices(thing)
    return Bar(start, text(day.open), text(day.high), text(day.low), text(day.close), Decimal(int(day.volume)))


def _prices(thing: Simulated) -> Callable[[float], Decimal]:
    """Return what writes prices of the thing: to a hundredth, or finer where that would be coarse."""
    places = 2 if thing.price >= _COARSE and thing.ticker.asset_class is not AssetClass.CURRENCY else 6
    return lambda price: Decimal(f"{price:.{places}f}")
