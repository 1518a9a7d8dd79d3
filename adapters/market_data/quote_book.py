"""Quotes over the cache, over the chain of providers; what is asked for at the same time goes out as one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final, final

from application.market_data.chains import Chains, NoProviderAnswers
from application.market_data.ports import QuoteSource
from application.market_data.quotes import QuoteBook, Told
from application.shared.cache import Cache, Cached, Shelf
from domain.market_data.asset_class import AssetClass
from domain.market_data.provenance import Fallback
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

# a delay of seconds is that of the wire; what a provider calls delayed is minutes
_LIVE: Final = timedelta(seconds=30)
_MOST_IN_A_CALL: Final = 100
# who asks for many asks at once, and the cache answers each a moment sooner or later
_GATHER_S: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLifetimes:
    """For how many seconds what is known of a quote is good."""

    live_s: float
    delayed_s: float
    unknown_s: float
    stale_s: float

    def of(self, told: Told) -> float:
        """Return how long this is fresh."""
        if told.quote is None:
            return self.unknown_s
        delay = told.quote.provenance.delay
        return self.delayed_s if delay is None or delay > _LIVE else self.live_s


@final
class KeptQuotes(QuoteBook):
    """One per process. With a tolerance others are asked too, `quorum` in all, and it is told whose price is apart."""

    def __init__(
        self,
        chains: Chains[QuoteSource],
        cache: Cache,
        lifetimes: QuoteLifetimes,
        *,
        tolerance: Decimal | None = None,
        quorum: int = 2,
    ) -> None:
        self._tolerance = tolerance
        self._others = 0 if tolerance is None else quorum - 1
        self._cache = cache
        self._lifetimes = lifetimes
        self._shelf = Shelf(name="quote", version=2, kind=Told, ttl_s=lifetimes.delayed_s, stale_s=lifetimes.stale_s)
        self._chains = chains
        # what one provider carries and another does not, such as the shares of a country, goes out by itself
        self._callers: dict[tuple[AssetClass, str | None], _Together] = {}

    async def read(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Cached[Told] | NoProviderAnswers]:
        """Return for each ticker what is kept, or what the first provider that answers says."""
        wanted = list(tickers)
        answers = await asyncio.gather(*(self._one(ticker) for ticker in wanted))
        return dict(zip(wanted, answers, strict=True))

    async def _one(self, ticker: Ticker) -> Cached[Told] | NoProviderAnswers:
        try:
            return await self._cache.get(
                self._shelf, ticker, self._caller(ticker).ask, tenant=None, lasts=self._lifetimes.of
            )
        except NoProviderAnswers as error:
            return error

    def _caller(self, ticker: Ticker) -> _Together:
        market = ticker.asset_class, ticker.exchange
        caller = self._callers.get(market)
        if caller is None:
            caller = self._callers[market] = _Together(self._asking(ticker.asset_class))
        return caller

    def _asking(self, kind: AssetClass) -> Callable[[Sequence[Ticker]], Awaitable[Mapping[Ticker, Told]]]:
        async def ask(tickers: Sequence[Ticker]) -> Mapping[Ticker, Told]:
            async def quotes(source: QuoteSource) -> Mapping[Ticker, Quote]:
                return await source.quotes(tickers)

            found = await self._chains.ask(kind, quotes)
            others: list[Mapping[Ticker, Quote]] = []
            last = found.provider
            while len(others) < self._others:
                other = await self._chains.ask_another(kind, last, quotes)
                if other is None:
                    break
                others.append(other.value)
                last = other.provider
            told: dict[Ticker, Told] = {}
            for ticker in tickers:
                quote = found.value.get(ticker)
                if quote is not None and self._tolerance is not None:
                    quote = _compared(quote, [each[ticker] for each in others if ticker in each], self._tolerance)
                told[ticker] = Told(_explained(quote, found.instead_of))
            return told

        return ask


def _compared(quote: Quote, others: Sequence[Quote], tolerance: Decimal) -> Quote:
    """Return the quote, which names the providers whose price in the same currency is too far away."""
    apart = tuple(
        other.provenance.provider
        for other in others
        if other.currency == quote.currency and abs(other.price - quote.price) > tolerance * abs(quote.price)
    )
    return replace(quote, provenance=replace(quote.provenance, disputed_by=apart)) if apart else quote


def _explained(quote: Quote | None, instead_of: Sequence[Fallback]) -> Quote | None:
    if quote is None or not instead_of:
        return quote
    return replace(quote, provenance=replace(quote.provenance, instead_of=tuple(instead_of)))


class _Together:
    """Gathers what is asked for at about the same time, and has it asked for in one call."""

    def __init__(self, ask: Callable[[Sequence[Ticker]], Awaitable[Mapping[Ticker, Told]]]) -> None:
        self._ask = ask
        self._waiting: dict[Ticker, asyncio.Future[Told]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, ticker: Ticker) -> Told:
        """Return what is said of the ticker, by a call that may speak of others too."""
        if not self._waiting:
            task = asyncio.create_task(self._gather())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        answer = self._waiting.get(ticker)
        if answer is None:
            answer = self._waiting[ticker] = asyncio.get_running_loop().create_future()
            # nobody may be waiting any more when it fails
            answer.add_done_callback(_seen)
        return await asyncio.shield(answer)

    async def _gather(self) -> None:
        await asyncio.sleep(_GATHER_S)
        waiting, self._waiting = self._waiting, {}
        tickers = sorted(waiting)
        parts = [tickers[start : start + _MOST_IN_A_CALL] for start in range(0, len(tickers), _MOST_IN_A_CALL)]
        await asyncio.gather(*(self._call(part, waiting) for part in parts))

    async def _call(self, tickers: Sequence[Ticker], waiting: Mapping[Ticker, asyncio.Future[Told]]) -> None:
        try:
            told = await self._ask(tickers)
            for ticker in tickers:
                waiting[ticker].set_result(told[ticker])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            for ticker in tickers:
                if not waiting[ticker].done():
                    waiting[ticker].set_exception(error)
        finally:
            for ticker in tickers:
                waiting[ticker].cancel()


def _seen(answer: asyncio.Future[Told]) -> None:
    if not answer.cancelled():
        answer.exception()
