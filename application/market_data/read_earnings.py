"""Tell when companies report, and what they reported."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from application.market_data.asking import Asking
from application.market_data.days import Days, days_asked
from application.market_data.ports import EarningsSource
from application.shared.cache import Cached, Shelf
from application.shared.ports import Clock
from domain.market_data.announcement import EarningsReport
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class ReadEarnings:
    """Reads the calendar of some days, a week from today unless said otherwise; of all companies, or of some."""

    earnings: Asking[EarningsSource]
    earnings_shelf: Shelf[tuple[EarningsReport, ...]]
    clock: Clock

    async def __call__(
        self, actor: Actor, first: date | None = None, last: date | None = None, tickers: Collection[Ticker] = ()
    ) -> Cached[tuple[EarningsReport, ...]]:
        """Return the reports by day and ticker; a ticker without an exchange means that of any exchange.

        Raise Invalid for days in the wrong order or too many, NoProviderAnswers, or Forbidden without market:read.
        """
        actor.require(Scope.MARKET_READ)
        asked = days_asked(first, last, self.clock.now().date())
        cached = await self.earnings.answer(self.earnings_shelf, asked, _reports)
        if not tickers:
            return cached
        symbols = {ticker.symbol for ticker in tickers}
        return replace(cached, value=tuple(each for each in cached.value if each.ticker.symbol in symbols))


async def _reports(source: EarningsSource, days: Days) -> Sequence[EarningsReport]:
    return await source.earnings(*days)
