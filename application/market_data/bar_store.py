"""What keeping bars needs of a store: series of one provider each, as they were traded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.market_data.bar import Bar, Interval
from domain.market_data.provenance import Provenance
from domain.market_data.restating import Factor
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


class SeriesKey(NamedTuple):
    """Which series: providers differ, so that no two of them ever make up one."""

    ticker: Ticker
    interval: Interval
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBars:
    """Part of a series as traded: bars from a time on, and all factors from that day on until now.

    Everything that exists from `since` to before `until` is there for good. What is later was provisional when the
    provider was last asked, at `provenance.received_at`.
    """

    key: SeriesKey
    currency: Currency
    since: datetime
    until: datetime
    bars: Sequence[Bar]
    factors: Sequence[Factor]
    provenance: Provenance


class BarStore(Protocol):
    """Keeps bars."""

    async def read(self, key: SeriesKey, since: datetime, until: datetime) -> KeptBars | None:
        """Return the bars that start within the times, oldest first, with all factors since; None if none were kept."""
        ...

    async def behind(
        self, interval: Interval, until: datetime, asked_before: datetime, limit: int
    ) -> Sequence[SeriesKey]:
        """Return series that are settled no further than this and were not asked for since, the longest ago first."""
        ...

    async def replace(self, parts: Sequence[KeptBars]) -> None:
        """Let each part take the place of all bars of its series from its first time on, and of the factors since then.

        What was kept before that stays, if both touch and are in one currency; else it is thrown away.
        """
        ...
