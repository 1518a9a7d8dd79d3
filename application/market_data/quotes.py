"""Quotes as they are asked for: many at once, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from application.market_data.chains import NoProviderAnswers
from application.shared.cache import Cached
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a ticker: its quote, or that nobody knows such a thing."""

    quote: Quote | None


class QuoteBook(Protocol):
    """Tells quotes from whoever answers first, and remembers them for a while."""

    async def read(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Cached[Told] | NoProviderAnswers]:
        """Return for each ticker what is known, or why nothing can be told now: one fails alone."""
        ...


class Suggestions(Protocol):
    """Knows what somebody may have meant."""

    async def near(self, ticker: Ticker) -> tuple[Ticker, ...]:
        """Return at most five tickers that resemble this one, best first; none if that cannot be told now."""
        ...
