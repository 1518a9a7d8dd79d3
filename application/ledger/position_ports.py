"""Where positions are stored, and what else follows from trades: lots, disposals, round trips, cash of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.ledger.disposal import Disposal
from domain.ledger.execution import OrderKey
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import EventCash
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, LotId


@dataclass(frozen=True, slots=True)
class Projection:
    """What is stored about a pair besides its totals: lots, disposals, round trips and cash of events, by id."""

    lots: Mapping[UUID, Lot]
    disposals: Mapping[UUID, Disposal]
    round_trips: Mapping[UUID, RoundTrip]
    event_cash: Mapping[UUID, EventCash]


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """The totals of a pair after a change, what is new or different, and the ids of what no longer is.

    Without `replayed` all disposals are new.
    """

    position: Position
    lots: Sequence[Lot]
    disposals: Sequence[Disposal]
    round_trips: Sequence[RoundTrip]
    replayed: bool = False
    lots_gone: Sequence[UUID] = ()
    disposals_gone: Sequence[UUID] = ()
    round_trips_gone: Sequence[UUID] = ()
    event_cash: Sequence[EventCash] = ()
    event_cash_gone: Sequence[UUID] = ()

    @property
    def pair(self) -> Pair:
        """The pair."""
        return Pair(self.position.terms.account_id, self.position.terms.instrument_id)

    @property
    def has_parts(self) -> bool:
        """Whether anything changes besides the totals."""
        new = (self.lots, self.disposals, self.round_trips, self.event_cash)
        gone = (self.lots_gone, self.disposals_gone, self.round_trips_gone, self.event_cash_gone)
        return any(new) or any(gone)


class PositionStore(Protocol):
    """The stored projections of the trades."""

    async def hold(self, pairs: Iterable[Pair]) -> Mapping[Pair, OrderKey | None]:
        """Make the pairs' positions exist and lock them until the transaction ends; return their newest keys."""
        ...

    async def pairs_of(self, account_id: AccountId | None = None) -> Sequence[Pair]:
        """Return all pairs that have a position, of one account or of all."""
        ...

    async def owners_of(self, lot_ids: Iterable[LotId]) -> Mapping[LotId, Pair]:
        """Return the pairs that the lots belong to, of those that exist."""
        ...

    async def running(self, terms: Sequence[Terms]) -> Sequence[Position]:
        """Return the held positions ready to apply the next execution: totals, open lots, the open round trip."""
        ...

    async def stored(self, pairs: Sequence[Pair]) -> Sequence[Projection]:
        """Return all that is stored about each pair."""
        ...

    async def write(self, changes: Sequence[ProjectionChange], now: datetime) -> None:
        """Store the changes of held positions."""
        ...

    async def sum_days(self, account_id: AccountId) -> None:
        """Sum up anew what the account's disposals moved and its open lots cost, by day; the caller has it locked."""
        ...

    async def note_mended(self, pairs: Sequence[Pair], now: datetime) -> None:
        """Remember that these were found wrong and written anew, for their owner to see."""
        ...
