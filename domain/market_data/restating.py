"""Restating prices for splits and dividends, so that a series shows what a holder gained and no gaps that nobody felt.

Bars are kept as they were traded; what was done to the units since is kept beside them, as factors. The method is that
of CRSP: before a split a price is multiplied by old / new units and a volume by new / old; before a dividend a price is
multiplied by the share of the close before it that the dividend leaves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import chain
from typing import Final, TypeAlias

from domain.market_data.bar import Adjustment, Bar, Dividend, Interval, Split
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, round_share

DayOf: TypeAlias = Callable[[datetime], date]

PRICE_DIGITS: Final = 12
_RESTATED: Final = Context(prec=PRICE_DIGITS, rounding=ROUND_HALF_EVEN)
# products of many factors are cut off far behind the digits of any price
_FACTORS: Final = Context(prec=50, rounding=ROUND_HALF_EVEN)
_ONE: Final = Decimal(1)
_HALF_A_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Factor:
    """What happened before a day's trading: `new` units for `old`, and a dividend that leaves a share of the price.

    `amount` is for a unit of that day, as it was paid; 0 is none, and leaves a share of 1.
    """

    day: date
    new: int = 1
    old: int = 1
    amount: Decimal = ZERO
    share: Decimal = _ONE


def days_of(interval: Interval, zone: tzinfo) -> DayOf:
    """Return what tells the day of trading that a bar begins; from a day on, any zone's midnight tells its date."""
    if interval.length is None:
        # no zone is twelve hours or more from UTC where anything is traded
        return lambda start: (start + _HALF_A_DAY).date()
    return lambda start: start.astimezone(zone).date()


def factors_of(
    bars: Sequence[Bar], splits: Sequence[Split], dividends: Sequence[Dividend], day_of: DayOf
) -> tuple[Factor, ...]:
    """Return the factors, oldest first; bars and amounts are as traded, or both restated for splits.

    Two of a kind on one day count together. A dividend before the first bar leaves its share to be found where the
    price before it is known, and one that is not less than that price cannot be true: the share of both is 1.
    """
    ratios: dict[date, Fraction] = {}
    for split in splits:
        if split.new <= 0 or split.old <= 0:
            raise Invalid(f"A split of {split.new} for {split.old} units is none.", field="split")
        ratios[split.day] = ratios.get(split.day, Fraction(1)) * Fraction(split.new, split.old)
    amounts: dict[date, Decimal] = {}
    for dividend in dividends:
        amounts[dividend.day] = EXACT.add(amounts.get(dividend.day, ZERO), dividend.amount)
    return tuple(
        _factor(day, ratios.get(day, Fraction(1)), amounts.get(day, ZERO), _close_before(bars, day, day_of))
        for day in sorted(ratios.keys() | amounts.keys())
    )


def traded_amounts(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """Return the factors with amounts as they were paid, where these were restated for the splits since."""
    since = Fraction(1)
    found: list[Factor] = []
    for factor in reversed(factors):
        amount = round_share(factor.amount, Decimal(since.numerator), Decimal(since.denominator))
        found.append(Factor(factor.day, factor.new, factor.old, amount, factor.share))
        since *= Fraction(factor.new, factor.old)
    return tuple(reversed(found))


def restated(
    bars: Sequence[Bar], factors: Sequence[Factor], day_of: DayOf, *, have: Adjustment, want: Adjustment
) -> list[Bar]:
    """Return bars with prices restated to 12 digits half-even, and volumes to 18 places; those not concerned as is.

    The factors are all since the first of the bars until now; those of a day move what is before it.
    """
    prices, volumes = _ratios(have, want)
    parts: list[Sequence[Bar]] = []
    end = len(bars)
    price, volume = _ONE, Fraction(1)
    for factor in reversed(factors):
        begin = bisect_left(bars, factor.day, hi=end, key=lambda bar: day_of(bar.start))
        parts.append(_moved(bars[begin:end], price, volume))
        end = begin
        price = _FACTORS.multiply(price, prices(factor))
        volume *= volumes(factor)
    parts.append(_moved(bars[:end], price, volume))
    return [*chain.from_iterable(reversed(parts))]


def restated_dividends(factors: Sequence[Factor], want: Adjustment) -> list[Dividend]:
    """Return the dividends for a unit of a series that is restated so, oldest first."""
    if want is Adjustment.NONE:
        return [Dividend(factor.day, factor.amount) for factor in factors if factor.amount]
    since = Fraction(1)
    found: list[Dividend] = []
    for factor in reversed(factors):
        if factor.amount:
            amount = round_share(factor.amount, Decimal(since.denominator), Decimal(since.numerator))
            found.append(Dividend(factor.day, amount))
        since *= Fraction(factor.new, factor.old)
    return found[::-1]


def splits_in(factors: Sequence[Factor]) -> list[Split]:
    """Return the splits, oldest first."""
    return [Split(factor.day, factor.new, factor.old) for factor in factors if factor.new != factor.old]


def _factor(day: date, ratio: Fraction, amount: Decimal, close: Decimal | None) -> Factor:
    share = _ONE
    if close is not None and amount:
        # the close in units of the day, of which the amount is
        reference = round_share(close, Decimal(ratio.denominator), Decimal(ratio.numerator))
        if amount < reference:
            share = round_share(EXACT.subtract(reference, amount), _ONE, reference)
    return Factor(day, ratio.numerator, ratio.denominator, amount, share)


def _close_before(bars: Sequence[Bar], day: date, day_of: DayOf) -> Decimal | None:
    position = bisect_left(bars, day, key=lambda bar: day_of(bar.start))
    return bars[position - 1].close if position else None


_STEPS: Final[Mapping[Adjustment, int]] = {
    Adjustment.NONE: 0,
    Adjustment.SPLITS: 1,
    Adjustment.SPLITS_AND_DIVIDENDS: 2,
}


def _ratios(have: Adjustment, want: Adjustment) -> tuple[Callable[[Factor], Decimal], Callable[[Factor], Fraction]]:
    """Return by what each factor multiplies prices and volumes on the way from one adjustment to another."""
    more_splits = min(_STEPS[want], 1) - min(_STEPS[have], 1)
    more_dividends = max(_STEPS[want], 1) - max(_STEPS[have], 1)

    def prices(factor: Factor) -> Decimal:
        ratio = _ONE
        if more_splits:
            top, bottom = (factor.old, factor.new) if more_splits > 0 else (factor.new, factor.old)
            ratio = _FACTORS.divide(Decimal(top), Decimal(bottom))
        if more_dividends:
            apply = _FACTORS.multiply if more_dividends > 0 else _FACTORS.divide
            ratio = apply(ratio, factor.share)
        return ratio

    def volumes(factor: Factor) -> Fraction:
        return Fraction(factor.new, factor.old) ** more_splits

    return prices, volumes


def _moved(bars: Sequence[Bar], price: Decimal, volume: Fraction) -> Sequence[Bar]:
    if not bars or (price == _ONE and volume == 1):
        return bars
    multiply = _RESTATED.multiply
    move = _mover(volume)
    return [
        Bar(
            start,
            multiply(opened, price),
            multiply(high, price),
            multiply(low, price),
            multiply(close, price),
            move(traded),
        )
        for start, opened, high, low, close, traded in bars
    ]


def _mover(ratio: Fraction) -> Callable[[Decimal], Decimal]:
    """Return what restates a volume; whole units for one lose no digit, and are told in a fifth of the time."""
    new, old = Decimal(ratio.numerator), Decimal(ratio.denominator)
    if old == _ONE:
        return _same if new == _ONE else lambda traded: EXACT.multiply(traded, new)
    return lambda traded: round_share(traded, new, old)


def _same(traded: Decimal) -> Decimal:
    return traded
