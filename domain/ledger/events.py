"""What the ledger tells others: one event per command and account, however many trades it touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.shared.events import Event, Priority
from domain.shared.ids import AccountId, CashMovementId, CorporateActionId, InstrumentId, TradeId, TransferId


class ChangeKind(StrEnum):
    """What happened to a trade, a corporate action or a movement of cash."""

    RECORDED = "recorded"
    AMENDED = "amended"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class TradeChange:
    """One trade's change in one instrument; a trade moved to another instrument is a change in both."""

    trade_id: TradeId
    instrument_id: InstrumentId
    kind: ChangeKind
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesChanged(Event):
    """Trades of one account were recorded, amended or voided, in one transaction."""

    name: ClassVar[str] = "ledger.trades_changed"

    account_id: AccountId
    changes: tuple[TradeChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateActionChanged(Event):
    """A corporate action was recorded or voided; the positions it concerns have followed."""

    name: ClassVar[str] = "ledger.corporate_action_changed"

    action_id: CorporateActionId
    instrument_id: InstrumentId
    account_id: AccountId | None
    kind: ChangeKind
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChanged(Event):
    """A transfer was recorded or voided; the positions of both accounts have followed."""

    name: ClassVar[str] = "ledger.transfer_changed"

    transfer_id: TransferId
    instrument_id: InstrumentId
    from_account_id: AccountId
    to_account_id: AccountId
    kind: ChangeKind
    version: int


@dataclass(frozen=True, slots=True)
class CashChange:
    """One change of a movement of cash."""

    movement_id: CashMovementId
    kind: ChangeKind
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashChanged(Event):
    """Movements of cash of one account were recorded, amended or voided, in one transaction."""

    name: ClassVar[str] = "ledger.cash_changed"

    account_id: AccountId
    changes: tuple[CashChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsProposed(Event):
    """The market says that splits or dividends happened to an instrument, and its owners have to say if they count."""

    name: ClassVar[str] = "ledger.actions_proposed"

    instrument_id: InstrumentId
    provider: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDue(Event):
    """A night has come in which all that follows from what an organisation recorded is computed anew."""

    name: ClassVar[str] = "ledger.verification_due"
    priority: ClassVar[Priority] = Priority.LOW

    night: date

    @property
    def unique_key(self) -> str:
        """The night: it is asked for many times, so that none is missed."""
        return self.night.isoformat()
