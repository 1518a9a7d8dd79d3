"""The job that asks what the things that people hold cost now."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, final

import structlog

from adapters.ledger.market.prices import MarketPrice, MarketPrices
from adapters.ledger.market.watched import Followed, Watched, WatchRules, special_days
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import QuoteBook
from application.shared.chores import Chore
from application.shared.ports import Clock
from domain.market_data.calendar import MarketState, last_close, status
from domain.market_data.exchange import EXCHANGES
from domain.market_data.quote import Quote
from domain.market_data.settled import SETTLING, home_of
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 50
# whoever is connected may follow thousands of symbols, invented ones too, and calls are everybody's
_MOST_FOLLOWED: Final = 100
# how old a price may be where the market never closes, and where it pauses over a weekend with a holiday
_STALE_AROUND_THE_CLOCK: Final = timedelta(days=1)
_STALE: Final = timedelta(days=4)
_AROUND_THE_CLOCK: Final = EXCHANGES["CRYPTO"]


@final
class MarketMarksJob(Chore):
    """Asks for prices where there is trading, or was since the last call.

    What is popular, or followed by somebody who is connected, is only put at hand unless it is held. Of what is
    followed a hundred are asked for in a call, each in its turn, and whatever becomes of them, what is held is kept.
    """

    def __init__(  # noqa: PLR0917 - what it asks, keeps and goes by
        self,
        watched: Watched,
        followed: Followed,
        prices: MarketPrices,
        quotes: QuoteBook,
        calendar: TradingCalendar,
        clock: Clock,
        rules: WatchRules,
    ) -> None:
        self._watched = watched
        self._followed = followed
        self._prices = prices
        self._quotes = quotes
        self._calendar = calendar
        self._clock = clock
        self._rules = rules
        self._last_followed: Ticker | None = None
        self._log = structlog.stdlib.get_logger("tapedeck.marks")

    async def __call__(self) -> int:
        """Return how many prices came in of what is held."""
        now = self._clock.now()
        if not self._rules.simulated:
            await self._prices.forget_simulated()
        known = await self._prices.newest()
        held = {each.ticker for each in await self._watched.traded() if each.is_held}
        held.update(await self._watched.rates())
        due = sorted(each for each in held if self._is_due(each, known.get(str(each)), now))
        count = 0
        for start in range(0, len(due), _AT_ONCE):
            marks = await self._ask(due[start : start + _AT_ONCE], now)
            await self._prices.put(marks)
            count += len(marks)
        if not self._rules.is_scarce:
            try:
                async with asyncio.timeout(self._rules.patience_s):
                    await self._put_at_hand(held, now)
            except Exception as error:  # noqa: BLE001 - it would take the prices of what is held with it
                self._log.warning("not all put at hand", exc_info=error)
        return count

    async def _put_at_hand(self, held: Collection[Ticker], now: datetime) -> None:
        popular = set(self._rules.popular).difference(held)
        followed = (await self._followed.tickers()).difference(held, popular)
        wanted = [*self._trading(popular, now), *self._in_turn(self._trading(followed, now))]
        for start in range(0, len(wanted), _AT_ONCE):
            await self._quotes.read(wanted[start : start + _AT_ONCE])

    def _trading(self, tickers: Collection[Ticker], now: datetime) -> list[Ticker]:
        return sorted(each for each in tickers if self._is_open(each, now))

    def _in_turn(self, tickers: Sequence[Ticker]) -> Sequence[Ticker]:
        """Return those that come after the last ones, and from the first on after the end."""
        place = 0 if self._last_followed is None else bisect_right(tickers, self._last_followed)
        found = [*tickers[place:], *tickers[:place]][:_MOST_FOLLOWED]
        # noted before they are asked: those that take too long must not be asked for ever
        self._last_followed = found[-1] if found else None
        return found

    def _is_due(self, ticker: Ticker, received_at: datetime | None, now: datetime) -> bool:
        if received_at is None or (not self._rules.is_scarce and self._is_open(ticker, now)):
            return True
        home = home_of(ticker) or _AROUND_THE_CLOCK
        then = now - SETTLING
        if home.is_always_open:
            closed: datetime | None = datetime.combine(then.date(), time(), UTC)
        else:
            closed = last_close(home, special_days(self._calendar, home, now), then)
        return closed is not None and received_at < closed + SETTLING

    def _is_open(self, ticker: Ticker, now: datetime) -> bool:
        home = home_of(ticker) or _AROUND_THE_CLOCK
        return status(home, special_days(self._calendar, home, now), now).state is MarketState.OPEN

    async def _ask(self, tickers: Sequence[Ticker], now: datetime) -> list[tuple[MarketPrice, datetime]]:
        answers = await self._quotes.read(tickers)
        found: list[tuple[MarketPrice, datetime]] = []
        for ticker in tickers:
            told = answers[ticker]
            if isinstance(told, NoProviderAnswers) or told.value.quote is None:
                continue
            quote = told.value.quote
            if quote.price > 0 and (self._rules.simulated or not quote.provenance.simulated):
                found.append(_mark(ticker, quote, now, is_stale=told.is_stale or quote.provenance.stale))
        return found


def _mark(ticker: Ticker, quote: Quote, now: datetime, *, is_stale: bool) -> tuple[MarketPrice, datetime]:
    """Return the price, and after when it is older than it should be."""
    said = quote.provenance
    home = home_of(ticker)
    lasts = _STALE_AROUND_THE_CLOCK if home is None or home.is_always_open else _STALE
    as_of = min(said.as_of, now)
    price = MarketPrice(
        ticker=str(ticker),
        as_of=as_of,
        currency=quote.currency.code,
        price=quote.price,
        provider=said.provider,
        is_simulated=said.simulated,
        received_at=now,
    )
    return price, as_of if is_stale else as_of + lasts
