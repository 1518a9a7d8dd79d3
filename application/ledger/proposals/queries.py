"""What can be read of proposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from application.ledger.views import InstrumentView
from application.shared.pages import Page, PageRequest
from domain.ledger.proposal import ProposalKind, ProposalState
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId, ProposalId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal: a split has its units, a dividend its account, what it is per unit and for how many, and both."""

    id: ProposalId
    kind: ProposalKind
    state: ProposalState
    instrument: InstrumentView
    account_id: AccountId | None
    day: date
    effective_at: datetime
    new_units: int | None
    old_units: int | None
    per_unit: Decimal | None
    quantity: Decimal | None
    amount: Decimal | None
    currency: str
    provider: str
    is_simulated: bool
    created_at: datetime
    decided_at: datetime | None
    made_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """Which proposals are wanted; None admits all. Those of an account include those of every account."""

    state: ProposalState | None = ProposalState.OPEN
    kind: ProposalKind | None = None
    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None


class ProposalQueries(Protocol):
    """Reads proposals; each raises Forbidden without ledger:read."""

    async def proposals(self, actor: Actor, wanted: ProposalFilter, page: PageRequest) -> Page[ProposalView]:
        """Return proposals, the latest day first."""
        ...

    async def proposal(self, actor: Actor, proposal_id: ProposalId) -> ProposalView:
        """Return the proposal; raise NotFound."""
        ...
