"""What something costs now, as far as anybody says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, Currency, check_number, round_share

_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price in a whole currency (pence are pounds here), and what else was said with it; None is not said.

    `open`, `high`, `low` and `volume` are of the session of `provenance.as_of`, unadjusted; `previous_close` is the
    close of the session before it, in units of this one: a provider restates it after a split. A market that never
    closes has no sessions: there, they are of the last 24 hours, and the price before these.
    """

    ticker: Ticker
    currency: Currency
    price: Decimal
    provenance: Provenance
    previous_close: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    market_cap: Decimal | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        check_number(self.price, "price")
        for field in ("volume", "bid_size", "ask_size", "market_cap"):
            value: Decimal | None = getattr(self, field)
            if value is not None and (not value.is_finite() or value < 0):
                raise Invalid(f"{field} is {value}; it cannot be less than zero.", field=field)

    @property
    def change(self) -> Decimal | None:
        """By how much the price differs from the close before; None if that is not known."""
        return None if self.previous_close is None else EXACT.subtract(self.price, self.previous_close)

    @property
    def change_percent(self) -> Decimal | None:
        """The change in per cent of the close before, to 18 places; None where that is unknown, zero or negative."""
        change = self.change
        if change is None or self.previous_close is None or self.previous_close <= 0:
            return None
        return round_share(change, _HUNDRED, self.previous_close)
