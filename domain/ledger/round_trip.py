"""Round trips: what a position did from flat to flat. Trading statistics count these, not single fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.ledger.lot import Direction
from domain.shared.ids import TradeId
from domain.shared.money import ZERO, round_share

_ONE = Decimal(1)


class TripState(StrEnum):
    """A trip is open until the position is flat again."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class RoundTrip:
    """One episode of a position; its id is the id of the trade that opened it.

    A fill that crosses zero ends one trip and starts the next, and belongs to both. `entry_value` and
    `exit_value` are exact sums of quantity x price without the contract multiplier; `fees` are those of
    the fills' parts within the trip, `realised` the P&L of its disposals after fees. `last_trade_id` is the
    newest of its `trade_count` trades: a trip may last for years, so it names no others.
    """

    id: UUID
    direction: Direction
    opened_at: datetime
    closed_at: datetime | None = None
    max_quantity: Decimal = ZERO
    entry_quantity: Decimal = ZERO
    entry_value: Decimal = ZERO
    exit_quantity: Decimal = ZERO
    exit_value: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    trade_count: int = 0
    last_trade_id: TradeId | None = None

    def book(self, tally: Tally, trade_count: int) -> None:
        """Add what has been counted, up to this number of the position's trades. Runs in the exact context."""
        self.trade_count += trade_count - tally.counted
        self.last_trade_id = tally.last_trade_id or self.last_trade_id
        self.entry_quantity += tally.entered
        self.entry_value += tally.entry_value
        self.exit_quantity += tally.exited
        self.exit_value += tally.exit_value
        self.fees += tally.entry_fees + tally.exit_fees
        self.realised += tally.gain
        self.max_quantity = max(self.max_quantity, tally.peak)

    @property
    def state(self) -> TripState:
        """Open or closed."""
        return TripState.OPEN if self.closed_at is None else TripState.CLOSED

    @property
    def held_for(self) -> timedelta | None:
        """Time from first entry to flat; None while open."""
        return None if self.closed_at is None else self.closed_at - self.opened_at

    @property
    def average_entry_price(self) -> Decimal:
        """Mean price of the entries by quantity, without fees, to 18 places half-even."""
        return round_share(self.entry_value, _ONE, self.entry_quantity)

    @property
    def average_exit_price(self) -> Decimal | None:
        """Mean price of the exits so far by quantity, without fees; None before the first."""
        return round_share(self.exit_value, _ONE, self.exit_quantity) if self.exit_quantity else None


@dataclass(slots=True)
class Tally:
    """What has happened since it was last booked, counted at the least cost; `held` is what is held now, unsigned.

    `counted` is how many of the position's trades were booked or came before the trip.
    """

    held: Decimal = ZERO
    peak: Decimal = ZERO
    entered: Decimal = ZERO
    entry_value: Decimal = ZERO
    entry_fees: Decimal = ZERO
    exited: Decimal = ZERO
    exit_value: Decimal = ZERO
    exit_fees: Decimal = ZERO
    gain: Decimal = ZERO
    counted: int = 0
    last_trade_id: TradeId | None = None

    def flows(self, direction: Direction, multiplier: Decimal) -> tuple[Decimal, Decimal]:
        """Return what was paid and what was received, fees included. Runs in the exact context."""
        entered, exited = self.entry_value * multiplier, self.exit_value * multiplier
        if direction is Direction.LONG:
            return entered + self.entry_fees, exited - self.exit_fees
        return exited + self.exit_fees, entered - self.entry_fees

    def clear(self, trade_count: int) -> None:
        """Begin anew with what is held, after so many trades of the position."""
        self.counted = trade_count
        self.peak = self.entered = self.entry_value = self.entry_fees = ZERO
        self.exited = self.exit_value = self.exit_fees = self.gain = ZERO
        self.last_trade_id = None
