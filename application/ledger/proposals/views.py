"""How a proposal is shown."""

from __future__ import annotations

from application.ledger.proposals.queries import ProposalView
from application.ledger.views import InstrumentView
from domain.ledger.proposal import Dividend, Proposal, Split


def proposal_view(proposal: Proposal, instrument: InstrumentView) -> ProposalView:
    """Show a proposal as a read would."""
    terms = proposal.terms
    split = terms if isinstance(terms, Split) else None
    dividend = terms if isinstance(terms, Dividend) else None
    return ProposalView(
        id=proposal.id,
        kind=proposal.kind,
        state=proposal.state,
        instrument=instrument,
        account_id=None if dividend is None else dividend.account_id,
        day=proposal.day,
        effective_at=proposal.effective_at,
        new_units=None if split is None else split.new,
        old_units=None if split is None else split.old,
        per_unit=None if dividend is None else dividend.per_unit,
        quantity=None if dividend is None else dividend.quantity,
        amount=None if dividend is None else dividend.amount,
        currency=proposal.currency.code,
        provider=proposal.provider,
        is_simulated=proposal.is_simulated,
        created_at=proposal.created_at,
        decided_at=proposal.decided_at,
        made_id=proposal.made_id,
    )
