"""A feed of live prices in memory, which carries, says and loses what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, final

from application.market_data.live.ports import FeedHealth, TickFeed
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

NOON: Final = datetime(2026, 1, 30, 12, tzinfo=UTC)


@final
class FakeFeed(TickFeed):
    """Carries these, with room for some of them; those that are `lost` falter while it follows them."""

    def __init__(self, provider: str, *carried: Ticker, room: int = 99) -> None:
        self._provider = provider
        self._carried = carried
        self._room = room
        self._receive: Callable[[Sequence[TickUpdate]], None] | None = None
        self.followed: frozenset[Ticker] = frozenset()
        self.lost: frozenset[Ticker] = frozenset()
        self.reconnects = 0

    @property
    def provider(self) -> str:
        """Its name."""
        return self._provider

    def carries(self, ticker: Ticker) -> bool:
        """Whether it is one of these."""
        return ticker in self._carried

    def follow(self, tickers: frozenset[Ticker]) -> frozenset[Ticker]:
        """Follow as many as there is room for."""
        self.followed = frozenset(sorted(tickers)[: self._room])
        return tickers - self.followed

    def faltering(self) -> frozenset[Ticker]:
        """What it follows of the lost ones."""
        return self.lost & self.followed

    async def run(self, receive: Callable[[Sequence[TickUpdate]], None]) -> None:
        """Wait to be told."""
        self._receive = receive
        await asyncio.Event().wait()

    def health(self) -> FeedHealth:
        """It is well, and was connected anew so often."""
        number = self.reconnects
        return FeedHealth(self._provider, is_alive=True, connections=1, followed=1, silent_s=0.0, reconnects=number)

    def says(self, ticker: Ticker, number: int = 1) -> TickUpdate:
        """Return what it says of a price, so many seconds after noon."""
        at = NOON + timedelta(seconds=number)
        return TickUpdate(ticker, self._provider, at, at, Currency("USD"), last=Decimal(number))

    def say(self, ticker: Ticker, number: int) -> None:
        """Tell it to whoever runs the feed."""
        assert self._receive is not None
        self._receive([self.says(ticker, number)])
