"""What proposals need of the outside; the store is part of the ledger's ports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.ledger.proposal import Proposal
from domain.shared.ids import InstrumentId, ProposalId


class ProposalStore(Protocol):
    """The organisation's proposals, decided ones included."""

    async def add(self, proposals: Sequence[Proposal]) -> int:
        """Store those of which there is none yet for the same thing and day; return how many those were."""
        ...

    async def get(self, proposal_id: ProposalId) -> Proposal:
        """Return the proposal and lock it until the transaction ends; raise NotFound."""
        ...

    async def save(self, proposal: Proposal) -> None:
        """Store what became of a locked proposal."""
        ...

    async def about(self, instrument_id: InstrumentId) -> Sequence[Proposal]:
        """Return those about the instrument."""
        ...
