"""A position: everything one account did in one instrument, applied in order of time.

`apply` takes the next execution, decides what it closes and what it opens, and keeps the totals whose
identities hold to the last digit:

    bought - sold           = quantity - unmatched_quantity
    cash_in - cash_out      = realised + unmatched_proceeds - open_cost
    fees                    = fees of all matches and open lots, and of what was unmatched
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, localcontext

from domain.ledger.disposal import ClosingRow, settle
from domain.ledger.execution import Execution, LotSelection, OrderKey, Side
from domain.ledger.lot import Direction, Lot, Pool, bought_lot
from domain.ledger.method import CostMethod
from domain.ledger.open_lots import OpenLots
from domain.ledger.outcome import Outcome, Step
from domain.ledger.round_trip import RoundTrip, Tally
from domain.ledger.terms import Terms
from domain.shared.errors import Conflict
from domain.shared.ids import TradeId
from domain.shared.money import EXACT, ZERO, round_share

# bound once: an attribute of an enum costs as much as an addition in the loop below
_BUY, _LONG, _SHORT = Side.BUY, Direction.LONG, Direction.SHORT


@dataclass(slots=True)
class Position:
    """The running state of one account in one instrument.

    `quantity` is signed. `open_cost` is what the open lots cost with fees, negative for a short: what was
    received less fees; `pooled_fees` is the part of it that is fees where all lots share one mean cost, and zero
    otherwise. `cash_out` and `cash_in` are what purchases and sales moved, fees included; `carried_in` and
    `carried_out` the cost of units that came or went without a trade. `last` is the order key of the newest
    execution or event. The totals are right between batches: `apply` and `apply_all` settle them, `step` does not.
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
    carried_in: Decimal = ZERO
    carried_out: Decimal = ZERO
    pooled_fees: Decimal = ZERO
    lots: OpenLots = field(init=False)
    trip: RoundTrip | None = None
    _pool: Pool | None = field(init=False, default=None)
    _tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.lots = OpenLots(self.terms.method)
        self._tally = Tally(held=EXACT.abs(self.quantity), counted=self.trade_count)
        if self.terms.method is CostMethod.AVERAGE:
            value = EXACT.subtract(self.open_cost, self.pooled_fees)
            value = EXACT.minus(value) if self.quantity < ZERO else value
            self._pool = Pool(EXACT.abs(self.quantity), value, self.pooled_fees)

    def hold(self, lots: Iterable[Lot], trip: RoundTrip | None) -> None:
        """Take over open lots and the open round trip, as they were stored."""
        self.lots = OpenLots(self.terms.method, sorted(lots, key=lambda lot: lot.order_key))
        self.trip = trip

    def follows(self, execution: Execution) -> bool:
        """Tell whether the execution comes after all applied ones, so that it can be applied without a replay."""
        return self.last is None or execution[:3] > self.last

    def apply(self, execution: Execution) -> Outcome:
        """Apply the next execution; raise Conflict if it is not later than all before."""
        return self.apply_all((execution,))[0]

    def apply_all(self, executions: Iterable[Execution]) -> list[Outcome]:
        """Apply executions that are in order and later than all before, one outcome each."""
        outcomes: list[Outcome] = []
        with localcontext(EXACT):
            for execution in executions:
                if self.last is not None and execution[:3] <= self.last:
                    raise Conflict(
                        f"Trade {execution.id} is not later than the last one applied; "
                        "replay the whole history instead.",
                        tradeId=str(execution.id),
                    )
                before = self.trip
                opened, disposal, takes = self.step(execution)
                self.last, self.last_price = execution[:3], execution.price
                begun = None if self.trip is before else self.trip
                trips = tuple(trip for trip in (before, begun) if trip)
                outcomes.append(Outcome(opened, disposal, tuple(lot for lot, _ in takes), trips))
            self.settle_totals()
        return outcomes

    def step(self, execution: Execution) -> Step:
        """Apply an execution that is later than all before; the totals wait for `settle_totals`.

        Splits the execution into what it closes, what it opens and what has no basis. Runs in the exact context.
        """
        executed_at, sequence, trade_id, side, quantity, price, fees, selection = execution
        self.trade_count += 1
        trip = self.trip
        direction = _LONG if side is _BUY else _SHORT
        if trip is None:
            if direction is _LONG or self.terms.can_short:
                return self._open(trade_id, direction, quantity, price, fees, executed_at, sequence)
        elif trip.direction is direction:
            return self._open(trade_id, direction, quantity, price, fees, executed_at, sequence)
        tally = self._tally
        tally.last_trade_id = trade_id
        held = tally.held
        closing_fee, closed = fees, quantity
        crosses = quantity > held and (direction is _LONG or self.terms.can_short)
        if crosses:
            closed, closing_fee = held, round_share(fees, held, quantity)
        closes = _SHORT if direction is _LONG else _LONG
        ended = self.close((trade_id, closes, closed, price, closing_fee, executed_at, None), selection)
        if not crosses:
            return ended
        rest = (quantity - closed, price, fees - closing_fee)
        return self._open(trade_id, direction, *rest, executed_at, sequence)[0], ended[1], ended[2]

    def _open(  # noqa: PLR0917 - a structure to pass them in costs more than the rest
        self,
        trade_id: TradeId,
        direction: Direction,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        executed_at: datetime,
        sequence: int,
    ) -> Step:
        """Open a lot, and a round trip if the position was flat."""
        value = quantity * price
        tally = self._tally
        trip = self.trip
        if trip is None:
            trip = self.trip = RoundTrip(trade_id, direction, executed_at)
            tally.counted = self.trade_count - 1
        held = tally.held = tally.held + quantity
        if held > tally.peak:  # noqa: PLR1730 - a comparison is faster than max() in the innermost loop
            tally.peak = held
        tally.entered += quantity
        tally.entry_value += value
        tally.entry_fees += fee
        tally.last_trade_id = trade_id
        lot = bought_lot(trade_id, direction, quantity, price, fee, executed_at, sequence)
        pool = self._pool
        if pool is not None:
            pool.add(quantity, value * self.terms.multiplier, fee)
            lot.fee_left = ZERO
        self.lots.add(lot)
        return lot, None, ()

    def close(self, closing: ClosingRow, selection: Sequence[LotSelection] = ()) -> Step:
        """Dispose of a quantity: from the lots as far as they go, the rest without a basis."""
        _, _, quantity, price, fee, closed_at, _ = closing
        lots, pool = self.lots, self._pool
        selection = () if pool is not None else selection
        takes, unmatched = lots.consume(quantity, selection)
        disposal = settle(closing, takes, self.terms.multiplier, pool)
        self.disposal_count += 1
        if unmatched:
            matched_fee = sum((match.close_fee for match in disposal.matches), ZERO)
            self.unmatched_quantity += unmatched
            self.unmatched_proceeds += disposal.unmatched_proceeds
            self.cash_in += disposal.unmatched_proceeds
            self.fees += fee - matched_fee
            quantity, fee = quantity - unmatched, matched_fee
        trip, gain = self.trip, disposal.realised
        if trip is None or gain is None:
            return None, disposal, ()
        if selection or not takes[0][0].left:
            lots.drop_closed(takes, selection)
        tally = self._tally
        held = tally.held = tally.held - quantity
        tally.exit_value += quantity * price
        tally.exit_fees += fee
        tally.gain += gain
        if not held:
            trip.closed_at = closed_at
            self.settle_totals()
            self.trip = None
        return None, disposal, takes

    def settle_totals(self) -> None:
        """Bring the totals and the open round trip up to date with the steps taken. Runs in the exact context."""
        trip, tally = self.trip, self._tally
        if trip is None:
            tally.clear(self.trade_count)  # a sale without a basis belongs to no trip
            return
        # what is held has grown by what came in and shrunk by what went out
        tally.exited = abs(self.quantity) + tally.entered - tally.held
        paid, received = tally.flows(trip.direction, self.terms.multiplier)
        self.quantity = tally.held if trip.direction is _LONG else -tally.held
        self.cash_out += paid
        self.cash_in += received
        self.realised += tally.gain
        # what was paid and not matched is what the open lots cost; what was received and not matched, negative
        self.open_cost += paid - received + tally.gain
        self.fees += tally.entry_fees + tally.exit_fees
        trip.book(tally, self.trade_count)
        tally.clear(self.trade_count)
        if self._pool is not None:
            self.pooled_fees = self._pool.fee

    def lots_by_age(self) -> list[Lot]:
        """Return the open lots, oldest first, each with its own share of cost and fees also where they are pooled.

        For events that change lots, who call `restate` afterwards. Runs in the exact context.
        """
        self.settle_totals()
        lots = sorted(self.lots, key=lambda lot: lot.order_key)
        if self._pool is not None:
            pool = replace(self._pool)
            for lot in lots:
                lot.basis, lot.fee_left = pool.take(lot.left)
        return lots

    def restate(self, lots: Iterable[Lot]) -> None:
        """Hold these lots from here on, all of one direction, after an event that is no trade.

        Quantity and open cost follow from the lots; the caller books cash, gains and carried costs, and ends or begins
        the round trip. Runs in the exact context.
        """
        held = sorted((lot for lot in lots if lot.left), key=lambda lot: lot.order_key)
        quantity = sum((lot.left for lot in held), ZERO)
        self._tally.held = quantity
        self.quantity = -quantity if held and held[0].direction is _SHORT else quantity
        self.open_cost = sum((lot.cost(self.terms.multiplier) for lot in held), ZERO)
        if self._pool is not None:
            value = sum((lot.value(self.terms.multiplier) for lot in held), ZERO)
            self._pool = Pool(quantity, value, sum((lot.fee_left for lot in held), ZERO))
            self.pooled_fees = self._pool.fee
            for lot in held:
                lot.basis, lot.fee_left = None, ZERO
        self.lots = OpenLots(self.terms.method, held)
