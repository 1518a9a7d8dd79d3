"""Dismiss what the market proposes."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.ports import LedgerUnits
from application.ledger.proposals.queries import ProposalView
from application.ledger.proposals.views import proposal_view
from application.ledger.views import instrument_view
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ProposalId


@dataclass(frozen=True, slots=True)
class DismissProposal:
    """Changes nothing in the books; the same is never proposed again."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, proposal_id: ProposalId) -> ProposalView:
        """Return the proposal; raise NotFound, Conflict if it was decided before, or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            proposal = await unit.proposals.get(proposal_id)
            proposal.dismiss(self.clock.now())
            await unit.proposals.save(proposal)
            instruments = await unit.instruments.by_id([proposal.instrument_id])
            await unit.commit()
        return proposal_view(proposal, instrument_view(instruments[proposal.instrument_id]))
