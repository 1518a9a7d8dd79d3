"""The whole history of one account in one instrument, from nothing: the meaning of every stored projection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from domain.ledger.disposal import Disposal
from domain.ledger.execution import Execution
from domain.ledger.lot import Lot
from domain.ledger.position import Position
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.shared.money import EXACT


class EventCash(NamedTuple):
    """What an event that is no trade added to the cash of one account through one instrument; negative if it took.

    With the trades it adds up to the position's `cash_in` less `cash_out`.
    """

    id: UUID
    event_id: UUID
    occurred_at: datetime
    amount: Decimal


class Replay(NamedTuple):
    """The position at the end, and all lots, disposals and round trips on the way, closed ones too, in order."""

    position: Position
    lots: list[Lot]
    disposals: list[Disposal]
    round_trips: list[RoundTrip]
    event_cash: Sequence[EventCash] = ()


def replay(terms: Terms, executions: Iterable[Execution]) -> Replay:
    """Apply the executions in the order of their keys, whatever order they come in."""
    position = Position(terms)
    lots: list[Lot] = []
    disposals: list[Disposal] = []
    round_trips: list[RoundTrip] = []
    with localcontext(EXACT):
        ordered = sorted(executions)
        trip: RoundTrip | None = None
        step = position.step
        for execution in ordered:
            opened, disposal, _ = step(execution)
            if disposal is not None:
                disposals.append(disposal)
            if opened is not None:
                lots.append(opened)
                if position.trip is not None and position.trip is not trip:
                    trip = position.trip
                    round_trips.append(trip)
        position.settle_totals()
    if ordered:
        position.last, position.last_price = ordered[-1][:3], ordered[-1].price
    return Replay(position, lots, disposals, round_trips)
