"""Proposals in a dictionary, under the same contracts as the real ones."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import final
from uuid import UUID

from application.ledger.proposals.ports import ProposalStore
from domain.ledger.proposal import Dividend, Proposal
from domain.shared.errors import NotFound
from domain.shared.ids import InstrumentId, ProposalId


@final
class FakeProposalStore(ProposalStore):
    """Proposals in a dictionary."""

    def __init__(self, proposals: dict[UUID, Proposal]) -> None:
        self._proposals = proposals

    async def add(self, proposals: Sequence[Proposal]) -> int:
        """Store copies of those whose place is free."""
        added = 0
        for proposal in proposals:
            if _place(proposal) not in map(_place, self._proposals.values()):
                self._proposals[proposal.id] = copy.copy(proposal)
                added += 1
        return added

    async def get(self, proposal_id: ProposalId) -> Proposal:
        """Return a copy."""
        if proposal_id not in self._proposals:
            raise NotFound("proposal", proposal_id)
        return copy.copy(self._proposals[proposal_id])

    async def save(self, proposal: Proposal) -> None:
        """Store a copy."""
        self._proposals[proposal.id] = copy.copy(proposal)

    async def about(self, instrument_id: InstrumentId) -> Sequence[Proposal]:
        """Return copies by day."""
        found = [copy.copy(each) for each in self._proposals.values() if each.instrument_id == instrument_id]
        return sorted(found, key=lambda each: (each.day, each.id))


def _place(proposal: Proposal) -> tuple[object, ...]:
    account_id = proposal.terms.account_id if isinstance(proposal.terms, Dividend) else None
    return proposal.instrument_id, proposal.kind, proposal.day, account_id
