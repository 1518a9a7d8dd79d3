"""A corporate action: what an issuer, an exchange or a contract's end did to whoever holds an instrument.

It is a fact like a trade: recorded once, corrected or voided with its history kept, and replayed with the trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.ledger.action_terms import ActionKind, ActionTerms, into_of, kind_of
from domain.ledger.events import ChangeKind, CorporateActionChanged
from domain.ledger.execution import BEFORE_TRADES, OrderKey
from domain.ledger.trade import EARLIEST, MAX_NOTES_LENGTH, MAX_REASON_LENGTH, check_not_in_the_future
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, CorporateActionId, ImportId, InstrumentId, OrganisationId
from domain.shared.text import check_line, check_prose
from domain.shared.time import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDetails:
    """What is said about an action. `account_id` is None where it holds for every account with the instrument."""

    instrument_id: InstrumentId
    effective_at: datetime
    terms: ActionTerms
    account_id: AccountId | None = None
    notes: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "effective_at", instant(self.effective_at, "effectiveAt"))
        if self.effective_at < EARLIEST:
            raise Invalid(
                f"effectiveAt is {self.effective_at.date()}; nothing before 1900 is kept. Check the year.",
                field="effectiveAt",
            )
        if into_of(self.terms) == self.instrument_id:
            raise Invalid("An instrument cannot become itself; name the other one.", field="into")
        if self.notes is not None:
            check_prose(self.notes, "notes", MAX_NOTES_LENGTH)


@dataclass(slots=True, kw_only=True)
class CorporateAction:
    """The aggregate, changed only through its methods; each change raises `version` by one."""

    id: CorporateActionId
    organisation_id: OrganisationId
    details: ActionDetails
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
        id_: CorporateActionId,
        organisation_id: OrganisationId,
        details: ActionDetails,
        now: datetime,
        *,
        source_key: str | None = None,
        import_id: ImportId | None = None,
    ) -> CorporateAction:
        """Return a new action at version 1; raise Invalid for one that lies in the future."""
        check_not_in_the_future(details.effective_at, "effectiveAt", now)
        return cls(
            id=id_,
            organisation_id=organisation_id,
            details=details,
            version=1,
            created_at=now,
            updated_at=now,
            source_key=source_key,
            import_id=import_id,
        )

    @property
    def kind(self) -> ActionKind:
        """What happens."""
        return kind_of(self.details.terms)

    @property
    def order_key(self) -> OrderKey:
        """The place in the history: trades of the same instant are in new units."""
        return (self.details.effective_at, BEFORE_TRADES, self.id)

    @property
    def instruments(self) -> frozenset[InstrumentId]:
        """The instruments whose positions it changes."""
        into = into_of(self.details.terms)
        return frozenset({self.details.instrument_id} if into is None else {self.details.instrument_id, into})

    def repeats(self, other: CorporateAction) -> bool:
        """Tell whether both say the same of an account: one kind, one instrument, one instant."""
        mine, theirs = self.details, other.details
        return (mine.instrument_id, mine.effective_at, self.kind) == (
            theirs.instrument_id,
            theirs.effective_at,
            other.kind,
        ) and (mine.account_id is None or other.concerns(mine.account_id))

    def concerns(self, account_id: AccountId) -> bool:
        """Tell whether it holds for the account."""
        return self.details.account_id in {None, account_id}

    def void(self, reason: str, now: datetime) -> None:
        """Take it out of every figure; raise Conflict if it is void already."""
        if self.voided_at is not None:
            raise Conflict(
                f"Corporate action {self.id} was voided at {self.voided_at.isoformat()} and cannot change any more; "
                "record it anew.",
                corporateActionId=str(self.id),
            )
        check_line(reason, "reason", MAX_REASON_LENGTH)
        self.void_reason = reason
        self.voided_at = now
        self.version += 1
        self.updated_at = now


def action_changed(action: CorporateAction) -> CorporateActionChanged:
    """Return the event that tells of the action's last change."""
    return CorporateActionChanged(
        organisation_id=action.organisation_id,
        action_id=action.id,
        instrument_id=action.details.instrument_id,
        account_id=action.details.account_id,
        kind=ChangeKind.RECORDED if action.voided_at is None else ChangeKind.VOIDED,
        version=action.version,
    )
