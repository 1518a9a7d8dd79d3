"""What is traded: a symbol on an exchange, in one segment and one currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId
from domain.shared.money import ZERO, Currency, check_number


class Segment(StrEnum):
    """The kind of market an instrument belongs to."""

    EQUITY = "equity"
    DERIVATIVE = "derivative"
    COMMODITY = "commodity"
    CURRENCY = "currency"
    CRYPTO = "crypto"
    FUND = "fund"


@dataclass(frozen=True, slots=True)
class InstrumentKey:
    """What identifies an instrument within an organisation."""

    symbol: str
    exchange: str
    segment: Segment
    currency: Currency

    def __post_init__(self) -> None:
        _check_name(self.symbol, "symbol", 64)
        _check_name(self.exchange, "exchange", 16)


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument with the terms of its contract; `multiplier` turns price x quantity into money.

    `tick_size` and `lot_size` are facts for display and orders: a recorded fill may be an average price
    or a fraction, so trades are not checked against them.
    """

    id: InstrumentId
    key: InstrumentKey
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None

    def __post_init__(self) -> None:
        for value, field in ((self.multiplier, "multiplier"), (self.tick_size, "tickSize"), (self.lot_size, "lotSize")):
            if value is not None and check_number(value, field) <= ZERO:
                raise Invalid(f"{field} must be greater than zero.", field=field)


def _check_name(text: str, field: str, longest: int) -> None:
    if not 1 <= len(text) <= longest or text != text.strip() or not text.isprintable():
        raise Invalid(f"{field} must be 1 to {longest} printable characters without blanks around it.", field=field)
