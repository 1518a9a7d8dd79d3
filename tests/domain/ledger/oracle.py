"""An independent ledger in exact fractions, deliberately naive, to check the engine against.

It shares no code and no structure with the engine. The engine walks the history once and keeps a running
state; this works in passes over the whole history: first who closes whom and how much (by scanning all
earlier trades for every trade), then each trade's fee dealt out over those uses, then money. Under average
cost the money is dealt out from a pool that is added up anew for every use. Input and output are plain
strings, tuples and fractions. It is quadratic and does not mind.
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
    selection: tuple[tuple[Hashable, Fraction], ...] = ()


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
    # under average cost: units, value without fees and fees of all that is open; an open trade's fee is then in here
    pool: tuple[Fraction, Fraction, Fraction] = (NOTHING, NOTHING, NOTHING)


@dataclass(slots=True)
class _Use:
    fill: Fill
    closes: list[tuple[int, Fraction]] = field(default_factory=list[tuple[int, Fraction]])
    opened: Fraction = NOTHING
    missing: Fraction = NOTHING
    closed_by: list[tuple[int, Fraction]] = field(default_factory=list[tuple[int, Fraction]])

    def still_open(self) -> Fraction:
        return self.opened - sum((quantity for _, quantity in self.closed_by), NOTHING)


def books(fills: Sequence[Fill], multiplier: Fraction, *, can_short: bool, method: str = "fifo") -> Books:
    """Work the whole history out under a method: fifo, lifo, hifo, average or specific."""
    ordered = sorted(fills, key=lambda fill: fill.place)
    uses = _pair_up(ordered, method, can_short=can_short)
    result = Books()
    costs = _pooled_costs(uses, multiplier, result) if method == "average" else _own_costs(uses, multiplier)
    for index, use in enumerate(uses):
        shares, rest = _deal_closing(use)
        for (opener, quantity), close_fee in zip(use.closes, shares, strict=True):
            opening = uses[opener]
            value, open_fee = costs[opener, index]
            gain = opening.fill.sign * (quantity * use.fill.price * multiplier - value)
            result.pairs.append(
                Pair(opening.fill.name, use.fill.name, quantity, open_fee, close_fee, gain - open_fee - close_fee)
            )
        if use.missing:
            result.missing[use.fill.name] = (use.missing, use.missing * use.fill.price * multiplier - rest)
        if use.still_open():
            fee = NOTHING if method == "average" else _deal_opening(use)[-1]
            result.open[use.fill.name] = (use.still_open(), fee)
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


def _pair_up(ordered: Sequence[Fill], method: str, *, can_short: bool) -> list[_Use]:
    uses: list[_Use] = []
    for index, fill in enumerate(ordered):
        use = _Use(fill)
        taken: dict[int, Fraction] = {}
        for earlier, at_most in _wishes(uses, fill, method):
            candidate = uses[earlier]
            available = candidate.still_open() - taken.get(earlier, NOTHING)
            left = fill.quantity - sum(taken.values(), NOTHING)
            if candidate.fill.sign != fill.sign and min(available, at_most, left) > 0:
                taken[earlier] = taken.get(earlier, NOTHING) + min(available, at_most, left)
        for earlier, quantity in taken.items():
            use.closes.append((earlier, quantity))
            uses[earlier].closed_by.append((index, quantity))
        left = fill.quantity - sum(taken.values(), NOTHING)
        if fill.sign > 0 or can_short:
            use.opened = left
        else:
            use.missing = left
        uses.append(use)
    return uses


def _wishes(uses: Sequence[_Use], fill: Fill, method: str) -> list[tuple[int, Fraction]]:
    """All earlier trades in the order in which this one would close them, each with how much of it at most."""
    places = list(range(len(uses)))
    if method == "lifo":
        places.reverse()
    elif method == "hifo":
        places.sort(key=lambda place: -uses[place].fill.price)
    chosen = () if method == "average" else fill.selection
    by_name = {use.fill.name: place for place, use in enumerate(uses)}
    wishes = [(by_name[name], quantity) for name, quantity in chosen if name in by_name]
    return wishes + [(place, fill.quantity) for place in places]


def _own_costs(uses: Sequence[_Use], multiplier: Fraction) -> dict[tuple[int, int], tuple[Fraction, Fraction]]:
    """What each use of an opening trade by a closing one cost: at its own price, with its share of its fee."""
    costs: dict[tuple[int, int], tuple[Fraction, Fraction]] = {}
    for place, use in enumerate(uses):
        for (closer, quantity), fee in zip(use.closed_by, _deal_opening(use), strict=False):
            costs[place, closer] = (quantity * use.fill.price * multiplier, fee)
    return costs


def _pooled_costs(
    uses: Sequence[_Use], multiplier: Fraction, result: Books
) -> dict[tuple[int, int], tuple[Fraction, Fraction]]:
    """The same out of a pool: each use gets its part of all that has come in and not gone out before it."""
    costs: dict[tuple[int, int], tuple[Fraction, Fraction]] = {}
    came: list[tuple[Fraction, Fraction, Fraction]] = []
    went: list[tuple[Fraction, Fraction, Fraction]] = []

    def pool(column: int) -> Fraction:
        return sum((row[column] for row in came), NOTHING) - sum((row[column] for row in went), NOTHING)

    for place, use in enumerate(uses):
        for opener, quantity in use.closes:
            parts = [quantity] if quantity == pool(0) else [quantity, pool(0) - quantity]
            value, fee = deal(pool(1), parts)[0], deal(pool(2), parts)[0]
            costs[opener, place] = (value, fee)
            went.append((quantity, value, fee))
        if use.opened:
            came.append((use.opened, use.opened * use.fill.price * multiplier, _closing_and_opening_fee(use)[1]))
    result.pool = (pool(0), pool(1), pool(2))
    return costs


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
