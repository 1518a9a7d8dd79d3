"""A second ledger, of several accounts and instruments, in exact fractions and naive, to check the engine against.

It shares no code with the engine and knows none of its structures: plain lists of lots that are sorted anew for every
question, costs added up anew for every answer. It takes one event after the other and remembers nothing but lots and
what was told on the way. Names of what events make come from whoever asks, since they decide the order of equals.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from tests.domain.ledger.oracle import NOTHING, deal, round_half_even
from tests.domain.ledger.shelf_oracle import ONE, Chosen, Closed, Key, Piece, Shelf, Trade, Way, split_off


class Action(NamedTuple):
    """A corporate action of a kind, with its terms as fractions; no account means all."""

    when: Key
    name: Key
    instrument: Key
    account: Key | None
    kind: str
    into: Key | None = None
    ratio: Fraction = ONE
    amount: Fraction = NOTHING
    share: Fraction | None = None
    side: int = 0
    quantity: Fraction | None = None


class Move(NamedTuple):
    """A transfer."""

    when: Key
    name: Key
    giver: Key
    taker: Key
    instrument: Key
    quantity: Fraction
    chosen: Chosen = ()


Event: TypeAlias = Trade | Action | Move


class Result(NamedTuple):
    """The shelves, and how much each transfer moved."""

    shelves: Mapping[tuple[Key, Key], Shelf]
    moved: Mapping[Hashable, Fraction]


@dataclass(slots=True)
class World:
    """All shelves while events are taken in; `name` names what an event makes of a thing."""

    shelves: dict[tuple[Key, Key], Shelf]
    name: Callable[[Key, Key], Key]
    moved: dict[Hashable, Fraction] = field(default_factory=dict[Hashable, Fraction])

    def take_in(self, event: Event) -> None:
        """Let an event happen."""
        if isinstance(event, Trade):
            self.shelves[event.account, event.instrument].apply(event)
        elif isinstance(event, Move):
            self._move(event)
        else:
            for account, instrument in list(self.shelves):
                if instrument == event.instrument and event.account in {None, account}:
                    self._act(event, account)

    def _move(self, move: Move) -> None:
        giver, taker = self.shelves[move.giver, move.instrument], self.shelves[move.taker, move.instrument]
        self.moved[move.name] = NOTHING
        if giver.sign <= 0 or taker.sign < 0:
            return
        before = giver.cost()
        takes = giver.wanted(move.quantity, move.chosen)
        pieces = giver.unpack()
        gone: list[Piece] = []
        for piece, part in takes:
            cost, fee = split_off(piece, part, giver.multiplier)
            piece.units -= part
            gone.append(Piece(piece.name, piece.born, part, piece.price, fee, cost))
        giver.pack(pieces)
        after = giver.cost() if giver.pieces else NOTHING
        giver.went += before - after
        self.moved[move.name] = sum((piece.units for piece in gone), NOTHING)
        self._arrive(move.name, taker, gone, 1)

    def _arrive(self, event: Key, shelf: Shelf, pieces: Sequence[Piece], sign: int) -> None:
        before = shelf.cost() if shelf.pieces else NOTHING
        held = shelf.unpack()
        shelf.sign = sign
        for piece in pieces:
            shelf.reprice(piece, shelf.value(piece))
            piece.name = self.name(event, piece.name)
        shelf.pack([*held, *pieces])
        shelf.came += shelf.cost() - before

    def _act(self, action: Action, account: Key) -> None:
        shelf = self.shelves[account, action.instrument]
        if not shelf.sign:
            return
        name = self.name(action.name, account)
        if action.kind in {"cash_merger", "delisting", "expiry"}:
            shelf.sell(name, shelf.units(), action.amount, NOTHING, ())
        elif action.kind == "split":
            pieces = shelf.unpack()
            if round_half_even(shelf.units() * action.ratio):
                pieces = resized(pieces, action.ratio, shelf)
            shelf.pack(pieces)
        elif action.kind == "bonus":
            self._give_bonus(action, shelf, name)
        elif action.kind == "return_of_capital":
            _return_capital(action, shelf, name)
        elif action.kind == "assignment":
            self._assign(action, shelf, account, name)
        elif self.shelves[account, action.into].sign in {0, shelf.sign}:
            self._carry(action, shelf, self.shelves[account, action.into], name)

    def _give_bonus(self, action: Action, shelf: Shelf, name: Key) -> None:
        units = round_half_even(shelf.units() * action.ratio)
        if units:
            pieces = shelf.unpack()
            shelf.pack([*pieces, Piece(name, (action.when, -1), units, NOTHING, NOTHING, NOTHING)])

    def _assign(self, action: Action, shelf: Shelf, account: Key, name: Key) -> None:
        contracts = shelf.units() if action.quantity is None else min(action.quantity, shelf.units())
        shelf.sell(name, contracts, NOTHING, NOTHING, ())
        units = contracts * shelf.multiplier
        trade_name = self.name(action.name, self.name(account, action.into))
        trade = Trade(action.when, -1, trade_name, account, action.into, action.side, units, action.amount, NOTHING)
        self.shelves[account, action.into].apply(trade)

    def _carry(self, action: Action, shelf: Shelf, into: Shelf, name: Key) -> None:
        if not round_half_even(shelf.units() * action.ratio):
            return
        sign = shelf.sign
        if action.kind == "merger" and action.share is not None:
            _pay_out(action, shelf, name)
        before = shelf.cost()
        pieces = shelf.unpack()
        if action.kind == "spin_off":
            gone = [_spun_off(piece, action.share or NOTHING, shelf) for piece in pieces]
        else:
            gone = [replace(piece, cost=shelf.value(piece)) for piece in pieces]
            pieces = []
        shelf.pack(pieces)
        shelf.went += before - (shelf.cost() if shelf.pieces else NOTHING)
        if action.ratio != 1:
            gone = resized(gone, action.ratio, into)
        self._arrive(action.name, into, [piece for piece in gone if piece.units], sign)


def resized(pieces: Sequence[Piece], ratio: Fraction, shelf: Shelf) -> list[Piece]:
    """Scale the pieces: the total is rounded once and dealt out; a piece without a unit leaves its cost to the next."""
    sizes = [piece.units for piece in pieces]
    whole = sum(sizes, NOTHING)
    total = whole if ratio == 1 else round_half_even(whole * ratio)
    shares = deal(total, sizes)
    costs, fees = [shelf.value(piece) for piece in pieces], [piece.fee for piece in pieces]
    filled = [index for index, share in enumerate(shares) if share]
    kept: list[Piece] = []
    for index, (piece, share) in enumerate(zip(pieces, shares, strict=True)):
        earlier = max((each for each in filled if each < index), default=-1)
        last = len(pieces) - 1 if filled and index == filled[-1] else index
        piece.units = share
        piece.fee = sum(fees[earlier + 1 : last + 1], NOTHING) if share else NOTHING
        shelf.reprice(piece, sum(costs[earlier + 1 : last + 1], NOTHING) if share else NOTHING)
        kept.append(piece)
    return kept


def _return_capital(action: Action, shelf: Shelf, name: Key) -> None:
    pieces = shelf.unpack()
    shelf.cash(shelf.units() * action.amount * shelf.multiplier)
    parts: list[tuple[Key, Fraction, Fraction, Fraction]] = []
    for piece in pieces:
        amount, value = piece.units * action.amount * shelf.multiplier, shelf.value(piece)
        shelf.reprice(piece, max(value - amount, NOTHING))
        if amount > value:
            excess = amount - value
            parts.append((piece.name, NOTHING, *((NOTHING, excess) if shelf.sign > 0 else (excess, NOTHING))))
    if parts:
        shelf.closed.append(Closed(name, tuple(parts), NOTHING, NOTHING))
    shelf.pack(pieces)


def _pay_out(action: Action, shelf: Shelf, name: Key) -> None:
    """The cash of a merger: a share of the cost is what it pays for."""
    pieces = shelf.unpack()
    shelf.cash(shelf.units() * action.amount * shelf.multiplier)
    parts: list[tuple[Key, Fraction, Fraction, Fraction]] = []
    for piece in pieces:
        amount, value = piece.units * action.amount * shelf.multiplier, shelf.value(piece)
        cost = fraction_of(value, action.share or NOTHING)
        parts.append((piece.name, NOTHING, *((cost, amount) if shelf.sign > 0 else (amount, cost))))
        shelf.reprice(piece, value - cost)
    shelf.closed.append(Closed(name, tuple(parts), NOTHING, NOTHING))
    shelf.pack(pieces)


def _spun_off(piece: Piece, share: Fraction, shelf: Shelf) -> Piece:
    value = shelf.value(piece)
    cost, fee = fraction_of(value, share), fraction_of(piece.fee, share)
    shelf.reprice(piece, value - cost)
    piece.fee -= fee
    return Piece(piece.name, piece.born, piece.units, piece.price, fee, cost)


def fraction_of(total: Fraction, share: Fraction) -> Fraction:
    """A rounded fraction of a total; all of it for one."""
    return total if share == 1 else round_half_even(total * share)


def place(event: Event) -> tuple[Key, int, Key]:
    """Where an event stands in the history: events that are no trades come before the trades of their instant."""
    return (event.when, event.sequence if isinstance(event, Trade) else -1, event.name)


def work_out(
    ways: Mapping[Key, Way],
    multipliers: Mapping[Key, Fraction],
    events: Iterable[Event],
    name: Callable[[Key, Key], Key],
) -> Result:
    """Return what all events come to, in the order of their places."""
    shelves = {
        (account, instrument): Shelf(way, multiplier)
        for account, way in ways.items()
        for instrument, multiplier in multipliers.items()
    }
    world = World(shelves, name)
    for event in sorted(events, key=place):
        world.take_in(event)
    return Result(world.shelves, world.moved)
