"""What is traded: a symbol on an exchange, in one segment and one currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId
from domain.shared.money import ZERO, Currency, check_number, plain
from domain.shared.text import check_line

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


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
        check_line(self.symbol, "symbol", 64)
        check_line(self.exchange, "exchange", 16)


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
                raise Invalid(f"{field} is {plain(value)}; it must be greater than zero.", field=field)
        if self.isin is not None and _ISIN.fullmatch(self.isin) is None:
            raise Invalid(
                f"{self.isin[:24]!r} is not an ISIN such as INE009A01021: "
                "two letters, nine letters or digits, one digit.",
                field="isin",
            )
