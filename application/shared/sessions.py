"""Times that follow what exchanges do: so long after they open or close, on the days on which they trade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from application.shared.cron import Slot

# no market pauses longer, nor do times lie further after a session
_FURTHEST = timedelta(days=16)
_STEP = timedelta(hours=12)


class Edge(StrEnum):
    """An end of a trading day."""

    OPEN = "open"
    CLOSE = "close"


class Sessions(Protocol):
    """Knows when exchanges trade: holidays, half days, special sessions, and clocks that are put forward and back."""

    def edges(self, edge: Edge, exchanges: frozenset[str], after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield when these exchanges open or close, later than `after` and not later than `until`, in any order.

        None named means all. A market that never closes does so at midnight in UTC.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSessions:
    """When exchanges open or close, and so long after that; `exchanges` are codes, and none of them means all.

    Exchanges that close at the same moment make one slot. What the clock on the wall says is told in UTC.
    """

    edge: Edge
    exchanges: frozenset[str] = frozenset()
    delays: tuple[timedelta, ...] = (timedelta(0),)

    def slots(self, after: datetime, until: datetime, sessions: Sessions) -> Iterator[Slot]:
        """Yield the slots later than `after` and not later than `until`, in order."""
        edges = set(sessions.edges(self.edge, self.exchanges, after - max(self.delays), until - min(self.delays)))
        found = {edge.astimezone(UTC) + delay for edge in edges for delay in self.delays}
        for at in sorted(found):
            if after < at <= until:
                yield Slot(at.replace(tzinfo=None), at)

    def next_after(self, after: datetime, sessions: Sessions) -> Slot | None:
        """Return the first slot later than `after`; None if no exchange trades for weeks."""
        begin = after
        while begin < after + _FURTHEST:
            found = next(self.slots(begin, begin + _STEP, sessions), None)
            if found is not None:
                return found
            begin += _STEP
        return None
