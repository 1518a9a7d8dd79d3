"""What reading the market needs of the outside: sources, each able to do some of this, each able to fail.

A source returns what there is. What it does not know is left out of a mapping, or is None: that is an answer. What it
cannot tell for now raises `SourceFailed`. Sources know nothing of each other, of caches or of the order they come in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.market_data.announcement import EarningsReport, EconomicRelease
from domain.market_data.article import Article
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.coin import Coin, CoinHistory, ListedCoin
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Direction, Trend
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


class SourceFailed(Exception):
    """A provider gave no answer; `detail` is for the log, in our own words, without keys, addresses or their text."""

    def __init__(self, refusal: Refusal, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(f"{refusal.value}: {detail}")
        self.refusal = refusal
        self.detail = detail
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which bars are wanted: those that start from `since` on and before `until`.

    `adjustment` is how they should be restated, by a source that has the choice; the series says how they are.
    """

    interval: Interval
    since: datetime
    until: datetime
    adjustment: Adjustment = Adjustment.SPLITS


class QuoteSource(Protocol):
    """Tells what things cost now."""

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes of those that the source knows; raise SourceFailed."""
        ...


class BarSource(Protocol):
    """Tells what things have cost."""

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return the bars of the span that exist, maybe none; None if the ticker is unknown; raise SourceFailed."""
        ...


class ListingSource(Protocol):
    """Finds what is listed."""

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return what goes by such a symbol or name, best first; raise SourceFailed."""
        ...


class ArticleSource(Protocol):
    """Finds news or posts."""

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest about a ticker, with these words, or at all, newest first; raise SourceFailed."""
        ...


class FundamentalsSource(Protocol):
    """Tells what companies report."""

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return the latest; None if the ticker is unknown; raise SourceFailed."""
        ...


class CoinSource(Protocol):
    """Tells of crypto currencies by the ids that tell them apart."""

    async def top(self, currency: Currency, limit: int) -> Sequence[Coin]:
        """Return the coins worth most in all, with prices in the currency; raise SourceFailed."""
        ...

    async def coins(self, ids: Collection[str], currency: Currency) -> Mapping[str, Coin]:
        """Return those of these coins that the source knows, by id; raise SourceFailed."""
        ...

    async def coin_history(self, coin_id: str, currency: Currency, days: int) -> CoinHistory | None:
        """Return the prices of so many days until now; None if the coin is unknown; raise SourceFailed."""
        ...

    async def find_coins(self, text: str, limit: int) -> Sequence[ListedCoin]:
        """Return coins that go by such letters or such a name, best first; raise SourceFailed."""
        ...


class MoverSource(Protocol):
    """Tells what has moved most since the close before, of the market that the source knows."""

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return quotes with a previous close, the largest change in per cent first; raise SourceFailed."""
        ...


class TrendSource(Protocol):
    """Tells what is looked at most."""

    async def trending(self, limit: int) -> Sequence[Trend]:
        """Return what is looked at most now, in that order; raise SourceFailed."""
        ...


class EarningsSource(Protocol):
    """Tells when companies report."""

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        """Return the reports of these days and of those between, by day and ticker; raise SourceFailed."""
        ...


class ReleaseSource(Protocol):
    """Tells when figures of economies are published."""

    async def releases(self, first: date, last: date) -> Sequence[EconomicRelease]:
        """Return the figures published on these days and between, in UTC, by instant; raise SourceFailed."""
        ...
