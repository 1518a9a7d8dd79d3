"""Tell what a company is and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.market_data.asking import Asking
from application.market_data.ports import FundamentalsSource
from application.market_data.quotes import Suggestions
from application.shared.cache import Cached, Shelf
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound


class UnknownCompany(NotFound):
    """Nobody knows such a company; `suggestions` are symbols that resemble its own."""

    def __init__(self, ticker: Ticker, suggestions: Sequence[Ticker]) -> None:
        super().__init__("company", ticker)
        self.details = {**self.details, "suggestions": [str(each) for each in suggestions]}


@dataclass(frozen=True, slots=True)
class ReadFundamentals:
    """Looks a company up by its ticker."""

    fundamentals: Asking[FundamentalsSource]
    fundamentals_shelf: Shelf[tuple[Fundamentals, ...]]
    suggestions: Suggestions

    async def __call__(self, actor: Actor, ticker: Ticker) -> Cached[Fundamentals]:
        """Return the company; raise UnknownCompany, NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        missing = NotFound("company", ticker)
        try:
            return await self.fundamentals.look_up(self.fundamentals_shelf, ticker, _company, missing)
        except NotFound:
            near = await self.suggestions.near(ticker)
        raise UnknownCompany(ticker, near)


async def _company(source: FundamentalsSource, ticker: Ticker) -> Fundamentals | None:
    return await source.fundamentals(ticker)
