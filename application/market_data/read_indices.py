"""Tell where the indices stand that many look at."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import QuoteBook
from domain.market_data.index import INDICES, Index
from domain.market_data.quote import Quote
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class IndexView:
    """An index and its level; None where nobody says, and `why` nobody could be asked, if that is the reason."""

    index: Index
    quote: Quote | None
    why: NoProviderAnswers | None = None


@dataclass(frozen=True, slots=True)
class ReadIndices:
    """Reads their quotes; one that nobody tells does not keep the others back."""

    quote_book: QuoteBook

    async def __call__(self, actor: Actor, countries: Collection[str] = ()) -> Sequence[IndexView]:
        """Return the indices of these countries, or all, in their order; raise Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        wanted = [index for index in INDICES.values() if not countries or index.country in countries]
        answers = await self.quote_book.read([index.ticker for index in wanted])
        views: list[IndexView] = []
        for index in wanted:
            told = answers[index.ticker]
            if isinstance(told, NoProviderAnswers):
                views.append(IndexView(index, None, told))
                continue
            quote = told.value.quote
            if quote is not None and told.is_stale:
                quote = replace(quote, provenance=replace(quote.provenance, stale=True))
            views.append(IndexView(index, quote))
        return views
