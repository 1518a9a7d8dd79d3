"""The made up market: what a thing costs at any moment, day by day and minute by minute.

Days follow a geometric Brownian motion, anchored at the day of reference; within a day prices go from its open to its
close between its low and its high, so that bars of all lengths agree. A currency pair and a coin are the quotient of
what both are worth in dollars, so that no round trip gains anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import exp, log, sqrt
from typing import Final, NamedTuple, final

from adapters.market_data.simulator.listings import WORTH, Simulated
from adapters.market_data.simulator.walk import Walk, chance, deviation
from domain.market_data.bar import Dividend

FIRST: Final = date(1995, 1, 1)
_REFERENCE: Final = (date(2025, 1, 1) - FIRST).days
_DAYS: Final = 14
_MINUTES: Final = 11
_YEAR: Final = 365
_DRIFT: Final = 0.06
_QUARTER: Final = 91
_SINCE_THE_WEEKEND: Final = frozenset({1, 2})
# how far opening lies from the close before, and how far a day reaches beyond open and close, in days' deviations
_GAP: Final = 0.3
_REACH: Final = 0.4
# once in so many days trading in a thing is halted for half an hour
_HALTS: Final = 1 / 120
_HALT: Final = 30


class Day(NamedTuple):
    """The prices of one day, as they were told on it."""

    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one day of trading: prices at their bounds, and those in which trading was halted.

    In the minutes `highest` and `lowest` the price touches what is the day's high and low.
    """

    day: Day
    prices: Sequence[float]
    halted: range
    highest: int
    lowest: int

    def over(self, first: int, last: int) -> Day | None:
        """Return what was traded from one minute until before another; None if nothing was."""
        traded = [at for at in range(first, last) if at not in self.halted]
        if not traded:
            return None
        bounds = [self.prices[at + side] for at in traded for side in (0, 1)]
        high = self.day.high if self.highest in traded else max(bounds)
        low = self.day.low if self.lowest in traded else min(bounds)
        volume = self.day.volume * len(traded) / (len(self.prices) - 1 - len(self.halted))
        return Day(self.prices[traded[0]], high, low, self.prices[traded[-1] + 1], volume)


@final
class MadeUpMarket:
    """One for each seed. Everything is a function of the seed, the thing and the moment."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._walks: dict[str, Walk] = {}
        self.day = lru_cache(maxsize=20_000)(self._day)
        self.minutes = lru_cache(maxsize=200)(self._minutes)

    def close(self, thing: Simulated, day: date, units_of: date) -> float:
        """Return the close of a day, in the units of another."""
        return self._close(thing, day) * units_after(thing, units_of)

    def _day(self, thing: Simulated, day: date, before: date) -> Day:
        """Return a day's prices; `before` is the day of trading before it."""
        name, step = str(thing.ticker), day.toordinal()
        deviating = thing.spread / sqrt(_YEAR)
        close = self._close(thing, day)
        opened = self._close(thing, before) * exp(_GAP * deviating * deviation(self._seed, name, step, "open"))
        up, down = (abs(deviation(self._seed, name, step, side)) * _REACH * deviating for side in ("up", "down"))
        high, low = max(opened, close) * exp(up), min(opened, close) * exp(-down)
        busy = exp(0.3 * deviation(self._seed, name, step, "volume")) * (1 + 10 * abs(log(close / opened)))
        units = units_after(thing, day)
        volume = 2e9 / thing.price * busy / units
        return Day(opened * units, high * units, low * units, close * units, volume)

    def _minutes(self, thing: Simulated, day: date, before: date, count: int) -> Minutes:
        """Return the prices at the bounds of a day's minutes: one more than there are minutes."""
        name, told = f"{thing.ticker}|{day}", self.day(thing, day, before)
        walk = Walk(f"{self._seed}|{name}", _MINUTES)
        size = thing.spread / sqrt(_YEAR) * 0.6 / sqrt(count)
        end = walk.at(count)
        start, rise = log(told.open), log(told.close / told.open)
        prices = [
            _turned(exp(start + rise * at / count + size * (walk.at(at) - end * at / count)), told.low, told.high)
            for at in range(count + 1)
        ]
        halt = range(0)
        if chance(self._seed, name, "halt") < _HALTS and count > 2 * _HALT:
            begins = int(chance(self._seed, name, "halted") * (count - 2 * _HALT))
            halt = range(begins, begins + _HALT)
        traded = [at for at in range(count) if at not in halt]
        highest = max(traded, key=prices.__getitem__)
        lowest = min(traded, key=prices.__getitem__)
        return Minutes(told, prices, halt, highest, lowest)

    def _close(self, thing: Simulated, day: date) -> float:
        """Return the close in the units of today."""
        pair = thing.ticker.pair
        if pair is None:
            return thing.price * self._grown(str(thing.ticker), thing.spread, _DRIFT, day)
        base, quote = (self._worth(each.code, day) for each in pair)
        return base / quote

    def _worth(self, code: str, day: date) -> float:
        _, price, spread = WORTH[code]
        return price * self._grown(code, spread, 0.0, day)

    def _grown(self, name: str, spread: float, drift: float, day: date) -> float:
        if not spread:
            return 1.0
        walk = self._walks.get(name)
        if walk is None:
            walk = self._walks[name] = Walk(f"{self._seed}|{name}", _DAYS)
        step = (day - FIRST).days
        moved = walk.at(step) - walk.at(_REFERENCE)
        return exp((spread * moved / sqrt(_YEAR)) + drift * (step - _REFERENCE) / _YEAR)


def _turned(price: float, low: float, high: float) -> float:
    """Return the price as far inside of the bounds as it lies outside: held at one it would stand still for hours."""
    span = high - low
    if span <= 0:
        return low
    beyond = (price - low) % (2 * span)
    return low + min(beyond, 2 * span - beyond)


def units_after(thing: Simulated, day: date) -> float:
    """Return how many units of today one of that day has become."""
    units = 1.0
    for split in thing.splits:
        if split.day > day:
            units *= split.new / split.old
    return units


def pays(thing: Simulated, day: date) -> bool:
    """Tell whether somebody who holds it on that day is paid: once a quarter, on a Monday instead of a weekend."""
    after = (day.toordinal() + int(chance(thing.name) * _QUARTER)) % _QUARTER
    return thing.dividend > 0 and (after == 0 or (day.weekday() == 0 and after in _SINCE_THE_WEEKEND))


def paid(thing: Simulated, day: date, price: float) -> Dividend:
    """Return what is paid for a unit of that price."""
    return Dividend(day, _amount(price * thing.dividend / 4))


def _amount(value: float) -> Decimal:
    return Decimal(f"{value:.4f}")
