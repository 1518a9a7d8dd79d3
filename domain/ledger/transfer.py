"""A transfer: securities that moved from one of the owner's accounts to another, with what they cost.

It is a fact like a trade: recorded once, corrected or voided with its history kept, and replayed with the trades.
Nothing is sold, so nothing is realised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.ledger.account import Account
from domain.ledger.events import ChangeKind, TransferChanged
from domain.ledger.execution import LotSelection, OrderKey, check_selection
from domain.ledger.pair import Pair
from domain.ledger.trade import EARLIEST, MAX_NOTES_LENGTH, MAX_REASON_LENGTH, check_not_in_the_future
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TransferId
from domain.shared.money import ZERO, check_number, plain
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant

# before every trade of the same instant: what has come can be sold from then on
_BEFORE_TRADES = -1


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


@dataclass(slots=True, kw_only=True)
class Transfer:
    """The aggregate, changed only through its methods; each change raises `version` by one."""

    id: TransferId
    organisation_id: OrganisationId
    details: TransferDetails
    version: int
    created_at: datetime
    updated_at: datetime
    source_key: str | None = None
    import_id: ImportId | None = None
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
        *,
        source_key: str | None = None,
        import_id: ImportId | None = None,
    ) -> Transfer:
        """Return a new transfer at version 1; raise Conflict if an account is closed, Invalid for the future."""
        source.must_be_open()
        target.must_be_open()
        check_not_in_the_future(details.transferred_at, "transferredAt", now)
        return cls(
            id=id_,
            organisation_id=source.organisation_id,
            details=details,
            version=1,
            created_at=now,
            updated_at=now,
            source_key=source_key,
            import_id=import_id,
        )

    @property
    def order_key(self) -> OrderKey:
        """The place in the history."""
        return (self.details.transferred_at, _BEFORE_TRADES, self.id)

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
