"""A store of bars in memory; the contract suite proves that it keeps what the real one promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import final

from application.market_data.bar_store import BarStore, KeptBars, SeriesKey
from domain.market_data.bar import Interval

_DAY = timedelta(days=1)


@final
class FakeBarStore(BarStore):
    """Keeps whole series by their key."""

    def __init__(self) -> None:
        self._kept: dict[SeriesKey, KeptBars] = {}

    async def read(self, key: SeriesKey, since: datetime, until: datetime) -> KeptBars | None:
        """Return what is kept of the times."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        bars = [bar for bar in kept.bars if since <= bar.start < until]
        factors = [each for each in kept.factors if each.day >= (since - _DAY).date()]
        return replace(kept, bars=bars, factors=factors)

    async def behind(
        self, interval: Interval, until: datetime, asked_before: datetime, limit: int
    ) -> Sequence[SeriesKey]:
        """Return those in the order of their last call."""
        found = [
            kept
            for kept in self._kept.values()
            if kept.key.interval is interval and kept.until <= until and kept.provenance.received_at < asked_before
        ]
        found.sort(key=lambda kept: (kept.provenance.received_at, str(kept.key.ticker), kept.key.provider))
        return [kept.key for kept in found[:limit]]

    async def replace(self, parts: Sequence[KeptBars]) -> None:
        """Put each part behind what is kept before it."""
        for part in parts:
            kept = self._kept.get(part.key)
            if kept is None or kept.currency != part.currency or not kept.since <= part.since <= kept.until:
                self._kept[part.key] = part
                continue
            days = [each.day for each in part.factors]
            day = min([*days, part.since.date() + _DAY])
            self._kept[part.key] = replace(
                part,
                since=kept.since,
                bars=[bar for bar in kept.bars if bar.start < part.since] + [*part.bars],
                factors=[each for each in kept.factors if each.day < day] + [*part.factors],
            )
