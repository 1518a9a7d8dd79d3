"""Tell when figures of economies are published, and what they were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from application.market_data.asking import Asking
from application.market_data.days import Days, days_asked
from application.market_data.ports import ReleaseSource
from application.shared.cache import Cached, Shelf
from application.shared.ports import Clock
from domain.market_data.announcement import EconomicRelease
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class ReadReleases:
    """Reads the calendar of some days, a week from today unless said otherwise; of all countries, or of some."""

    releases: Asking[ReleaseSource]
    release_shelf: Shelf[tuple[EconomicRelease, ...]]
    clock: Clock

    async def __call__(
        self, actor: Actor, first: date | None = None, last: date | None = None, countries: Collection[str] = ()
    ) -> Cached[tuple[EconomicRelease, ...]]:
        """Return the figures by instant.

        Raise Invalid for days in the wrong order or too many, NoProviderAnswers, or Forbidden without market:read.
        """
        actor.require(Scope.MARKET_READ)
        asked = days_asked(first, last, self.clock.now().date())
        cached = await self.releases.answer(self.release_shelf, asked, _figures)
        if not countries:
            return cached
        return replace(cached, value=tuple(each for each in cached.value if each.country in countries))


async def _figures(source: ReleaseSource, days: Days) -> Sequence[EconomicRelease]:
    return await source.releases(*days)
