"""Proposals on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import encode, insert_rows, names, read_rows
from adapters.ledger.market.tables import action_proposals
from application.ledger.proposals.ports import ProposalStore
from domain.ledger.proposal import Dividend, Proposal, ProposalState, Split
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, InstrumentId, OrganisationId, ProposalId
from domain.shared.money import Currency


class ProposalRow(Struct, frozen=True):
    """A row of `action_proposals`."""

    id: UUID
    instrument_id: UUID
    kind: str
    account_id: UUID | None
    day: date
    effective_at: datetime
    new_units: int | None
    old_units: int | None
    per_unit: Decimal | None
    quantity: Decimal | None
    currency: str
    provider: str
    is_simulated: bool
    state: str
    created_at: datetime
    decided_at: datetime | None
    made_id: UUID | None


_SELECT = f"SELECT {', '.join(names(ProposalRow))} FROM action_proposals WHERE organisation_id = :organisation"
_GET = text(f"{_SELECT} AND id = :id FOR UPDATE")
_ABOUT = text(f"{_SELECT} AND instrument_id = :instrument ORDER BY day, id")
_ADD = insert_rows(action_proposals, ProposalRow, "ON CONFLICT DO NOTHING")
_SAVE = text(
    "UPDATE action_proposals SET state = :state, decided_at = :decided_at, made_id = :made_id "
    "WHERE organisation_id = :organisation AND id = :id"
)


@final
class SqlProposalStore(ProposalStore):
    """Proposals of one organisation."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, proposals: Sequence[Proposal]) -> int:
        """Insert them in one statement, leaving out those whose place is taken."""
        if not proposals:
            return 0
        rows = encode([proposal_row(each) for each in proposals])
        return (await self._connection.execute(_ADD, self._with(rows=rows))).rowcount

    async def get(self, proposal_id: ProposalId) -> Proposal:
        """Return the proposal, locked."""
        found = await self._connection.execute(_GET, self._with(id=proposal_id))
        for row in read_rows(found, ProposalRow):
            return proposal_of(row, self._organisation)
        raise NotFound("proposal", proposal_id)

    async def save(self, proposal: Proposal) -> None:
        """Update it."""
        values = self._with(
            id=proposal.id, state=proposal.state.value, decided_at=proposal.decided_at, made_id=proposal.made_id
        )
        await self._connection.execute(_SAVE, values)

    async def about(self, instrument_id: InstrumentId) -> Sequence[Proposal]:
        """Return them by day."""
        found = await self._connection.execute(_ABOUT, self._with(instrument=instrument_id))
        return [proposal_of(row, self._organisation) for row in read_rows(found, ProposalRow)]

    def _with(self, **values: object) -> dict[str, object]:
        return {"organisation": self._organisation, **values}


def proposal_row(proposal: Proposal) -> ProposalRow:
    """The row of a proposal."""
    terms = proposal.terms
    split = terms if isinstance(terms, Split) else None
    dividend = terms if isinstance(terms, Dividend) else None
    return ProposalRow(
        id=proposal.id,
        instrument_id=proposal.instrument_id,
        kind=proposal.kind.value,
        account_id=None if dividend is None else dividend.account_id,
        day=proposal.day,
        effective_at=proposal.effective_at,
        new_units=None if split is None else split.new,
        old_units=None if split is None else split.old,
        per_unit=None if dividend is None else dividend.per_unit,
        quantity=None if dividend is None else dividend.quantity,
        currency=proposal.currency.code,
        provider=proposal.provider,
        is_simulated=proposal.is_simulated,
        state=proposal.state.value,
        created_at=proposal.created_at,
        decided_at=proposal.decided_at,
        made_id=proposal.made_id,
    )


def proposal_of(row: ProposalRow, organisation_id: OrganisationId) -> Proposal:
    """The proposal of a row."""
    return Proposal(
        id=ProposalId(row.id),
        organisation_id=organisation_id,
        instrument_id=InstrumentId(row.instrument_id),
        day=row.day,
        effective_at=row.effective_at,
        terms=_terms(row),
        currency=Currency(row.currency),
        provider=row.provider,
        is_simulated=row.is_simulated,
        created_at=row.created_at,
        state=ProposalState(row.state),
        decided_at=row.decided_at,
        made_id=row.made_id,
    )


def _terms(row: ProposalRow) -> Split | Dividend:
    if row.new_units is not None and row.old_units is not None:
        return Split(new=row.new_units, old=row.old_units)
    if row.account_id is None or row.per_unit is None or row.quantity is None:
        message = f"proposal {row.id} says nothing"
        raise AssertionError(message)
    return Dividend(account_id=AccountId(row.account_id), per_unit=row.per_unit, quantity=row.quantity)
