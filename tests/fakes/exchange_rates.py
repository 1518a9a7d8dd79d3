"""Exchange rates in memory, quoted against the euro."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import final

from application.ledger.currencies.ports import ExchangeRates
from domain.ledger.exchange import MAX_AGE, Rate, RateKey, RateSource
from domain.shared.money import Currency


@final
class FakeExchangeRates(ExchangeRates):
    """What a euro was in each currency, by day."""

    def __init__(self, quotes: Mapping[date, Mapping[str, str]]) -> None:
        self._quotes = {day: {"EUR": "1", **of_day} for day, of_day in quotes.items()}

    @property
    def edition(self) -> str:
        """There is one."""
        return "fake"

    async def current(self) -> ExchangeRates:
        """Return itself."""
        return self

    async def rates(self, base: Currency, quote: Currency, days: Collection[date]) -> Mapping[date, Rate]:
        """Return what is known."""
        return {day: rate for day in days if (rate := self._rate(RateKey(base, quote, day))) is not None}

    def _rate(self, key: RateKey) -> Rate | None:
        if key.base == key.quote:
            return Rate.same(key.base, key.day)
        for age in range(MAX_AGE.days + 1):
            day = key.day - timedelta(days=age)
            quoted = self._quotes.get(day, {})
            if {key.base.code, key.quote.code} <= quoted.keys():
                return Rate(
                    base=key.base,
                    quote=key.quote,
                    day=day,
                    source=RateSource.ECB,
                    pivot=Currency("EUR"),
                    in_base=Decimal(quoted[key.base.code]),
                    in_quote=Decimal(quoted[key.quote.code]),
                )
        return None
