"""Accept what the market proposes: it is recorded as if the user had entered it, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from application.ledger import taking_effect
from application.ledger.cash import recording
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.ledger.proposals.queries import ProposalView
from application.ledger.proposals.views import proposal_view
from application.ledger.views import instrument_view
from application.shared.ports import Clock, IdFactory
from domain.ledger import action_terms
from domain.ledger.cash import CashDetails
from domain.ledger.cash_kind import CashKind
from domain.ledger.corporate_action import ActionDetails
from domain.ledger.proposal import Dividend, Proposal, Split
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid
from domain.shared.ids import ProposalId
from domain.shared.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptProposalCommand:
    """Which one, and of a dividend what came in and when, where that is not what was proposed.

    Without `amount` it is what was held times what is paid, and without `paid_at` it came in on the day.
    """

    proposal_id: ProposalId
    amount: Decimal | None = None
    tax: Decimal = ZERO
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AcceptProposal:
    """Makes a corporate action of a split and a movement of cash of a dividend, in one transaction with the mark."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: AcceptProposalCommand) -> ProposalView:
        """Return the proposal with what was made of it.

        Raises NotFound, Conflict if it was decided before or the account is closed, PeriodLocked, Invalid,
        DuplicateCorporateAction or Forbidden.
        """
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            proposal = await unit.proposals.get(command.proposal_id)
            proposal.must_be_open()
            proposal.accept(await self._made(unit, proposal, command, now), now)
            await unit.proposals.save(proposal)
            instruments = await unit.instruments.by_id([proposal.instrument_id])
            await unit.commit()
        return proposal_view(proposal, instrument_view(instruments[proposal.instrument_id]))

    async def _made(
        self, unit: LedgerUnitOfWork, proposal: Proposal, command: AcceptProposalCommand, now: datetime
    ) -> UUID:
        notes = f"As {proposal.provider} says."
        match proposal.terms:
            case Split(new=new, old=old):
                if command.amount is not None or command.tax or command.paid_at is not None:
                    raise Invalid("A split has no amount, tax or day of payment; leave them out.", field="amount")
                details = ActionDetails(
                    instrument_id=proposal.instrument_id,
                    effective_at=proposal.effective_at,
                    terms=action_terms.Split(new=new, old=old),
                    notes=notes,
                )
                outcome = await taking_effect.record(unit, proposal.organisation_id, details, now, self.ids)
                return outcome.action.id
            case Dividend() as dividend:
                is_short = dividend.quantity < ZERO
                cash = CashDetails(
                    kind=CashKind.DIVIDEND_PAID if is_short else CashKind.DIVIDEND,
                    amount=dividend.amount if command.amount is None else command.amount,
                    currency=proposal.currency,
                    occurred_at=command.paid_at or proposal.effective_at,
                    tax=command.tax,
                    instrument_id=proposal.instrument_id,
                    notes=notes,
                )
                return (await recording.record(unit, dividend.account_id, cash, now, self.ids)).id
            case _:
                assert_never(proposal.terms)
