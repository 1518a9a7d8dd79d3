"""What goes over the wire for proposals: splits and dividends that the market tells of and the ledger does not."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.proposals.accept_proposal import AcceptProposalCommand
from application.ledger.proposals.queries import ProposalView
from domain.ledger.proposal import ProposalKind, ProposalState
from domain.shared.ids import ProposalId
from domain.shared.money import ZERO
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.types import (
    AmountText,
    CurrencyText,
    DateText,
    Instant,
    InstantText,
    NonNegativeDecimalText,
    PositiveDecimalText,
    decimal_text,
    to_decimal,
    to_instant,
)


class ProposedSplitBody(Struct, rename="camel", kw_only=True):
    """`new` units for `old`."""

    new: Annotated[int, Meta(ge=1, examples=[4])]
    old: Annotated[int, Meta(ge=1, examples=[1])]


class ProposedDividendBody(Struct, rename="camel", kw_only=True):
    """What an account should have got: perUnit x quantity = amount, before tax."""

    account_id: UUID
    per_unit: AmountText
    quantity: Annotated[AmountText, Meta(description="Held when the day began; negative for a short, which pays.")]
    amount: AmountText


class ProposalBody(Struct, rename="camel", kw_only=True):
    """Something that the market says was done to an instrument, and that changes nothing before it is accepted."""

    id: UUID
    kind: ProposalKind
    state: ProposalState
    instrument: InstrumentBody
    day: Annotated[DateText, Meta(description="The exchange's day, before whose trading it happened.")]
    effective_at: Annotated[Instant, Meta(description="The exchange's midnight of that day.")]
    split: Annotated[ProposedSplitBody | None, Meta(description="null for another kind.")]
    dividend: Annotated[ProposedDividendBody | None, Meta(description="null for another kind.")]
    currency: CurrencyText
    provider: Annotated[str, Meta(description="Who says so.", examples=["yahoo"])]
    simulated: Annotated[bool, Meta(description="Whether it is made up.")]
    created_at: Instant
    decided_at: Annotated[Instant | None, Meta(description="null while it is open.")]
    made_id: Annotated[
        UUID | None, Meta(description="The corporate action, or the movement of cash, that accepting it recorded.")
    ]


def proposal_body(view: ProposalView) -> ProposalBody:
    """Render a proposal."""
    split = dividend = None
    if view.new_units is not None and view.old_units is not None:
        split = ProposedSplitBody(new=view.new_units, old=view.old_units)
    if view.account_id and view.per_unit is not None and view.quantity is not None and view.amount is not None:
        dividend = ProposedDividendBody(
            account_id=view.account_id,
            per_unit=decimal_text(view.per_unit),
            quantity=decimal_text(view.quantity),
            amount=decimal_text(view.amount),
        )
    return ProposalBody(
        id=view.id,
        kind=view.kind,
        state=view.state,
        instrument=instrument_body(view.instrument),
        day=view.day.isoformat(),
        effective_at=view.effective_at,
        split=split,
        dividend=dividend,
        currency=view.currency,
        provider=view.provider,
        simulated=view.is_simulated,
        created_at=view.created_at,
        decided_at=view.decided_at,
        made_id=view.made_id,
    )


class AcceptProposalRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Of a dividend, what came in where that is not what was proposed; of a split nothing."""

    amount: Annotated[
        PositiveDecimalText | None, Meta(description="What came in before tax; what was proposed unless given.")
    ] = None
    tax_withheld: Annotated[
        NonNegativeDecimalText | None, Meta(description="What was withheld of it; nothing unless given.")
    ] = None
    paid_at: Annotated[
        InstantText | None, Meta(description="When it came in; on the day it was proposed for unless given.")
    ] = None

    def to_command(self, proposal_id: UUID) -> AcceptProposalCommand:
        """Return the command."""
        return AcceptProposalCommand(
            proposal_id=ProposalId(proposal_id),
            amount=None if self.amount is None else to_decimal(self.amount, "amount"),
            tax=ZERO if self.tax_withheld is None else to_decimal(self.tax_withheld, "taxWithheld"),
            paid_at=None if self.paid_at is None else to_instant(self.paid_at, "paidAt"),
        )
