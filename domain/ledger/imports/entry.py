"""What a row of a broker's file can say: a fill, a movement of cash, a corporate action, a transfer of securities.

An entry may carry the source's own name for it (`entry_id`, of a fill `fill_id`), unique within the account; one
without a name is told by its content and by its ordinal among equal rows of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from domain.ledger.action_terms import ActionTerms
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.fill import Fill
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId, CashMovementId, InstrumentId, TradeId
from domain.shared.instrument import InstrumentKey
from domain.shared.money import ZERO, Currency, check_number, plain

# stands in an action's terms for the instrument that `into` names, until that one is looked up
UNRESOLVED: Final = InstrumentId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class CashLeg:
    """The other side of a conversion: what was received for what was given; the words are an exported one's own."""

    amount: Decimal
    currency: Currency
    value_date: date | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        _positive(self.amount, "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOrigin:
    """Which movement, of which account, an export of this ledger wrote; the trade is named as it was there."""

    movement_id: CashMovementId
    account_id: AccountId
    reinvested_in: TradeId | None = None
    multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEntry:
    """A movement of cash; `amount` is greater than zero and gross, the kind says which way it went.

    `tax` is what was withheld from a dividend or from interest, where the same row says so; tax in a row of its own
    is an entry of its own. A conversion is one entry of the kind `conversion_out` with what came in as `received`.
    One with an `origin` is a movement as a ledger kept it, about exactly that instrument.
    """

    kind: CashKind
    amount: Decimal
    currency: Currency
    occurred_at: datetime
    tax: Decimal = ZERO
    instrument: InstrumentKey | None = None
    isin: str | None = None
    received: CashLeg | None = None
    value_date: date | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None
    origin: CashOrigin | None = None

    def __post_init__(self) -> None:
        _positive(self.amount, "amount")
        if check_number(self.tax, "tax") < ZERO or self.tax > self.amount:
            raise Invalid(f"tax is {plain(self.tax)}; it must lie between 0 and the amount.", field="tax")
        if (self.kind is CashKind.CONVERSION_OUT) is not (self.received is not None):
            raise Invalid("A conversion, and nothing else, names what was received.", field="kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """A corporate action for this account. Where the terms name another instrument, they hold `UNRESOLVED`.

    That instrument is `into`, with its ISIN and its contract's multiplier where the file knows them.
    """

    instrument: InstrumentKey
    terms: ActionTerms
    effective_at: datetime
    isin: str | None = None
    into: InstrumentKey | None = None
    into_isin: str | None = None
    multiplier: Decimal | None = None
    into_multiplier: Decimal | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None

    @property
    def occurred_at(self) -> datetime:
        """When it takes effect."""
        return self.effective_at


class Direction(StrEnum):
    """Which way securities moved, seen from the account of the file."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEntry:
    """Securities that moved between this account and another; `counterparty` is how the file names the other."""

    instrument: InstrumentKey
    direction: Direction
    quantity: Decimal
    transferred_at: datetime
    counterparty: str
    isin: str | None = None
    multiplier: Decimal | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        _positive(self.quantity, "quantity")

    @property
    def occurred_at(self) -> datetime:
        """When the securities moved."""
        return self.transferred_at


Entry: TypeAlias = Fill | CashEntry | ActionEntry | TransferEntry


def _positive(value: Decimal, field: str) -> None:
    if check_number(value, field) <= ZERO:
        raise Invalid(f"{field} must be greater than zero; got {plain(value)}.", field=field)
