"""What is told about cash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from application.ledger.views import InstrumentView, instrument_view
from domain.ledger.cash import CashMovement
from domain.ledger.cash_kind import CashKind
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, TradeId
from domain.shared.instrument import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMovementView:
    """A movement of cash, void or not, with its instrument if it has one."""

    id: CashMovementId
    account_id: AccountId
    kind: CashKind
    amount: Decimal
    tax: Decimal
    net: Decimal
    currency: str
    occurred_at: datetime
    value_date: date | None
    instrument: InstrumentView | None
    reinvested_in: TradeId | None
    counterpart_id: CashMovementId | None
    notes: str | None
    import_id: ImportId | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class ReceivedView:
    """What came in for what a conversion gave, in the words of that side."""

    amount: Decimal
    currency: str
    value_date: date | None
    notes: str | None


@dataclass(frozen=True, slots=True)
class CashPairView:
    """Both sides of a transfer or of a conversion."""

    out: CashMovementView
    in_: CashMovementView


@dataclass(frozen=True, slots=True)
class KindTotalView:
    """What the movements of one kind add to a balance, net, and how many they are."""

    kind: CashKind
    net: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashBalanceView:
    """The cash of one account in one currency with the parts that add up to it."""

    account_id: AccountId
    currency: str
    balance: Decimal
    from_trades: Decimal
    from_corporate_actions: Decimal
    from_movements: Decimal
    by_kind: Sequence[KindTotalView]


class EntrySource(StrEnum):
    """What moved cash."""

    TRADE = "trade"
    CORPORATE_ACTION = "corporate_action"
    CASH_MOVEMENT = "cash_movement"


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEntryView:
    """One entry of an account in a currency: what it added, and the balance after it.

    `kind` is the side of a trade, the kind of an action or of a movement; `source_id` its id.
    """

    source: EntrySource
    source_id: UUID
    kind: str
    occurred_at: datetime
    instrument_id: InstrumentId | None
    amount: Decimal
    balance: Decimal


def movement_view(movement: CashMovement, instrument: Instrument | None) -> CashMovementView:
    """Show a movement as a read would."""
    details = movement.details
    return CashMovementView(
        id=movement.id,
        account_id=movement.account_id,
        kind=details.kind,
        amount=details.amount,
        tax=details.tax,
        net=details.net,
        currency=details.currency.code,
        occurred_at=details.occurred_at,
        value_date=details.value_date,
        instrument=None if instrument is None else instrument_view(instrument),
        reinvested_in=details.reinvested_in,
        counterpart_id=movement.counterpart_id,
        notes=details.notes,
        import_id=movement.import_id,
        version=movement.version,
        created_at=movement.created_at,
        updated_at=movement.updated_at,
        voided_at=movement.voided_at,
        void_reason=movement.void_reason,
    )
