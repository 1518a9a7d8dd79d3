"""Exchange rates: what one unit of a currency was worth in another on a day, and who says so.

A rate is never guessed. Where nobody published one on the day or in the week before it, there is none: amounts are
then listed apart, and neither taken one to one nor left out in silence.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.shared.errors import TapedeckError
from domain.shared.money import Currency, round_share

MAX_AGE: Final = timedelta(days=7)
"""How old the last rate may be. Weekends and holidays together leave out four days at most."""

_ONE: Final = Decimal(1)


class RateSource(StrEnum):
    """Who says what a rate was."""

    ECB = "ecb"
    MARKET = "market"
    SIMULATED = "simulated"
    SAME_CURRENCY = "same_currency"


class RateKey(NamedTuple):
    """Which rate is wanted: units of `quote` for one of `base`, as it stood on a day."""

    base: Currency
    quote: Currency
    day: date


class Rate(NamedTuple):
    """A rate that was published on `day`: as much is one unit of `pivot` in `base`, and as much in `quote`.

    Sources quote everything against one currency; a rate between two others goes through it.
    """

    base: Currency
    quote: Currency
    day: date
    source: RateSource
    pivot: Currency
    in_base: Decimal
    in_quote: Decimal

    @property
    def value(self) -> Decimal:
        """Units of `quote` for one of `base`: in_quote / in_base, half-even to 18 places."""
        return round_share(self.in_quote, _ONE, self.in_base)

    @classmethod
    def same(cls, currency: Currency, day: date) -> Rate:
        """A currency in itself: one, on every day."""
        return cls(
            base=currency,
            quote=currency,
            day=day,
            source=RateSource.SAME_CURRENCY,
            pivot=currency,
            in_base=_ONE,
            in_quote=_ONE,
        )


class NoExchangeRate(TapedeckError):
    """Nobody published what one currency was worth in the other, on the day or shortly before."""

    code = "no_exchange_rate"

    def __init__(self, key: RateKey) -> None:
        super().__init__(
            f"There is no rate for {key.base} in {key.quote} on {key.day.isoformat()}, nor in the {MAX_AGE.days} days "
            "before.",
            base=key.base.code,
            quote=key.quote.code,
            date=key.day.isoformat(),
        )
