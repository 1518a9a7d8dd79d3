"""One account in one instrument, in exact fractions and naive: the part of `group_oracle` that knows cost methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from tests.domain.ledger.oracle import NOTHING, deal, round_half_even

# whatever can be compared and hashed: times and ids as the engine's tests have them
Key: TypeAlias = Any
# lots by name, each with the most that it is to give
Chosen: TypeAlias = tuple[tuple[Key, Fraction], ...]
ONE = Fraction(1)


class Trade(NamedTuple):
    """A trade: when, sequence, name; +1 for a purchase or -1 for a sale."""

    when: Key
    sequence: int
    name: Key
    account: Key
    instrument: Key
    sign: int
    quantity: Fraction
    price: Fraction
    fee: Fraction
    chosen: Chosen = ()


class Way(NamedTuple):
    """How an account counts."""

    method: str
    can_short: bool


@dataclass(slots=True)
class Piece:
    """An open lot. Without a cost of its own it costs units x price; under average cost all is in the pot."""

    name: Key
    born: tuple[Key, int]
    units: Fraction
    price: Fraction
    fee: Fraction
    cost: Fraction | None = None


class Closed(NamedTuple):
    """A disposal: its parts are (lot, units, cost with fees, proceeds less fees)."""

    name: Key
    parts: tuple[tuple[Key, Fraction, Fraction, Fraction], ...]
    missing: Fraction
    missing_proceeds: Fraction


@dataclass(slots=True)
class Shelf:
    """One account in one instrument: +1 or -1 for what is held, the pieces, and all that has come of them."""

    way: Way
    multiplier: Fraction
    sign: int = 0
    pieces: list[Piece] = field(default_factory=list[Piece])
    pot: tuple[Fraction, Fraction] = (NOTHING, NOTHING)
    closed: list[Closed] = field(default_factory=list[Closed])
    paid: Fraction = NOTHING
    received: Fraction = NOTHING
    fees: Fraction = NOTHING
    came: Fraction = NOTHING
    went: Fraction = NOTHING

    @property
    def pooled(self) -> bool:
        """Whether all pieces share one mean cost."""
        return self.way.method == "average"

    def by_age(self) -> list[Piece]:
        """The pieces, oldest first."""
        return sorted(self.pieces, key=lambda piece: (*piece.born, piece.name))

    def units(self) -> Fraction:
        """What is held, without a sign."""
        return sum((piece.units for piece in self.pieces), NOTHING)

    def value(self, piece: Piece) -> Fraction:
        """What a piece cost without fees."""
        return piece.units * piece.price * self.multiplier if piece.cost is None else piece.cost

    def worth(self) -> tuple[Fraction, Fraction]:
        """What all cost without fees, and the fees."""
        if self.pooled:
            return self.pot
        return sum(map(self.value, self.pieces), NOTHING), sum((piece.fee for piece in self.pieces), NOTHING)

    def cost(self) -> Fraction:
        """What all cost with fees; negative for a short: what it brought, less fees."""
        value, fee = self.worth()
        return value + fee if self.sign > 0 else fee - value

    def unpack(self) -> list[Piece]:
        """Give every piece its own cost, oldest first; `pack` must follow."""
        pieces = self.by_age()
        if self.pooled:
            sizes = [piece.units for piece in pieces]
            for piece, cost, fee in zip(pieces, deal(self.pot[0], sizes), deal(self.pot[1], sizes), strict=True):
                piece.cost, piece.fee = cost, fee
        return pieces

    def pack(self, pieces: Iterable[Piece]) -> None:
        """Hold these pieces."""
        self.pieces = [piece for piece in pieces if piece.units]
        if not self.pieces:
            self.sign = 0
        if self.pooled:
            self.pot = (
                sum(map(self.value, self.pieces), NOTHING),
                sum((piece.fee for piece in self.pieces), NOTHING),
            )

    def queue(self) -> list[Piece]:
        """The pieces in the order in which the method takes them."""
        pieces = self.by_age()
        if self.way.method == "lifo":
            pieces.reverse()
        if self.way.method == "hifo":
            pieces.sort(key=lambda piece: -piece.price)
        return pieces

    def wanted(self, quantity: Fraction, chosen: Chosen) -> list[tuple[Piece, Fraction]]:
        """Which pieces give how much: those chosen first, each named once, then the others."""
        by_name = {piece.name: piece for piece in self.pieces}
        wishes = [(by_name[name], most) for name, most in chosen if name in by_name and not self.pooled]
        wishes += [(piece, piece.units) for piece in self.queue()]
        given: dict[Key, Fraction] = {}
        for piece, most in wishes:
            left = quantity - sum(given.values(), NOTHING)
            part = min(most, left, piece.units - given.get(piece.name, NOTHING))
            if part > 0:
                given[piece.name] = given.get(piece.name, NOTHING) + part
        return [(by_name[name], part) for name, part in given.items()]

    def draw(self, piece: Piece, part: Fraction) -> tuple[Fraction, Fraction]:
        """Take units out of a piece; return their cost without fees and their fee."""
        if self.pooled:
            whole = self.units()
            cost, fee = deal(self.pot[0], [part, whole - part])[0], deal(self.pot[1], [part, whole - part])[0]
            self.pot = (self.pot[0] - cost, self.pot[1] - fee)
        else:
            cost, fee = split_off(piece, part, self.multiplier)
        piece.units -= part
        return cost, fee

    def sell(self, name: Key, quantity: Fraction, price: Fraction, fee: Fraction, chosen: Chosen) -> None:
        """Close so much of what is held; what is not there is missing."""
        takes = self.wanted(quantity, chosen)
        missing = quantity - sum((part for _, part in takes), NOTHING)
        sizes = [part for _, part in takes]
        shares = deal(fee, [*sizes, missing] if missing else sizes)
        long = self.sign >= 0
        parts: list[tuple[Key, Fraction, Fraction, Fraction]] = []
        for (piece, part), share in zip(takes, shares, strict=False):
            cost, opening = self.draw(piece, part)
            here, there = cost, part * price * self.multiplier
            parts.append(
                (piece.name, part, here + opening, there - share)
                if long
                else (piece.name, part, there + share, here - opening)
            )
        rest = missing * price * self.multiplier - shares[-1] if missing else NOTHING
        self.closed.append(Closed(name, tuple(parts), missing, rest))
        matched = quantity - missing
        close_fees = sum(shares[: len(takes)], NOTHING)
        if long:
            self.received += matched * price * self.multiplier - close_fees + rest
        else:
            self.paid += matched * price * self.multiplier + close_fees
        self.pieces = [piece for piece in self.pieces if piece.units]
        if not self.pieces:
            self.sign = 0

    def open(self, trade: Trade, quantity: Fraction, fee: Fraction) -> None:
        """Open a piece."""
        self.sign = trade.sign
        value = quantity * trade.price * self.multiplier
        piece = Piece(trade.name, (trade.when, trade.sequence), quantity, trade.price, fee)
        if self.pooled:
            self.pot = (self.pot[0] + value, self.pot[1] + fee)
        self.pieces.append(piece)
        if trade.sign > 0:
            self.paid += value + fee
        else:
            self.received += value - fee

    def apply(self, trade: Trade) -> None:
        """Apply a trade."""
        self.fees += trade.fee
        may_open = trade.sign > 0 or self.way.can_short
        if self.sign in {0, trade.sign} and may_open:
            self.open(trade, trade.quantity, trade.fee)
            return
        held = self.units()
        if trade.quantity > held and may_open:
            closing, opening = deal(trade.fee, [held, trade.quantity - held])
            self.sell(trade.name, held, trade.price, closing, trade.chosen)
            self.open(trade, trade.quantity - held, opening)
        else:
            self.sell(trade.name, trade.quantity, trade.price, trade.fee, trade.chosen)

    def cash(self, amount: Fraction) -> None:
        """Money that goes with what is held."""
        if self.sign > 0:
            self.received += amount
        else:
            self.paid += amount

    def reprice(self, piece: Piece, cost: Fraction) -> None:
        """Let a piece cost so much; its price is the mean."""
        piece.cost = cost
        units = piece.units * self.multiplier
        piece.price = share_of(cost, ONE, units) if units else NOTHING


def share_of(total: Fraction, part: Fraction, whole: Fraction) -> Fraction:
    """The rounded share; all of it for the whole."""
    return total if part == whole else round_half_even(total * part / whole)


def split_off(piece: Piece, part: Fraction, multiplier: Fraction) -> tuple[Fraction, Fraction]:
    """Take cost and fee out of a piece that still has its units, for a part of them."""
    fee = share_of(piece.fee, part, piece.units)
    piece.fee -= fee
    if piece.cost is None:
        return part * piece.price * multiplier, fee
    cost = share_of(piece.cost, part, piece.units)
    piece.cost -= cost
    return cost, fee
