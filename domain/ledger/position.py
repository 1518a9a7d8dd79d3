"""A position: everything one account did in one instrument, applied in order of time.

`apply` takes the next execution, decides what it closes and what it opens, and keeps the totals whose
identities hold to the last digit:

    bought - sold           = quantity - unmatched_quantity
    cash_in - cash_out      = realised + unmatched_proceeds - open_cost
    fees                    = fees of all matches and open lots, and of what was unmatched
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import NamedTuple, TypeAlias

from domain.ledger.account import Account
from domain.ledger.disposal import Disposal, settle
from domain.ledger.execution import Execution, OrderKey, Side
from domain.ledger.lot import Direction, Lot, LotOrder, Take, consume, fifo
from domain.ledger.round_trip import RoundTrip
from domain.shared.errors import Conflict
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Instrument
from domain.shared.money import EXACT, ZERO, Currency, round_share

# bound once: an attribute of an enum costs as much as an addition in the loop below
_BUY, _LONG, _SHORT = Side.BUY, Direction.LONG, Direction.SHORT


@dataclass(frozen=True, slots=True)
class Terms:
    """What a replay needs to know besides the executions. With `can_short` off an unmatched sale has no basis."""

    account_id: AccountId
    instrument_id: InstrumentId
    currency: Currency
    multiplier: Decimal
    can_short: bool
    order: LotOrder = fifo

    @classmethod
    def of(cls, account: Account, instrument: Instrument) -> Terms:
        """The terms of an instrument held in an account."""
        return cls(
            account_id=account.id,
            instrument_id=instrument.id,
            currency=instrument.key.currency,
            multiplier=instrument.multiplier,
            can_short=account.can_short(instrument.key.segment),
        )


class Outcome(NamedTuple):
    """What one execution did: at most one lot opened and one disposal made, and the lots and trips it touched."""

    opened: Lot | None
    disposal: Disposal | None
    reduced: tuple[Lot, ...]
    trips: tuple[RoundTrip, ...]


# what a step hands back at the least cost: lot opened, disposal, takes from lots, round trips touched
Step: TypeAlias = tuple[Lot | None, Disposal | None, Sequence[Take], tuple[RoundTrip, ...]]


@dataclass(slots=True)
class Position:
    """The running state of one account in one instrument.

    `quantity` is signed. `open_cost` is what the open lots cost with fees, negative for a short: what was
    received less fees. `cash_out` and `cash_in` are what purchases and sales moved, fees included.
    `lots` are the open ones, oldest first. `last` is the order key of the newest execution.
    """

    terms: Terms
    quantity: Decimal = ZERO
    open_cost: Decimal = ZERO
    cash_in: Decimal = ZERO
    cash_out: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    unmatched_quantity: Decimal = ZERO
    unmatched_proceeds: Decimal = ZERO
    trade_count: int = 0
    disposal_count: int = 0
    last: OrderKey | None = None
    last_price: Decimal | None = None
    lots: deque[Lot] = field(default_factory=deque[Lot])
    trip: RoundTrip | None = None

    def follows(self, execution: Execution) -> bool:
        """Tell whether the execution comes after all applied ones, so that it can be applied without a replay."""
        return self.last is None or execution[:3] > self.last

    def apply(self, execution: Execution) -> Outcome:
        """Apply the next execution; raise Conflict if it is not later than all before."""
        return self.apply_all((execution,))[0]

    def apply_all(self, executions: Iterable[Execution]) -> list[Outcome]:
        """Apply executions that are in order and later than all before, one outcome each."""
        with localcontext(EXACT):
            return [
                Outcome(opened, disposal, tuple(lot for lot, _, _ in takes), trips)
                for opened, disposal, takes, trips in map(self.step, executions)
            ]

    def step(self, execution: Execution) -> Step:
        """Do what `apply` does, for callers who have set the exact context.

        Splits the execution into what it closes, what it opens and what has no basis.
        """
        key = execution[:3]
        if self.last is not None and key <= self.last:
            raise Conflict(
                f"Trade {execution.id} is not later than the last one applied; replay the whole history instead.",
                tradeId=str(execution.id),
            )
        _, _, _, side, quantity, price, fees = execution
        value = quantity * price * self.terms.multiplier
        if side is _BUY:
            closable, can_open = -self.quantity, True
            self.cash_out += value + fees
        else:
            closable, can_open = self.quantity, self.terms.can_short
            self.cash_in += value - fees
        self.fees += fees
        self.trade_count += 1
        self.last = key
        self.last_price = price

        if closable <= ZERO and can_open:
            return self._open(execution, quantity, fees)
        if closable >= quantity or not can_open:
            return self._close(execution, quantity, fees)
        closing_fee = round_share(fees, closable, quantity)
        _, disposal, takes, ended = self._close(execution, closable, closing_fee)
        opened, _, _, begun = self._open(execution, quantity - closable, fees - closing_fee)
        return opened, disposal, takes, ended + begun

    def _open(self, execution: Execution, quantity: Decimal, fee: Decimal) -> Step:
        """Open a lot, and a round trip if the position was flat."""
        executed_at, _, trade_id, side, _, price, _ = execution
        value = quantity * price * self.terms.multiplier
        if side is _BUY:
            direction = _LONG
            held = self.quantity = self.quantity + quantity
            self.open_cost += value + fee
        else:
            direction = _SHORT
            held = quantity - self.quantity
            self.quantity = -held
            self.open_cost -= value - fee
        lot = Lot(trade_id, direction, quantity, price, fee, executed_at, quantity, fee)
        self.lots.append(lot)
        trip = self.trip
        if trip is None:
            trip = self.trip = RoundTrip(trade_id, direction, executed_at)
        trip.enter(execution, quantity, fee, held)
        return lot, None, (), (trip,)

    def _close(self, execution: Execution, quantity: Decimal, fee: Decimal) -> Step:
        """Dispose of the quantity: from the lots as far as they go, the rest without a basis."""
        takes, unmatched = consume(self.lots, quantity, self.terms.order)
        disposal = settle(execution, takes, quantity, fee, self.terms.multiplier)
        self.disposal_count += 1
        if unmatched:
            self.unmatched_quantity += unmatched
            self.unmatched_proceeds += disposal.unmatched_proceeds
            quantity -= unmatched
            fee = sum((match.close_fee for match in disposal.matches), ZERO)
        trip = self.trip
        if trip is None or disposal.cost is None or disposal.realised is None:
            return None, disposal, (), ()

        self.realised += disposal.realised
        if disposal.direction is _LONG:
            self.quantity -= quantity
            self.open_cost -= disposal.cost
        else:
            self.quantity += quantity
            self.open_cost += disposal.proceeds
        for lot, taken, open_fee in takes:
            lot.reduce(taken, open_fee, execution.executed_at)
        self._drop_closed_lots()
        trip.leave(execution, quantity, fee, disposal.realised)
        if not self.quantity:
            trip.closed_at = execution.executed_at
            self.trip = None
        return None, disposal, takes, (trip,)

    def _drop_closed_lots(self) -> None:
        """Drop closed lots from both ends; one in the middle, left by another order than time, is passed over."""
        lots = self.lots
        while lots and not lots[0].left:
            lots.popleft()
        while lots and not lots[-1].left:
            lots.pop()
