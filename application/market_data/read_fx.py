"""Tell what one currency is worth in another now, coins included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import QuoteBook
from application.shared.cache import Cached
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import Currency


class UnknownPair(NotFound):
    """No provider quotes the one currency in the other."""

    code: ClassVar[str] = "unknown_pair"

    def __init__(self, base: Currency, quote: Currency) -> None:
        super().__init__("exchange rate", f"{base}/{quote}")


@dataclass(frozen=True, slots=True)
class ReadFx:
    """Reads the rate as the quote of the pair: the live one, and not that which the ledger converts with."""

    quote_book: QuoteBook

    async def __call__(self, actor: Actor, base: Currency, quote: Currency) -> Cached[Quote]:
        """Return the quote; raise UnknownPair, NoProviderAnswers, Invalid, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        if base == quote:
            raise Invalid(f"{base} in itself is always 1; ask for two different currencies.", field="quote")
        ticker = Ticker.parse(f"{base}-{quote}")
        if ticker.pair is None:
            raise UnknownPair(base, quote)
        told = (await self.quote_book.read([ticker]))[ticker]
        if isinstance(told, NoProviderAnswers):
            raise told
        if told.value.quote is None:
            raise UnknownPair(base, quote)
        found = told.value.quote
        shown = replace(found, provenance=replace(found.provenance, stale=True)) if told.is_stale else found
        return Cached(shown, is_hit=told.is_hit, age_s=told.age_s, ttl_s=told.ttl_s, is_stale=told.is_stale)
