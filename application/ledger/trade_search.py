"""What finds trades by a filter of any shape."""

from __future__ import annotations

from typing import Protocol, Self

from application.ledger.trade_filter import TradeQuery
from application.ledger.views import TradeView
from application.ledger.wanted import TradeSort
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.moment import Moment


class TradeSearch(Protocol):
    """Trades by filter; the actor needs ledger:read and sees their own only."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def matching(self, actor: Actor, query: TradeQuery, sort: TradeSort, page: PageRequest) -> Page[TradeView]:
        """Return the trades that the filter admits in the order wanted, equal ones by id."""
        ...
