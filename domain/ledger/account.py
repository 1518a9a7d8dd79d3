"""An account at a broker: the boundary within which lots match each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.ledger.errors import PeriodLocked
from domain.ledger.method import CostMethod
from domain.shared.errors import Conflict
from domain.shared.ids import AccountId, OrganisationId
from domain.shared.instrument import Segment
from domain.shared.money import Currency
from domain.shared.text import check_line
from domain.shared.time import zone

# contracts in these segments have no unit to lack: selling first is as ordinary as buying first
_ALWAYS_SHORT = frozenset({Segment.DERIVATIVE, Segment.COMMODITY, Segment.CURRENCY})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What the owner says about an account.

    `shorting` tells whether a sale beyond what is held opens a short position; if not, such a sale is a
    disposal with missing basis. `currency` is the one reports of this account prefer; each instrument
    keeps its own. What happened on days up to `locked_through`, in the account's time zone, does not change.
    """

    broker: str
    label: str
    currency: Currency
    time_zone: str
    shorting: bool = True
    cost_method: CostMethod = CostMethod.FIFO
    locked_through: date | None = None

    def __post_init__(self) -> None:
        check_line(self.broker, "broker", 64)
        check_line(self.label, "label", 100)
        zone(self.time_zone)


@dataclass(slots=True, kw_only=True)
class Account:
    """An account of an organisation, changed only through its methods; each change raises `version` by one."""

    id: AccountId
    organisation_id: OrganisationId
    details: AccountDetails
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None

    @classmethod
    def open(cls, id_: AccountId, organisation_id: OrganisationId, details: AccountDetails, now: datetime) -> Account:
        """Return a new account at version 1."""
        return cls(id=id_, organisation_id=organisation_id, details=details, version=1, created_at=now, updated_at=now)

    def amend(self, details: AccountDetails, now: datetime) -> bool:
        """Take the details over; return whether they changed.

        A change of `shorting` or of the cost method changes figures of the past: every position of the account is then
        to be replayed, and PeriodLocked is raised if the account is locked, before and after.
        """
        if details == self.details:
            return False
        changes_past = (details.shorting, details.cost_method) != (self.details.shorting, self.details.cost_method)
        if changes_past and self.details.locked_through is not None and details.locked_through is not None:
            raise PeriodLocked(
                self.id,
                self.details.label,
                self.details.locked_through,
                "another cost method or answer to shorting would count that period anew",
            )
        self.details = details
        self.version += 1
        self.updated_at = now
        return True

    def close(self, now: datetime) -> None:
        """Take no new trades from here on; recorded ones stay, and can be corrected. Raise Conflict if closed."""
        self.must_be_open()
        self.closed_at = now
        self.version += 1
        self.updated_at = now

    def must_be_open(self) -> None:
        """Raise Conflict if the account was closed."""
        if self.closed_at is not None:
            raise Conflict(
                f"Account {self.details.label!r} was closed at {self.closed_at.isoformat()}; use an open account.",
                accountId=str(self.id),
            )

    def must_be_unlocked(self, *instants: datetime) -> None:
        """Raise PeriodLocked if one of the instants falls on a locked day."""
        through = self.details.locked_through
        if through is None:
            return
        for at in instants:
            day = self.local_date(at)
            if day <= through:
                change = f"this is about {day}"
                raise PeriodLocked(self.id, self.details.label, through, change)

    def can_short(self, segment: Segment) -> bool:
        """Tell whether an unmatched sale in that segment opens a short position."""
        return self.details.shorting or segment in _ALWAYS_SHORT

    def local_date(self, at: datetime) -> date:
        """The calendar date of an instant where the account is kept."""
        return at.astimezone(zone(self.details.time_zone)).date()
