"""The jobs that have at hand what most ask for, before they ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, final

from application.market_data.asking import Asking
from application.market_data.chains import NoProviderAnswers
from application.market_data.days import days_asked
from application.market_data.ports import CoinSource, EarningsSource, ReleaseSource
from application.market_data.read_top_coins import MOST
from application.market_data.shelves import OverviewLifetimes
from application.shared.cache import Cached
from application.shared.chores import Chore
from application.shared.ports import Clock
from domain.shared.money import Currency

_DOLLAR: Final = Currency("USD")


@final
class TopCoinsJob(Chore):
    """Asks for the coins worth most, in dollars. That nobody answers is for those who ask to hear."""

    name: ClassVar[str] = "top_coins"
    every_s: ClassVar[float] = 120.0

    def __init__(self, coins: Asking[CoinSource], lifetimes: OverviewLifetimes) -> None:
        self._coins = coins
        self._shelf = lifetimes.top_coin_shelf

    async def __call__(self) -> int:
        """Return how many coins are at hand."""
        return await _count(
            lambda: self._coins.answer(self._shelf, _DOLLAR, lambda source, asked: source.top(asked, MOST))
        )


@final
class CalendarsJob(Chore):
    """Asks for the calendars of the days that are told to whoever names none; each fails alone."""

    name: ClassVar[str] = "market_calendars"
    every_s: ClassVar[float] = 86_400.0

    def __init__(
        self,
        earnings: Asking[EarningsSource],
        releases: Asking[ReleaseSource],
        lifetimes: OverviewLifetimes,
        clock: Clock,
    ) -> None:
        self._earnings = earnings
        self._releases = releases
        self._lifetimes = lifetimes
        self._clock = clock

    async def __call__(self) -> int:
        """Return how many reports and figures are at hand."""
        days = days_asked(None, None, self._clock.now().date())
        shelves = self._lifetimes
        reports = await _count(
            lambda: self._earnings.answer(shelves.earnings_shelf, days, lambda source, asked: source.earnings(*asked))
        )
        figures = await _count(
            lambda: self._releases.answer(shelves.release_shelf, days, lambda source, asked: source.releases(*asked))
        )
        return reports + figures


async def _count(ask: Callable[[], Awaitable[Cached[tuple[object, ...]]]]) -> int:
    try:
        return len((await ask()).value)
    except NoProviderAnswers:
        return 0
