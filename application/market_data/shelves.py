"""How long what the market says is kept, by what it is."""

from __future__ import annotations

from dataclasses import dataclass

from application.shared.cache import Shelf
from domain.market_data.announcement import EarningsReport, EconomicRelease
from domain.market_data.coin import Coin, CoinHistory, ListedCoin
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.movement import Trend
from domain.market_data.quote import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewLifetimes:
    """For how many seconds each kind of answer is fresh; `stale` seconds longer it may stand in for a newer one."""

    coins: float
    top_coins: float
    coin_history: float
    coin_search: float
    movers: float
    trending: float
    fundamentals: float
    calendars: float
    stale: float

    @property
    def coin_shelf(self) -> Shelf[tuple[Coin, ...]]:
        """A coin, or none where there is no such coin."""
        return Shelf("market_coins", 1, tuple[Coin, ...], self.coins, self.stale)

    @property
    def top_coin_shelf(self) -> Shelf[tuple[Coin, ...]]:
        """The coins worth most."""
        return Shelf("market_top_coins", 1, tuple[Coin, ...], self.top_coins, self.stale)

    @property
    def coin_history_shelf(self) -> Shelf[tuple[CoinHistory, ...]]:
        """One history, or none where there is no such coin."""
        return Shelf("market_coin_history", 1, tuple[CoinHistory, ...], self.coin_history, self.stale)

    @property
    def coin_search_shelf(self) -> Shelf[tuple[ListedCoin, ...]]:
        """Coins by words."""
        return Shelf("market_coin_search", 1, tuple[ListedCoin, ...], self.coin_search, self.stale)

    @property
    def mover_shelf(self) -> Shelf[tuple[Quote, ...]]:
        """What moved most."""
        return Shelf("market_movers", 1, tuple[Quote, ...], self.movers, self.stale)

    @property
    def trend_shelf(self) -> Shelf[tuple[Trend, ...]]:
        """What is looked at most."""
        return Shelf("market_trends", 1, tuple[Trend, ...], self.trending, self.stale)

    @property
    def fundamentals_shelf(self) -> Shelf[tuple[Fundamentals, ...]]:
        """One company, or none where there is no such company."""
        return Shelf("market_fundamentals", 1, tuple[Fundamentals, ...], self.fundamentals, self.stale)

    @property
    def earnings_shelf(self) -> Shelf[tuple[EarningsReport, ...]]:
        """The reports of some days."""
        return Shelf("market_earnings", 1, tuple[EarningsReport, ...], self.calendars, self.stale)

    @property
    def release_shelf(self) -> Shelf[tuple[EconomicRelease, ...]]:
        """The figures of some days."""
        return Shelf("market_releases", 1, tuple[EconomicRelease, ...], self.calendars, self.stale)
