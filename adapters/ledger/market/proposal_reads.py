"""Proposals as PostgreSQL tells them."""

from __future__ import annotations

from datetime import date
from typing import Final, final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.market.proposal_store import ProposalRow, proposal_of
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, reading, with_instruments
from application.ledger.proposals.queries import ProposalFilter, ProposalQueries, ProposalView
from application.ledger.proposals.views import proposal_view
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import ProposalId

_PROPOSALS: Final = (
    f"SELECT {', '.join(f'x.{name}' for name in names(ProposalRow))}, {INSTRUMENT} "
    f"FROM action_proposals x {INSTRUMENT_JOIN}"
)


@final
class SqlProposalQueries(ProposalQueries):
    """Proposals of one organisation."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def proposals(self, actor: Actor, wanted: ProposalFilter, page: PageRequest) -> Page[ProposalView]:
        """Return proposals by day, the latest first."""
        listing = Listing(actor, _PROPOSALS, order="ORDER BY x.day DESC, x.id DESC")
        listing.equal(x__state=wanted.state, x__kind=wanted.kind, x__instrument_id=wanted.instrument_id)
        if wanted.account_id is not None:
            listing.add("(x.account_id = :account OR x.account_id IS NULL)", account=wanted.account_id)
        if page.cursor is not None:
            day, after = decode_cursor(page.cursor, "proposals", date, UUID)
            listing.add("(x.day, x.id) < (:day, :after)", day=day, after=after)
        async with reading(self._engine, actor) as connection:
            rows = with_instruments(await listing.run(connection, page.limit + 1), ProposalRow)
        views = [proposal_view(proposal_of(row, actor.organisation_id), instrument) for row, instrument in rows]
        return cut(views, page, "proposals", lambda view: (view.day, view.id))

    async def proposal(self, actor: Actor, proposal_id: ProposalId) -> ProposalView:
        """Return the proposal."""
        listing = Listing(actor, _PROPOSALS)
        listing.equal(x__id=proposal_id)
        async with reading(self._engine, actor) as connection:
            for row, instrument in with_instruments(await listing.run(connection), ProposalRow):
                return proposal_view(proposal_of(row, actor.organisation_id), instrument)
        raise NotFound("proposal", proposal_id)
