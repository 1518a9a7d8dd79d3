"""A transfer: securities that moved from one of the owner's accounts to another, with what they cost.

It is a fact like a trade: recorded once, corrected or voided with its history kept, and replayed with the trades.
Nothing is sold, so nothing is realised. Files of both accounts may tell of it, each from its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.ledger.account import Account
from domain.ledger.events import ChangeKind, TransferChanged
from domain.ledger.execution import BEFORE_TRADES, LotSelection, OrderKey, check_selection
from domain.ledger.pair import Pair
from domain.ledger.trade import EARLIEST, MAX_NOTES_LENGTH, MAX_REASON_LENGTH, check_not_in_the_future
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TransferId
from domain.shared.money import ZERO, check_number, plain
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant

# the two sides of a transfer may be told days apart: brokers take time, and some files have dates only
ON_THE_WAY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDetails:
    """What is said about a transfer; `lot_selection` names lots of the giving account that are to go first."""

    from_account_id: AccountId
    to_account_id: AccountId
    instrument_id: InstrumentId
    quantity: Decimal
    transferred_at: datetime
    lot_selection: tuple[LotSelection, ...] = ()
    notes: str | None = None

    def __post_init__(self) -> None:
        if self.from_account_id == self.to_account_id:
            raise Invalid(
                "fromAccountId and toAccountId are the same account; a transfer needs two.", field="toAccountId"
            )
        if check_number(self.quantity, "quantity") <= ZERO:
            raise Invalid(
                f"quantity is {plain(self.quantity)}; it must be greater than zero, "
                "and the accounts say which way it went.",
                field="quantity",
            )
        check_selection(self.lot_selection, self.quantity)
        object.__setattr__(self, "transferred_at", instant(self.transferred_at, "transferredAt"))
        if self.transferred_at < EARLIEST:
            raise Invalid(
                f"transferredAt is {self.transferred_at.date()}; nothing before 1900 is kept. Check the year.",
                field="transferredAt",
            )
        if self.notes is not None:
            check_prose(self.notes, "notes", MAX_NOTES_LENGTH)


class Report(NamedTuple):
    """The row of an import that tells of a transfer, by its source key in the account of the import."""

    source_key: str
    import_id: ImportId


class Moved(NamedTuple):
    """How many units a transfer took; `substituted` of them are not of the lots it names, which had them no more."""

    quantity: Decimal
    substituted: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class Transfer:
    """The aggregate, changed only through its methods; each change raises `version` by one.

    `import_id` names the import that recorded it; None if that was done by hand. `out_report` is what a file of the
    giving account told, `in_report` what one of the receiving account did.
    """

    id: TransferId
    organisation_id: OrganisationId
    details: TransferDetails
    version: int
    created_at: datetime
    updated_at: datetime
    import_id: ImportId | None = None
    out_report: Report | None = None
    in_report: Report | None = None
    voided_at: datetime | None = None
    void_reason: str | None = None

    @classmethod
    def record(
        cls,
        id_: TransferId,
        details: TransferDetails,
        source: Account,
        target: Account,
        now: datetime,
    ) -> Transfer:
        """Return a new transfer at version 1; raise Conflict if an account is closed, PeriodLocked, or Invalid."""
        for account in (source, target):
            account.must_be_open()
            account.must_be_unlocked(details.transferred_at)
        check_not_in_the_future(details.transferred_at, "transferredAt", now)
        return cls(
            id=id_,
            organisation_id=source.organisation_id,
            details=details,
            version=1,
            created_at=now,
            updated_at=now,
        )

    @property
    def order_key(self) -> OrderKey:
        """The place in the history: what has come can be sold from that instant on."""
        return (self.details.transferred_at, BEFORE_TRADES, self.id)

    @property
    def source(self) -> Pair:
        """The position that gives."""
        return Pair(self.details.from_account_id, self.details.instrument_id)

    @property
    def target(self) -> Pair:
        """The position that receives."""
        return Pair(self.details.to_account_id, self.details.instrument_id)

    @property
    def pairs(self) -> frozenset[Pair]:
        """Both positions."""
        return frozenset({self.source, self.target})

    def report_of(self, account_id: AccountId) -> Report | None:
        """Return what a file of the account told."""
        return self.out_report if account_id == self.details.from_account_id else self.in_report

    def is_told_again(self, account_id: AccountId, details: TransferDetails) -> bool:
        """Tell whether a file of the account means this one: the same units on about the same day, not told yet."""
        mine = self.details
        return (
            self.voided_at is None
            and self.report_of(account_id) is None
            and (mine.from_account_id, mine.to_account_id, mine.instrument_id, mine.quantity)
            == (details.from_account_id, details.to_account_id, details.instrument_id, details.quantity)
            and abs(mine.transferred_at - details.transferred_at) <= ON_THE_WAY
        )

    def tell(self, account_id: AccountId, report: Report) -> None:
        """Keep what a file of the account tells."""
        if account_id == self.details.from_account_id:
            self.out_report = report
        else:
            self.in_report = report

    def confirm(self, account_id: AccountId, report: Report, now: datetime) -> None:
        """Keep what a file tells of a transfer that is on record already."""
        self.tell(account_id, report)
        self._changed(now)

    def retract(self, import_id: ImportId, reason: str, now: datetime) -> None:
        """Forget what an import told; void the transfer if an import recorded it and no other tells of it."""
        if self.out_report is not None and self.out_report.import_id == import_id:
            self.out_report = None
        if self.in_report is not None and self.in_report.import_id == import_id:
            self.in_report = None
        if self.import_id is not None and self.out_report is None and self.in_report is None:
            self.void(reason, now)
        else:
            self._changed(now)

    def void(self, reason: str, now: datetime) -> None:
        """Take it out of every figure; raise Conflict if it is void already."""
        if self.voided_at is not None:
            raise Conflict(
                f"Transfer {self.id} was voided at {self.voided_at.isoformat()} and cannot change any more; "
                "record it anew.",
                transferId=str(self.id),
            )
        check_line(reason, "reason", MAX_REASON_LENGTH)
        self.void_reason = reason
        self.voided_at = now
        self._changed(now)

    def _changed(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now


def transfer_changed(transfer: Transfer) -> TransferChanged:
    """Return the event that tells of the transfer's last change."""
    return TransferChanged(
        organisation_id=transfer.organisation_id,
        transfer_id=transfer.id,
        instrument_id=transfer.details.instrument_id,
        from_account_id=transfer.details.from_account_id,
        to_account_id=transfer.details.to_account_id,
        kind=ChangeKind.RECORDED if transfer.voided_at is None else ChangeKind.VOIDED,
        version=transfer.version,
    )
