"""A position: everything one account did in one instrument, applied in order of time.

`apply` takes the next execution, decides what it closes and what it opens, and keeps the totals whose
identities hold to the last digit:

    bought - sold           = quantity - unmatched_quantity
    cash_in - cash_out      = realised + unmatched_proceeds - open_cost
    fees                    = fees of all matches and open lots, and of what was unmatched
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import NamedTuple

from domain.ledger.account import Account
from domain.ledger.disposal import Disposal, settle
from domain.ledger.execution import Execution, OrderKey, Side
from domain.ledger.lot import Direction, Lot, LotOrder, consume, fifo
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
            return [self._step(execution) for execution in executions]

    def _step(self, execution: Execution) -> Outcome:
        """Split the execution into what it closes, what it opens and what has no basis, and carry that out."""
        if not self.follows(execution):
            raise Conflict(
                f"Trade {execution.id} is not later than the last one applied; replay the whole history instead.",
                tradeId=str(execution.id),
            )
        quantity, fees = execution.quantity, execution.fees
        value = quantity * execution.price * self.terms.multiplier
        if execution.side is _BUY:
            closable, can_open = -self.quantity, True
            self.cash_out += value + fees
        else:
            closable, can_open = self.quantity, self.terms.can_short
            self.cash_in += value - fees
        self.fees += fees
        self.trade_count += 1
        self.last = execution.order_key
        self.last_price = execution.price

        closing = ZERO if closable <= ZERO else min(closable, quantity)
        opening = quantity - closing if can_open else ZERO
        if not opening:
            return self._close(execution, closing, quantity, fees)
        if not closing:
            return self._open(execution, opening, fees)
        closing_fee = round_share(fees, closing, quantity)
        closed = self._close(execution, closing, closing, closing_fee)
        opened = self._open(execution, opening, fees - closing_fee)
        return Outcome(opened.opened, closed.disposal, closed.reduced, closed.trips + opened.trips)

    def _open(self, execution: Execution, quantity: Decimal, fee: Decimal) -> Outcome:
        """Open a lot, and a round trip if the position was flat."""
        executed_at, _, trade_id, side, _, price, _ = execution
        direction = _LONG if side is _BUY else _SHORT
        lot = Lot(trade_id, direction, quantity, price, fee, executed_at, quantity, fee)
        self.lots.append(lot)
        value = quantity * price
        if direction is _LONG:
            self.quantity += quantity
            self.open_cost += value * self.terms.multiplier + fee
        else:
            self.quantity -= quantity
            self.open_cost -= value * self.terms.multiplier - fee
        if self.trip is None:
            self.trip = RoundTrip(trade_id, direction, executed_at)
        self.trip.enter(trade_id, quantity, value, fee, abs(self.quantity))
        return Outcome(lot, None, (), (self.trip,))

    def _close(self, execution: Execution, closing: Decimal, quantity: Decimal, fee: Decimal) -> Outcome:
        """Dispose of the quantity, of which `closing` comes from lots and the rest has no basis."""
        takes, _ = consume(self.lots, closing, self.terms.order)
        disposal = settle(execution, takes, quantity, fee, self.terms.multiplier)
        self.disposal_count += 1
        self.unmatched_quantity += disposal.unmatched_quantity
        self.unmatched_proceeds += disposal.unmatched_proceeds
        if disposal.cost is None or disposal.realised is None:
            return Outcome(None, disposal, (), ())

        self.realised += disposal.realised
        if disposal.direction is _LONG:
            self.quantity -= closing
            self.open_cost -= disposal.cost
        else:
            self.quantity += closing
            self.open_cost += disposal.proceeds
        for take in takes:
            take.lot.reduce(take, execution.executed_at)
        self._drop_closed_lots()
        return Outcome(None, disposal, tuple(take.lot for take in takes), self._exit(disposal))

    def _exit(self, disposal: Disposal) -> tuple[RoundTrip, ...]:
        """Book the disposal in the round trip, which ends when nothing is left."""
        trip = self.trip
        if trip is None:
            message = "a position that holds something is in a round trip"
            raise AssertionError(message)
        trip.exit(disposal)
        if not self.quantity:
            trip.closed_at = disposal.closed_at
            self.trip = None
        return (trip,)

    def _drop_closed_lots(self) -> None:
        """Drop closed lots from both ends; one in the middle, left by another order than time, is passed over."""
        lots = self.lots
        while lots and not lots[0].left:
            lots.popleft()
        while lots and not lots[-1].left:
            lots.pop()
