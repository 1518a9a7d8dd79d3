"""Tell what things cost now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import QuoteBook, Suggestions, Told
from application.shared.cache import Cached
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound

MOST_AT_ONCE: Final = 50


class UnknownSymbol(NotFound):
    """Nobody knows such a symbol; `suggestions` are some that resemble it."""

    code: ClassVar[str] = "unknown_symbol"

    def __init__(self, ticker: Ticker, suggestions: Sequence[Ticker]) -> None:
        super().__init__("symbol", ticker)
        self.details = {"symbol": str(ticker), "suggestions": [str(each) for each in suggestions]}
        if suggestions:
            self.message = f"{self.message} Did you mean {' or '.join(str(each) for each in suggestions[:3])}?"


@dataclass(frozen=True, slots=True)
class Missing:
    """A ticker without a quote, and why: UnknownSymbol or NoProviderAnswers."""

    ticker: Ticker
    why: UnknownSymbol | NoProviderAnswers


@dataclass(frozen=True, slots=True)
class QuotesView:
    """The quotes that there are, and what is missing, each in the order in which it was asked for."""

    quotes: Sequence[Cached[Quote]]
    missing: Sequence[Missing]


@dataclass(frozen=True, slots=True)
class ReadQuotes:
    """Reads quotes, of one or of many; a stale one says so."""

    quote_book: QuoteBook
    suggestions: Suggestions

    async def one(self, actor: Actor, ticker: Ticker) -> Cached[Quote]:
        """Return the quote; raise UnknownSymbol, NoProviderAnswers, or Forbidden without market:read."""
        view = await self(actor, [ticker])
        for missing in view.missing:
            raise missing.why
        return view.quotes[0]

    async def __call__(self, actor: Actor, tickers: Sequence[Ticker]) -> QuotesView:
        """Return quotes, once of each ticker; raise Invalid for too many, Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        wanted = list(dict.fromkeys(tickers))
        if not 1 <= len(wanted) <= MOST_AT_ONCE:
            raise Invalid(f"1 to {MOST_AT_ONCE} symbols may be asked for at once; got {len(wanted)}.", field="symbols")
        answers = await self.quote_book.read(wanted)
        quotes: list[Cached[Quote]] = []
        missing: list[Missing] = []
        for ticker in wanted:
            told = answers[ticker]
            if isinstance(told, NoProviderAnswers):
                missing.append(Missing(ticker, told))
            elif told.value.quote is None:
                missing.append(Missing(ticker, UnknownSymbol(ticker, await self.suggestions.near(ticker))))
            else:
                quotes.append(_dated(told, told.value.quote))
        return QuotesView(quotes, missing)


def _dated(told: Cached[Told], quote: Quote) -> Cached[Quote]:
    shown = replace(quote, provenance=replace(quote.provenance, stale=True)) if told.is_stale else quote
    return Cached(shown, is_hit=told.is_hit, age_s=told.age_s, ttl_s=told.ttl_s, is_stale=told.is_stale)
