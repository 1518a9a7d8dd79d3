"""Tells the prices of the made up market as a stream would: what moved, every second or as often as one likes.

Within a minute the simulator's prices go straight, so it is asked for both ends of each minute, and what lies between
is worked out: the stream and the quotes never differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final, NamedTuple, final

from adapters.market_data.simulator import listings
from adapters.market_data.simulator.client import NAME, Simulator
from adapters.market_data.simulator.settings import SimulatorSettings
from application.market_data.calendars import TradingCalendar
from application.market_data.live.ports import FeedHealth, TickFeed
from application.market_data.ports import SourceFailed
from application.shared.ports import Clock
from domain.market_data.quote import Quote
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker

# half of what lies between bid and ask, of the price
_HALF_SPREAD: Final = Decimal("0.0001")
_ROUNDING: Final = Context(prec=28, rounding=ROUND_HALF_EVEN)
_ALMOST_A_MINUTE: Final = timedelta(seconds=59, microseconds=999_999)
# others are let in between so many
_AT_ONCE: Final = 5
_OUTAGE_S: Final = 5.0


@final
class _Hands(Clock):
    """A clock that is told the time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return what it was told."""
        return self.at


class _Minute(NamedTuple):
    """What a thing costs when a minute begins and when it ends."""

    start: datetime
    begins: Quote
    ends: Quote

    def update(self, now: datetime) -> TickUpdate:
        """Return what is told at an instant of the minute."""
        first, last = self.begins.price, self.ends.price
        through = Decimal((now - self.start) // timedelta(microseconds=1)).scaleb(-6) / 60
        price = (first + (last - first) * through).quantize(first, context=_ROUNDING)
        half = (price * _HALF_SPREAD).quantize(first, context=_ROUNDING)
        stands_still = self.ends.provenance.as_of == self.begins.provenance.as_of
        return TickUpdate(
            ticker=self.begins.ticker,
            provider=NAME,
            as_of=self.begins.provenance.as_of if stands_still else now,
            received_at=now,
            currency=self.begins.currency,
            simulated=True,
            last=price,
            bid=price - half,
            ask=price + half,
            volume=self.begins.volume,
            open=self.begins.open,
            high=self.begins.high,
            low=self.begins.low,
            previous_close=self.begins.previous_close,
        )


@final
class SimulatedFeed(TickFeed):
    """Tells all that is followed every `tick_s` seconds."""

    def __init__(self, settings: SimulatorSettings, calendar: TradingCalendar, clock: Clock) -> None:
        self._clock = clock
        self._tick_s = settings.tick_s
        self._hands = _Hands(clock.now())
        self._source = Simulator(settings, calendar, self._hands)
        self._followed: frozenset[Ticker] = frozenset()
        self._minutes: dict[Ticker, _Minute] = {}
        self._told_at: datetime | None = None

    @property
    def provider(self) -> str:
        """The simulator's name."""
        return NAME

    def carries(self, ticker: Ticker) -> bool:
        """Whether the simulator makes it up."""
        return listings.find(ticker) is not None

    def follow(self, tickers: frozenset[Ticker]) -> frozenset[Ticker]:
        """Hear of these; there is room for all."""
        self._followed = tickers
        return frozenset()

    def faltering(self) -> frozenset[Ticker]:
        """Return all of it in an outage."""
        return frozenset() if self.health().is_alive else self._followed

    async def run(self, receive: Callable[[Sequence[TickUpdate]], None]) -> None:
        """Tell all that is followed, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            followed = self._followed
            self._minutes = {ticker: known for ticker, known in self._minutes.items() if ticker in followed}
            try:
                await self._look_ahead(sorted(followed))
                now = self._clock.now()
                receive([known.update(now) for known in self._minutes.values()])
                self._told_at = now
            except SourceFailed:
                # an outage that was asked for: a stream would be as silent
                self._minutes = {}
            await asyncio.sleep(max(0.0, began + self._tick_s - loop.time()))

    async def _look_ahead(self, tickers: Sequence[Ticker]) -> None:
        """Know this minute of all; raise SourceFailed in one with an outage."""
        start = self._clock.now().replace(second=0, microsecond=0)
        new = [each for each in tickers if each not in self._minutes or self._minutes[each].start != start]
        for first in range(0, len(new), _AT_ONCE):
            part = new[first : first + _AT_ONCE]
            self._hands.at = start
            begins = await self._source.quotes(part)
            self._hands.at = start + _ALMOST_A_MINUTE
            ends = await self._source.quotes(part)
            self._minutes |= {each: _Minute(start, begins[each], ends[each]) for each in part if each in begins}
            await asyncio.sleep(0)

    def health(self) -> FeedHealth:
        """Return for how long the simulator has simulated an outage."""
        silent_s = None
        if self._followed and self._told_at is not None:
            silent_s = (self._clock.now() - self._told_at).total_seconds()
        return FeedHealth(
            provider=NAME,
            is_alive=silent_s is None or silent_s < self._tick_s + _OUTAGE_S,
            connections=1,
            followed=len(self._followed),
            silent_s=silent_s,
            reconnects=0,
        )
