"""What a provider says of a symbol when it is asked, told as its stream would: the stream may be quiet for long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import final

from application.market_data.ports import QuoteSource, SourceFailed
from domain.market_data.quote import Quote
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker


@final
class OpeningQuotes:
    """Asks the provider whose stream tells a symbol, and no other: what two of them say is not mixed.

    Who cannot answer now is not asked again: the stream will tell.
    """

    def __init__(self, sources: Mapping[str, QuoteSource]) -> None:
        self._sources = sources

    async def read(self, tellers: Mapping[str, Collection[Ticker]]) -> Sequence[TickUpdate]:
        """Return what each provider says of what it tells."""
        updates: list[TickUpdate] = []
        for provider, tickers in tellers.items():
            source = self._sources.get(provider)
            if source is None:
                continue
            try:
                quotes = await source.quotes(tickers)
            except SourceFailed:
                continue
            updates += [update for quote in quotes.values() for update in _updates(provider, quote)]
        return updates


def _updates(provider: str, quote: Quote) -> Iterator[TickUpdate]:
    """Yield the figures of the session and the price: the stream may have told a later price meanwhile."""
    said = TickUpdate(
        ticker=quote.ticker,
        provider=provider,
        as_of=quote.provenance.as_of,
        received_at=quote.provenance.received_at,
        currency=quote.currency,
        simulated=quote.provenance.simulated,
    )
    yield said._replace(
        volume=quote.volume, open=quote.open, high=quote.high, low=quote.low, previous_close=quote.previous_close
    )
    yield said._replace(last=quote.price)
