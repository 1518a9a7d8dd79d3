"""A row of a broker's file, translated: what was filled, and how the source names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import NO_FEES, Fees
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import ZERO, Currency, check_number

_LONGEST_ID = 64
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


class Holding(NamedTuple):
    """What a share or a fund unit is held as: one paper in one currency, on whichever exchange it was traded."""

    isin: str
    segment: Segment
    currency: Currency


class Origin(NamedTuple):
    """Which trade, of which account, an export of this ledger wrote."""

    trade_id: TradeId
    account_id: AccountId


def exported_name(trade_id: UUID) -> str:
    """Return the name under which an exported trade is a fill of its file."""
    return f"tapedeck|{trade_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill. `fill_id` is the source's own name for it, within a scope that makes it unique, if it has one.

    `sequence` breaks ties between fills of the same time, where the source knows their order. A fill with an `origin`
    is a trade as a ledger kept it, in exactly that instrument; its `lot_selection` names lots by their ids there.
    """

    instrument: InstrumentKey
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fill_id: str | None = None
    sequence: int | None = None
    isin: str | None = None
    multiplier: Decimal | None = None
    fees: Fees = NO_FEES
    settlement_date: date | None = None
    category: Category | None = None
    strategy: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    broker_trade_id: str | None = None
    broker_order_id: str | None = None
    attachments: tuple[str, ...] = ()
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    lot_selection: tuple[LotSelection, ...] = ()
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if check_number(self.quantity, "quantity") <= ZERO:
            raise Invalid(f"quantity must be greater than zero; got {self.quantity:f}.", field="quantity")
        check_number(self.price, "price")

    @property
    def holding(self) -> Holding | None:
        """What the fill adds to or takes from, if it is known to be the same on every exchange."""
        key = self.instrument
        if self.origin is not None:
            return None
        if self.isin is None or not is_isin(self.isin) or key.segment not in {Segment.EQUITY, Segment.FUND}:
            return None
        return Holding(self.isin, key.segment, key.currency)


def is_isin(text: str) -> bool:
    """Tell whether a text is an ISIN by its form and its check digit (ISO 6166: Luhn over letters as 10 to 35)."""
    if _ISIN.fullmatch(text) is None:
        return False
    digits = "".join(str(int(character, 36)) for character in text)
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def scoped_fill_id(exchange: str, segment: Segment, traded_on: date, trade_id: str) -> str:
    """Return a name that is unique within an account: exchanges begin their numbers anew each day and segment."""
    if not 1 <= len(trade_id) <= _LONGEST_ID or not trade_id.isprintable():
        raise Invalid(
            f"A trade id has 1 to {_LONGEST_ID} printable characters; got {trade_id[:48]!r}.", field="tradeId"
        )
    return f"{exchange}|{segment.value}|{traded_on.isoformat()}|{trade_id}"


def sequence_of(trade_id: str) -> int | None:
    """Return the place of a numeric trade id among fills of the same instant: exchanges count upwards.

    Longer numbers than a sequence can hold keep their low end, in which near neighbours stay in order.
    """
    if trade_id.isascii() and trade_id.isdigit():
        return int(trade_id) % (MAX_SEQUENCE + 1)
    return None
