"""Rates of days that the central bank's file does not reach, as the market tells them.

What the file tells of its own days stays as it is, so that figures of the past never move. After its last day the
nearest day counts, whoever tells it, and each rate says who did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import Final, NamedTuple, final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.rates.ecb import EcbRates
from adapters.platform.database.transaction import Tenant, read
from application.ledger.currencies.ports import ExchangeRates
from domain.ledger.exchange import MAX_AGE, Rate, RateSource
from domain.shared.money import Currency

_EURO: Final = Currency("EUR")
_KEPT_S: Final = 15.0
_MOMENT: Final = timedelta(microseconds=1)
# a day's close is told at the midnight after it
_QUOTES: Final = text(
    """
    SELECT substr(ticker, 4, 3), as_of, price, is_simulated FROM (
        SELECT ticker, as_of, price, is_simulated FROM market_closes WHERE as_of > :since
        UNION ALL SELECT ticker, as_of, price, is_simulated FROM market_marks
    ) AS q WHERE ticker LIKE 'EUR___=X' ORDER BY as_of
    """
)


class _Quoted(NamedTuple):
    """What a euro was on a day."""

    value: Decimal
    is_simulated: bool


_ONE: Final = _Quoted(Decimal(1), is_simulated=False)


@final
class MarketRates(ExchangeRates):
    """The bank's rates and after these the market's, which are read again after some seconds."""

    def __init__(self, engine: AsyncEngine, bank: EcbRates) -> None:
        self._engine = engine
        self._bank = bank
        self._known: _Known | None = None
        self._read_at = 0.0

    @property
    def edition(self) -> str:
        """That of the bank's rates; those of the market are for now."""
        return f"{self._bank.edition} and the market"

    async def current(self) -> ExchangeRates:
        """Return what is known by now."""
        if self._known is None or monotonic() - self._read_at > _KEPT_S:
            read_at = monotonic()
            self._known = await self._read()
            self._read_at = read_at
        return self._known

    async def rates(self, base: Currency, quote: Currency, days: Collection[date]) -> Mapping[date, Rate]:
        """Return what is known by now of these days."""
        return await (await self.current()).rates(base, quote, days)

    async def _read(self) -> _Known:
        since = datetime.combine(self._bank.last_day, time(), UTC)
        quotes: dict[Currency, dict[date, _Quoted]] = {}
        async with read(self._engine, Tenant()) as connection:
            for code, as_of, price, is_simulated in await connection.execute(_QUOTES, {"since": since}):
                day = (as_of.astimezone(UTC) - _MOMENT).date()
                quotes.setdefault(Currency(code), {})[day] = _Quoted(price, is_simulated)
        return _Known(self._bank, quotes)


@final
@dataclass(frozen=True, slots=True)
class _Known(ExchangeRates):
    """The bank's rates, and what the market said until now."""

    bank: EcbRates
    quotes: Mapping[Currency, Mapping[date, _Quoted]]

    @property
    def edition(self) -> str:
        """As of now."""
        return f"{self.bank.edition} and the market"

    async def current(self) -> ExchangeRates:
        """Return itself."""
        return self

    async def rates(self, base: Currency, quote: Currency, days: Collection[date]) -> Mapping[date, Rate]:
        """Return the bank's, and for days after its last whichever is of the later day."""
        found = dict(await self.bank.rates(base, quote, days))
        last = self.bank.last_day
        for day in days:
            told = self._last(base, quote, day) if day > last and base != quote else None
            published = found.get(day)
            if told is not None and (published is None or told.day > published.day):
                found[day] = told
        return found

    def _last(self, base: Currency, quote: Currency, day: date) -> Rate | None:
        for age in range(MAX_AGE.days + 1):
            then = day - timedelta(days=age)
            in_base, in_quote = self._quoted(base, then), self._quoted(quote, then)
            if in_base is not None and in_quote is not None:
                is_simulated = in_base.is_simulated or in_quote.is_simulated
                source = RateSource.SIMULATED if is_simulated else RateSource.MARKET
                return Rate(base, quote, then, source, _EURO, in_base.value, in_quote.value)
        return None

    def _quoted(self, currency: Currency, day: date) -> _Quoted | None:
        return _ONE if currency == _EURO else self.quotes.get(currency, {}).get(day)
