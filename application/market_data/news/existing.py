"""Whether there is what news are asked about: who is told of no news should not wonder about a slip of the finger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import QuoteBook, Suggestions
from application.market_data.read_quotes import UnknownSymbol
from domain.market_data.ticker import Ticker


@dataclass(frozen=True, slots=True)
class Existing:
    """Asks for quotes, which are kept, and so is that there is no such thing."""

    quote_book: QuoteBook
    suggestions: Suggestions

    async def check(self, tickers: Sequence[Ticker]) -> None:
        """Raise UnknownSymbol if nobody knows any of these; where that cannot be told now they are taken for known."""
        if not tickers:
            return
        told = await self.quote_book.read(tickers)
        for answer in told.values():
            if isinstance(answer, NoProviderAnswers) or answer.value.quote is not None:
                return
        raise UnknownSymbol(tickers[0], await self.suggestions.near(tickers[0]))
