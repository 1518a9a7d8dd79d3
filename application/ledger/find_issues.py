"""What in the ledger deserves a second look, each with what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, Self
from uuid import UUID

from application.ledger.views import InstrumentView
from application.shared.pages import Page, PageRequest
from application.shared.ports import Clock
from domain.shared.access import Actor
from domain.shared.ids import AccountId
from domain.shared.moment import NOW, Moment

OLD_PRICE: Final = timedelta(days=30)


class IssueKind(StrEnum):
    """What is wrong, or may be."""

    MISSING_BASIS = "missing_basis"
    NEGATIVE_POSITION = "negative_position"
    DUPLICATE_SUSPECT = "duplicate_suspect"
    SELECTION_NOT_MET = "selection_not_met"
    PRICE_GAP = "price_gap"
    UNBALANCED_TRANSFER = "unbalanced_transfer"
    TRANSFER_SELECTION_NOT_MET = "transfer_selection_not_met"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MENDED_POSITION = "mended_position"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """One issue. `subject_id` is the trade, position or transfer it is about, `other_id` the trade or lot besides.

    `quantity` is what has no basis, is short, is doubled or was not to be had or moved; `at` when that was, or since
    when the price is the last.
    """

    kind: IssueKind
    account_id: AccountId
    instrument: InstrumentView
    subject_id: UUID
    other_id: UUID | None
    quantity: Decimal
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFilter:
    """Which issues are wanted; None admits all. Prices from before `priced_before` are gaps."""

    priced_before: datetime
    account_id: AccountId | None = None
    kind: IssueKind | None = None


class IssueQueries(Protocol):
    """Finds issues."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def issues(self, actor: Actor, wanted: IssueFilter, page: PageRequest) -> Page[IssueView]:
        """Return issues, kind by kind."""
        ...


@dataclass(frozen=True, slots=True)
class FindIssues:
    """Finds issues as they stand now; a price older than `OLD_PRICE` is a gap."""

    issue_queries: IssueQueries
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        account_id: AccountId | None,
        kind: IssueKind | None,
        page: PageRequest,
        moment: Moment = NOW,
    ) -> Page[IssueView]:
        """Return a page of them; raise Forbidden without ledger:read."""
        before = (moment.as_of or self.clock.now()) - OLD_PRICE
        return await self.issue_queries.at(moment).issues(
            actor, IssueFilter(priced_before=before, account_id=account_id, kind=kind), page
        )
