"""Fills the series of many symbols side by side, each by the first provider of its chain that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from datetime import timedelta
from time import monotonic
from typing import Final, final

from adapters.market_data.offers import Offer, chains_for
from adapters.market_data.settings import MarketDataSettings
from application.market_data.backfill.ports import BarFiller, Filled, Filling, Unfilled
from application.market_data.bar_store import BarStore
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import Chains, NoProviderAnswers
from application.market_data.ports import Span
from application.market_data.stored_bars import StoredBars
from application.shared.ports import Clock
from domain.market_data.ticker import Ticker

# while one's file is read, another's bars are on their way to the database
_SIDE_BY_SIDE: Final = 3
# budgets of calls are for a minute or less, or for a day; the transaction of the step cannot rest for longer than three
_LONGEST_WAIT_S: Final = 75


def filler_chains(
    offers: Sequence[Offer], settings: MarketDataSettings, store: BarStore, calendar: TradingCalendar, clock: Clock
) -> Chains[BarFiller]:
    """Return the chains of bars, each provider with the store to fill: also those that lie here."""
    fresh_for = timedelta(seconds=settings.lifetimes.history_s)

    def filler(offer: Offer) -> BarFiller | None:
        if offer.bars is None:
            return None
        return StoredBars(offer.name, offer.bars, store, calendar, clock, fresh_for)

    return chains_for("bars", offers, settings, filler)


@final
class FillingSideBySide(Filling):
    """Fills three at a time; waits for providers that allow no more calls for now, a good minute in all."""

    def __init__(self, chains: Chains[BarFiller], pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._chains = chains
        self._pause = pause

    async def fill(self, tickers: Sequence[Ticker], span: Span) -> Mapping[Ticker, Filled | Unfilled]:
        """Return what became of each; each is kept by a transaction of its own."""
        turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        until = monotonic() + _LONGEST_WAIT_S

        async def one(ticker: Ticker) -> Filled | Unfilled:
            async with turns:
                return await self._one(ticker, span, until)

        async with asyncio.TaskGroup() as group:
            # in a context of its own: the transaction of the job's step belongs to one task
            tasks = [group.create_task(one(ticker), context=Context()) for ticker in tickers]
        return {ticker: task.result() for ticker, task in zip(tickers, tasks, strict=True)}

    async def _one(self, ticker: Ticker, span: Span, until: float) -> Filled | Unfilled:
        async def fill(filler: BarFiller) -> Filled | None:
            return await filler.fill(ticker, span)

        while True:
            try:
                answer = await self._chains.ask(ticker.asset_class, fill)
            except NoProviderAnswers as error:
                wait_s = error.details.get("retry_after_s")
                if not isinstance(wait_s, int) or monotonic() + wait_s > until:
                    return Unfilled.NO_ANSWER
                # a second at least, or whoever says none would be asked without end
                await self._pause(max(wait_s, 1))
            else:
                return Unfilled.UNKNOWN if answer.value is None else answer.value
