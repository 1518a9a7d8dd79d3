"""Profit and loss in another currency, at the rates of the days on which money moved.

What was paid counts at the rate of the day it was paid on, and what came in at the rate of the day it came in on. The
difference to the gain in its own currency at the last day's rate is what the currency itself did:

    gain converted  = price effect + currency effect
    price effect    = gain x rate(close)
    currency effect = basis x (rate(close) - rate(open))

`basis` is what was put in: the cost of a long, and for a short, which brings money first, its opening proceeds with a
minus, as in `Position.open_cost`. So for a long both add up to proceeds x rate(close) - cost x rate(open), and for a
short to proceeds x rate(open) - cost x rate(close). An open position is told as if it were closed at its mark.

Sums over many gains need only be known per day: everything is linear in the rates. What has a day without a rate is
taken out as a whole and listed by that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from domain.ledger.exchange import Rate, RateSource
from domain.shared.money import EXACT, ZERO, Currency


class Closed(NamedTuple):
    """What was closed on a day: the gain in its own currency, and the basis that went out with it."""

    day: date
    gain: Decimal
    basis: Decimal


class Opened(NamedTuple):
    """The basis of what was opened on a day and closed on the days of `Closed`."""

    day: date
    basis: Decimal


class Spanning(NamedTuple):
    """What was opened on one day and closed on another; a part of `Opened` and of `Closed`."""

    opened: date
    closed: date
    gain: Decimal
    basis: Decimal


class Held(NamedTuple):
    """An open position at its mark, and its open cost by the days on which its lots were opened.

    Without `parts` that is told for several positions together, by `Movements.lots`.
    """

    position_id: UUID
    day: date
    market_value: Decimal
    open_cost: Decimal
    parts: tuple[Opened, ...] = ()


class Unconverted(NamedTuple):
    """A gain in its own currency that is in no converted sum, for want of a rate on the day."""

    day: date
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Effects:
    """A gain in another currency, and what the price and the currency have each done to it."""

    price: Decimal = ZERO
    currency: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """The gain: the sum of the effects."""
        return EXACT.add(self.price, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """What happened in one currency and is to be told in another, with the rates that there are for its days.

    `spanning` are those with one day without a rate. `lots` is the open cost of the positions that do not tell their
    own parts; each of their days has a rate.
    """

    base: Currency
    quote: Currency
    closed: Sequence[Closed] = ()
    opened: Sequence[Opened] = ()
    spanning: Sequence[Spanning] = ()
    held: Sequence[Held] = ()
    lots: Sequence[Opened] = ()
    rates: Mapping[date, Rate]


class RatesUsed(NamedTuple):
    """How many rates of a source went into sums, and the first and the last day they were published on."""

    source: RateSource
    number: int
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """Profit and loss of one currency, told in another."""

    base: Currency
    quote: Currency
    realised: Effects
    realised_unconverted: tuple[Unconverted, ...]
    unrealised: Effects
    unrealised_unconverted: tuple[Unconverted, ...]
    rates: tuple[RatesUsed, ...]


def convert(movements: Movements) -> Converted:
    """Tell profit and loss in another currency; exact, but for the 18 places of each rate."""
    rates = {day: rate.value for day, rate in movements.rates.items()}
    realised, unrealised = _Sums(), _Sums()
    with localcontext(EXACT):
        _add_closed(realised, movements, rates)
        for held in movements.held:
            _add_held(unrealised, held, rates)
        for lot in movements.lots:
            unrealised.currency -= lot.basis * rates[lot.day]
    return Converted(
        base=movements.base,
        quote=movements.quote,
        realised=Effects(realised.price, realised.currency),
        realised_unconverted=realised.apart(),
        unrealised=Effects(unrealised.price, unrealised.currency),
        unrealised_unconverted=unrealised.apart(),
        rates=_used(movements),
    )


def missing(held: Held, rates: Mapping[date, object]) -> date | None:
    """Return a day without whose rate the position cannot be told: that of its mark, or the first of its lots'."""
    if held.day not in rates:
        return held.day
    return min((part.day for part in held.parts if part.basis and part.day not in rates), default=None)


@dataclass(slots=True)
class _Sums:
    """Running sums; lives within the exact context."""

    price: Decimal = ZERO
    currency: Decimal = ZERO
    without: dict[date, Decimal] = field(default_factory=dict[date, Decimal])

    def leave(self, day: date, gain: Decimal) -> None:
        self.without[day] = self.without.get(day, ZERO) + gain

    def apart(self) -> tuple[Unconverted, ...]:
        return tuple(Unconverted(day, self.without[day]) for day in sorted(self.without))


def _add_closed(sums: _Sums, movements: Movements, rates: Mapping[date, Decimal]) -> None:
    for closed in movements.closed:
        rate = rates.get(closed.day)
        if rate is None:
            sums.leave(closed.day, closed.gain)
        else:
            sums.price += closed.gain * rate
            sums.currency += closed.basis * rate
    for opened in movements.opened:
        rate = rates.get(opened.day)
        if rate is not None:
            sums.currency -= opened.basis * rate
    # what is in one of the two sums and not in the other goes out of it again
    for span in movements.spanning:
        closing, opening = rates.get(span.closed), rates.get(span.opened)
        if closing is not None and opening is None:
            sums.price -= span.gain * closing
            sums.currency -= span.basis * closing
            sums.leave(span.opened, span.gain)
        elif closing is None and opening is not None:
            sums.currency += span.basis * opening


def _add_held(sums: _Sums, held: Held, rates: Mapping[date, Decimal]) -> None:
    gain = held.market_value - held.open_cost
    day = missing(held, rates)
    if day is not None:
        sums.leave(day, gain)
        return
    mark = rates[held.day]
    sums.price += gain * mark
    sums.currency += held.open_cost * mark
    for part in held.parts:
        if part.basis:
            sums.currency -= part.basis * rates[part.day]


def _used(movements: Movements) -> tuple[RatesUsed, ...]:
    """Return which rates there were for the sums, source by source; a currency in itself needs none."""
    if movements.base == movements.quote:
        return ()
    by_source: dict[RateSource, set[date]] = {}
    for rate in movements.rates.values():
        by_source.setdefault(rate.source, set()).add(rate.day)
    return tuple(
        RatesUsed(source, len(days), min(days), max(days)) for source, days in sorted(by_source.items(), key=str)
    )
