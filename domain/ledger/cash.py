"""A movement of cash without a trade: money paid in, a dividend, a fee, one side of a transfer or of a conversion.

It is a fact like a trade: recorded once, corrected or voided with its history kept. The kind decides the sign, so that
an amount is never negative and never counted the wrong way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from domain.ledger.account import Account
from domain.ledger.cash_kind import CashKind
from domain.ledger.events import CashChange, CashChanged, ChangeKind
from domain.ledger.trade import EARLIEST, MAX_NOTES_LENGTH, MAX_REASON_LENGTH, check_not_in_the_future
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import EXACT, ZERO, Currency, check_number, plain
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant

TRANSFERS: Final = frozenset({CashKind.TRANSFER_OUT, CashKind.TRANSFER_IN})
CONVERSIONS: Final = frozenset({CashKind.CONVERSION_OUT, CashKind.CONVERSION_IN})
PAIRED: Final = TRANSFERS | CONVERSIONS
OUTWARD: Final = frozenset(
    {
        CashKind.WITHDRAWAL,
        CashKind.DIVIDEND_PAID,
        CashKind.INTEREST_PAID,
        CashKind.FEE,
        CashKind.TAX,
        CashKind.TRANSFER_OUT,
        CashKind.CONVERSION_OUT,
    }
)
_TAXED: Final = frozenset({CashKind.DIVIDEND, CashKind.INTEREST})
WITHOUT_INSTRUMENT: Final = frozenset({CashKind.DEPOSIT, CashKind.WITHDRAWAL}) | PAIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class CashDetails:
    """What is said, and can be corrected, about a movement; every value is checked here.

    `amount` is gross, greater than zero, and in a currency of its own. `tax` is what was withheld from a dividend or
    from interest before it came in. `reinvested_in` is the purchase that a dividend paid for.
    """

    kind: CashKind
    amount: Decimal
    currency: Currency
    occurred_at: datetime
    tax: Decimal = ZERO
    value_date: date | None = None
    instrument_id: InstrumentId | None = None
    reinvested_in: TradeId | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        if check_number(self.amount, "amount") <= ZERO:
            raise Invalid(
                f"amount is {plain(self.amount)}; it must be greater than zero, and kind says which way it went.",
                field="amount",
            )
        self._check_tax()
        object.__setattr__(self, "occurred_at", instant(self.occurred_at, "occurredAt"))
        if self.occurred_at < EARLIEST:
            raise Invalid(
                f"occurredAt is {self.occurred_at.date()}; nothing before 1900 is kept. Check the year.",
                field="occurredAt",
            )
        if self.instrument_id is not None and self.kind in WITHOUT_INSTRUMENT:
            raise Invalid(f"The kind {self.kind.value} concerns no instrument; leave it out.", field="instrumentId")
        if self.reinvested_in is not None and self.kind is not CashKind.DIVIDEND:
            raise Invalid(
                f"Only a dividend is reinvested, and this is of the kind {self.kind.value}; leave the trade out.",
                field="reinvestedTradeId",
            )
        if self.notes is not None:
            check_prose(self.notes, "notes", MAX_NOTES_LENGTH)

    @property
    def net(self) -> Decimal:
        """What the movement adds to the balance: the amount less the tax withheld, negative if cash went out."""
        left = EXACT.subtract(self.amount, self.tax)
        return EXACT.minus(left) if self.kind in OUTWARD else left

    def _check_tax(self) -> None:
        tax = check_number(self.tax, "taxWithheld")
        if tax < ZERO or tax > self.amount:
            raise Invalid(
                f"taxWithheld is {plain(tax)}; it must lie between 0 and the amount {plain(self.amount)}.",
                field="taxWithheld",
            )
        if tax and self.kind not in _TAXED:
            raise Invalid(
                f"No tax is withheld from cash of the kind {self.kind.value}; record tax that was paid apart as a "
                "movement of the kind tax.",
                field="taxWithheld",
            )


@dataclass(slots=True, kw_only=True)
class CashMovement:
    """The aggregate, changed only through its methods; each change raises `version` by one.

    `counterpart_id` is the other side of a transfer or of a conversion. `changes` holds what its methods did since it
    was loaded, for `cash_changed`.
    """

    id: CashMovementId
    organisation_id: OrganisationId
    account_id: AccountId
    details: CashDetails
    version: int
    created_at: datetime
    updated_at: datetime
    counterpart_id: CashMovementId | None = None
    source_key: str | None = None
    import_id: ImportId | None = None
    voided_at: datetime | None = None
    void_reason: str | None = None
    changes: list[CashChange] = field(default_factory=list[CashChange], compare=False)

    @classmethod
    def record(
        cls,
        id_: CashMovementId,
        account: Account,
        details: CashDetails,
        now: datetime,
        *,
        counterpart_id: CashMovementId | None = None,
        source_key: str | None = None,
        import_id: ImportId | None = None,
    ) -> CashMovement:
        """Return a new movement at version 1; raise Conflict if the account is closed, PeriodLocked, Invalid.

        One side of a transfer or conversion alone is known only from a file, which shows one account.
        """
        account.must_be_open()
        account.must_be_unlocked(details.occurred_at)
        check_not_in_the_future(details.occurred_at, "occurredAt", now)
        if details.kind in PAIRED and counterpart_id is None and import_id is None:
            raise Invalid(
                f"Cash of the kind {details.kind.value} has two sides; record the transfer or the conversion instead.",
                field="kind",
            )
        movement = cls(
            id=id_,
            organisation_id=account.organisation_id,
            account_id=account.id,
            details=details,
            version=1,
            created_at=now,
            updated_at=now,
            counterpart_id=counterpart_id,
            source_key=source_key,
            import_id=import_id,
        )
        movement._note(ChangeKind.RECORDED)
        return movement

    @property
    def is_void(self) -> bool:
        """Whether the movement no longer counts."""
        return self.voided_at is not None

    def amend(self, details: CashDetails, account: Account, now: datetime) -> bool:
        """Replace the details; return False, and change nothing, if they are the same.

        Raises Conflict if void, or if more than notes and value date changes of one side of a pair; PeriodLocked if
        more than notes changes in a locked period.
        """
        self._must_count("amended")
        if details == self.details:
            return False
        if self.counterpart_id is not None and _agreed(details) != _agreed(self.details):
            raise Conflict(
                f"Cash movement {self.id} is one side of two that agree; only its notes and value date can change. "
                "Void both by voiding one, and record them anew.",
                counterpartId=str(self.counterpart_id),
            )
        if details.kind is not self.details.kind and details.kind in PAIRED:
            raise Invalid(
                f"Cash of the kind {details.kind.value} has two sides; void this movement and record the transfer or "
                "the conversion instead.",
                field="kind",
            )
        if replace(details, notes=None) != replace(self.details, notes=None):
            account.must_be_unlocked(self.details.occurred_at, details.occurred_at)
        check_not_in_the_future(details.occurred_at, "occurredAt", now)
        self.details = details
        self._touch(now)
        self._note(ChangeKind.AMENDED)
        return True

    def void(self, reason: str, now: datetime) -> None:
        """Take it out of every balance, keeping it on record; raise Conflict if it is void already.

        Whoever voids one side of a pair voids the other with it.
        """
        self._must_count("voided")
        check_line(reason, "reason", MAX_REASON_LENGTH)
        self.voided_at = now
        self.void_reason = reason
        self._touch(now)
        self._note(ChangeKind.VOIDED)

    def _must_count(self, verb: str) -> None:
        if self.voided_at is not None:
            raise Conflict(
                f"Cash movement {self.id} was voided at {self.voided_at.isoformat()} and cannot be {verb}; "
                "record a new one instead.",
                cashMovementId=str(self.id),
            )

    def _touch(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now

    def _note(self, kind: ChangeKind) -> None:
        self.changes.append(CashChange(self.id, kind, self.version))


def cash_changed(movements: Iterable[CashMovement]) -> tuple[CashChanged, ...]:
    """Collect the changes of these movements into one event per account, and forget them."""
    by_account: dict[tuple[OrganisationId, AccountId], list[CashChange]] = {}
    for movement in movements:
        by_account.setdefault((movement.organisation_id, movement.account_id), []).extend(movement.changes)
        movement.changes.clear()
    return tuple(
        CashChanged(organisation_id=organisation_id, account_id=account_id, changes=tuple(changes))
        for (organisation_id, account_id), changes in by_account.items()
        if changes
    )


def _agreed(details: CashDetails) -> CashDetails:
    """Return the details without what each side of a pair may say for itself."""
    return replace(details, notes=None, value_date=None)
