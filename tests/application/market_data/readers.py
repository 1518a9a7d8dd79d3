"""Who reads the market in tests, and providers that answer as they are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, final
from uuid import UUID

from application.market_data.chains import Chains, Link
from application.market_data.ports import QuoteSource, SourceFailed
from application.market_data.quotes import Suggestions
from domain.market_data.asset_class import AssetClass
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, SessionId, UserId
from domain.shared.money import Currency

NOW: Final = datetime(2026, 3, 2, 15, tzinfo=UTC)
READER: Final = Actor(
    UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset({Scope.MARKET_READ})
)
STRANGER: Final = Actor(READER.user_id, READER.organisation_id, READER.session_id, frozenset())


def quote(ticker: Ticker, price: str, provider: str, delay: timedelta | None = None) -> Quote:
    """A quote that says little."""
    provenance = Provenance(provider=provider, as_of=NOW, received_at=NOW, delay=delay)
    return Quote(ticker=ticker, currency=Currency("USD"), price=Decimal(price), provenance=provenance)


@final
@dataclass
class FakeQuotes(QuoteSource):
    """Knows these prices, and counts who asks; while it has a refusal it answers with that."""

    name: str
    prices: Mapping[str, str]
    refusal: Refusal | None = None
    delay: timedelta | None = None
    asked: list[Sequence[Ticker]] = field(default_factory=list[Sequence[Ticker]])

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes of those whose price is known."""
        self.asked.append(sorted(tickers))
        if self.refusal is not None:
            raise SourceFailed(self.refusal, "as it was told", retry_after_s=7)
        known = [ticker for ticker in tickers if str(ticker) in self.prices]
        return {ticker: quote(ticker, self.prices[str(ticker)], self.name, self.delay) for ticker in known}


@final
@dataclass
class FakeSuggestions(Suggestions):
    """Suggests the same to everybody."""

    suggested: tuple[Ticker, ...] = ()

    async def near(self, ticker: Ticker) -> tuple[Ticker, ...]:
        """Return them."""
        del ticker
        return self.suggested


def chain(*sources: FakeQuotes) -> Chains[QuoteSource]:
    """A chain of these for everything."""
    links: Sequence[Link[QuoteSource]] = [Link(source.name, source) for source in sources]
    return Chains(dict.fromkeys((None, *AssetClass), links))
