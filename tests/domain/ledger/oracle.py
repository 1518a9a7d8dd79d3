"""An independent ledger in exact fractions, deliberately naive, to check the engine against.

It shares no code and no structure with the engine. The engine walks the history once and keeps a running
state; this works in passes over the whole history: first who closes whom and how much (by scanning all
earlier trades for every trade), then each trade's fee dealt out over those uses, then money. Input and
output are plain tuples and fractions. It is quadratic and does not mind.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

NOTHING = Fraction(0)
SCALE = 10**18


class Fill(NamedTuple):
    """A trade: its place in time, a name, +1 for a purchase or -1 for a sale, quantity, price, fee."""

    place: tuple[Hashable, ...]
    name: Hashable
    sign: int
    quantity: Fraction
    price: Fraction
    fee: Fraction


class Pair(NamedTuple):
    """So much of an opening trade closed by a later one, and what that earned after both fee shares."""

    opener: Hashable
    closer: Hashable
    quantity: Fraction
    open_fee: Fraction
    close_fee: Fraction
    realised: Fraction


class Episode(NamedTuple):
    """From flat to flat, or still open."""

    opener: Hashable
    closer: Hashable | None
    peak: Fraction
    bought: tuple[Fraction, Fraction]
    sold: tuple[Fraction, Fraction]
    fees: Fraction
    realised: Fraction
    trades: int
    last: Hashable


@dataclass(slots=True)
class Books:
    """What the history comes to."""

    pairs: list[Pair] = field(default_factory=list[Pair])
    open: dict[Hashable, tuple[Fraction, Fraction]] = field(default_factory=dict[Hashable, tuple[Fraction, Fraction]])
    missing: dict[Hashable, tuple[Fraction, Fraction]] = field(
        default_factory=dict[Hashable, tuple[Fraction, Fraction]]
    )
    episodes: list[Episode] = field(default_factory=list[Episode])


@dataclass(slots=True)
class _Use:
    fill: Fill
    closes: list[tuple[int, Fraction]] = field(default_factory=list[tuple[int, Fraction]])
    opened: Fraction = NOTHING
    missing: Fraction = NOTHING
    closed_by: list[tuple[int, Fraction]] = field(default_factory=list[tuple[int, Fraction]])

    def still_open(self) -> Fraction:
        return self.opened - sum((quantity for _, quantity in self.closed_by), NOTHING)


def books(fills: Sequence[Fill], multiplier: Fraction, *, can_short: bool) -> Books:
    """Work the whole history out."""
    ordered = sorted(fills, key=lambda fill: fill.place)
    uses = _pair_up(ordered, can_short=can_short)
    result = Books()
    open_fees = [_deal_opening(use) for use in uses]
    for index, use in enumerate(uses):
        shares, rest = _deal_closing(use)
        for (opener, quantity), close_fee in zip(use.closes, shares, strict=True):
            opening = uses[opener]
            nth = [closer for closer, _ in opening.closed_by].index(index)
            open_fee = open_fees[opener][nth]
            gain = opening.fill.sign * quantity * (use.fill.price - opening.fill.price) * multiplier
            result.pairs.append(
                Pair(opening.fill.name, use.fill.name, quantity, open_fee, close_fee, gain - open_fee - close_fee)
            )
        if use.missing:
            result.missing[use.fill.name] = (use.missing, use.missing * use.fill.price * multiplier - rest)
        if use.still_open():
            result.open[use.fill.name] = (use.still_open(), open_fees[index][-1])
    result.episodes = _episodes(uses, result)
    return result


def round_half_even(value: Fraction) -> Fraction:
    """Round to 18 places; a tie goes to the even neighbour."""
    whole, rest = divmod(value.numerator * SCALE, value.denominator)
    if 2 * rest > value.denominator or (2 * rest == value.denominator and whole % 2 == 1):
        whole += 1
    return Fraction(whole, SCALE)


def deal(total: Fraction, parts: Sequence[Fraction]) -> list[Fraction]:
    """Deal a total out by size: each part gets its rounded share of what is left, so the last gets the rest."""
    shares: list[Fraction] = []
    for index, part in enumerate(parts):
        left = total - sum(shares, NOTHING)
        to_come = sum(parts[index:], NOTHING)
        shares.append(left if part == to_come else round_half_even(left * part / to_come))
    return shares


def _pair_up(ordered: Sequence[Fill], *, can_short: bool) -> list[_Use]:
    uses: list[_Use] = []
    for index, fill in enumerate(ordered):
        use = _Use(fill)
        left = fill.quantity
        for earlier, candidate in enumerate(uses):
            available = candidate.still_open()
            if candidate.fill.sign != fill.sign and available > 0 and left > 0:
                quantity = min(available, left)
                use.closes.append((earlier, quantity))
                candidate.closed_by.append((index, quantity))
                left -= quantity
        if fill.sign > 0 or can_short:
            use.opened = left
        else:
            use.missing = left
        uses.append(use)
    return uses


def _closing_and_opening_fee(use: _Use) -> tuple[Fraction, Fraction]:
    if not use.opened:
        return use.fill.fee, NOTHING
    if not use.closes:
        return NOTHING, use.fill.fee
    closing, opening = deal(use.fill.fee, [use.fill.quantity - use.opened, use.opened])
    return closing, opening


def _deal_opening(use: _Use) -> list[Fraction]:
    parts = [quantity for _, quantity in use.closed_by]
    return deal(_closing_and_opening_fee(use)[1], [*parts, use.still_open()] if use.still_open() else parts)


def _deal_closing(use: _Use) -> tuple[list[Fraction], Fraction]:
    parts = [quantity for _, quantity in use.closes]
    fee = _closing_and_opening_fee(use)[0]
    if use.missing:
        *shares, rest = deal(fee, [*parts, use.missing])
        return shares, rest
    return deal(fee, parts), NOTHING


def _episodes(uses: Sequence[_Use], result: Books) -> list[Episode]:
    """Cut the history where the signed sum of what was opened and closed is zero."""
    boundaries: list[tuple[int, int | None]] = []
    start: int | None = None
    held = NOTHING
    for index, use in enumerate(uses):
        held += use.fill.sign * sum((quantity for _, quantity in use.closes), NOTHING)
        if use.closes and not held and start is not None:
            boundaries.append((start, index))
            start = None
        if use.opened and start is None:
            start = index
        held += use.fill.sign * use.opened
    if start is not None:
        boundaries.append((start, None))
    return [_episode(uses, result, first, last) for first, last in boundaries]


def _episode(uses: Sequence[_Use], result: Books, first: int, last: int | None) -> Episode:
    sign = uses[first].fill.sign
    stop = len(uses) if last is None else last + 1
    peak = held = entered = entry_value = exited = exit_value = fees = NOTHING
    names: list[Hashable] = []
    for use in uses[first:stop]:
        fill = use.fill
        if fill.sign == sign and use.opened:
            held += use.opened
            entered += use.opened
            entry_value += use.opened * fill.price
            fees += _closing_and_opening_fee(use)[1]
            names.append(fill.name)
        elif fill.sign != sign and use.closes:
            quantity = sum((part for _, part in use.closes), NOTHING)
            held -= quantity
            exited += quantity
            exit_value += quantity * fill.price
            fees += sum(_deal_closing(use)[0], NOTHING)
            names.append(fill.name)
        peak = max(peak, held)
    # the same trade may close one episode and open the next: an episode earns what its own lots earn
    openers = {use.fill.name for use in uses[first:stop] if use.fill.sign == sign and use.opened}
    realised = sum((pair.realised for pair in result.pairs if pair.opener in openers), NOTHING)
    closer = None if last is None else uses[last].fill.name
    return Episode(
        uses[first].fill.name,
        closer,
        peak,
        (entered, entry_value),
        (exited, exit_value),
        fees,
        realised,
        len(names),
        names[-1],
    )
