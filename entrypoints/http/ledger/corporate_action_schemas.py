"""What goes over the wire for corporate actions: one shape of terms for each kind, told apart by `kind`."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.action_views import ActionOutcome, CorporateActionView, PositionEffect
from domain.ledger import action_terms as domain
from domain.ledger.corporate_action import ActionDetails
from domain.shared.ids import AccountId, InstrumentId
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.ledger.texts import NotesText, ReasonText
from entrypoints.http.types import (
    AmountText,
    DecimalText,
    Instant,
    InstantText,
    NonNegativeDecimalText,
    PositiveDecimalText,
    decimal_text,
    to_decimal,
    to_instant,
)

_Ratio: TypeAlias = Annotated[int, Meta(ge=1, le=10**9, examples=[1])]
_Into: TypeAlias = Annotated[UUID, Meta(description="The id of the other instrument.")]


class CostShareTerms(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A part of the cost as a fraction of whole numbers: 1/5 is a fifth."""

    numerator: Annotated[int, Meta(ge=0, le=10**9, examples=[1])]
    denominator: Annotated[int, Meta(ge=1, le=10**9, examples=[5])]

    def to_share(self) -> domain.CostShare:
        """Return the share; raise Invalid for more than all."""
        return domain.CostShare(self.numerator, self.denominator)


class _Terms(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True, tag_field="kind"):
    """What every kind has: a tag."""


class SplitTerms(_Terms, tag="split"):
    """`new` units for every `old` ones; fewer make a reverse split. The cost stays."""

    new: _Ratio
    old: _Ratio

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.Split(new=self.new, old=self.old)


class BonusTerms(_Terms, tag="bonus"):
    """`new` units more for every `held` ones: a lot of its own that cost nothing."""

    new: _Ratio
    held: _Ratio

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.Bonus(new=self.new, held=self.held)


class SymbolChangeTerms(_Terms, tag="symbol_change"):
    """All lots go on in another instrument, as they are."""

    into: _Into

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.SymbolChange(into=InstrumentId(self.into))


class MergerTerms(_Terms, tag="merger"):
    """`new` units of another instrument for every `old` ones, with cash beside them or not."""

    into: _Into
    new: _Ratio
    old: _Ratio
    cash_per_unit: PositiveDecimalText | None = None
    cash_cost_share: Annotated[
        CostShareTerms | None,
        Meta(description="The part of the cost that the cash pays for; goes with cashPerUnit."),
    ] = None

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms; raise Invalid."""
        return domain.Merger(
            into=InstrumentId(self.into),
            new=self.new,
            old=self.old,
            cash_per_unit=None if self.cash_per_unit is None else to_decimal(self.cash_per_unit, "cashPerUnit"),
            cash_cost_share=None if self.cash_cost_share is None else self.cash_cost_share.to_share(),
        )


class CashMergerTerms(_Terms, tag="cash_merger"):
    """Every unit is taken for cash."""

    cash_per_unit: PositiveDecimalText

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.CashMerger(cash_per_unit=to_decimal(self.cash_per_unit, "cashPerUnit"))


class SpinOffTerms(_Terms, tag="spin_off"):
    """`new` units of another instrument on top of every `old` ones, with a share of their cost."""

    into: _Into
    new: _Ratio
    old: _Ratio
    cost_share: CostShareTerms

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms; raise Invalid."""
        share = self.cost_share.to_share()
        return domain.SpinOff(into=InstrumentId(self.into), new=self.new, old=self.old, cost_share=share)


class ReturnOfCapitalTerms(_Terms, tag="return_of_capital"):
    """Money back for every unit: lowers the cost, and is a gain beyond it."""

    per_unit: PositiveDecimalText

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.ReturnOfCapital(per_unit=to_decimal(self.per_unit, "perUnit"))


class DelistingTerms(_Terms, tag="delisting"):
    """Every unit is gone for what was paid at last, nothing as a rule."""

    price_per_unit: NonNegativeDecimalText = "0"

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.Delisting(price_per_unit=to_decimal(self.price_per_unit, "pricePerUnit"))


class ExpiryTerms(_Terms, tag="expiry"):
    """A contract ends: what is held is closed at the settlement price."""

    settlement_price: DecimalText = "0"

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.Expiry(settlement_price=to_decimal(self.settlement_price, "settlementPrice"))


class AssignmentTerms(_Terms, tag="assignment"):
    """Options are assigned or exercised: closed at 0, which realises their premium, and the underlying is traded."""

    into: Annotated[UUID, Meta(description="The id of the underlying.")]
    strike: NonNegativeDecimalText
    underlying_side: Annotated[
        domain.UnderlyingSide, Meta(description="What you did with the underlying: a seller of puts buys.")
    ]
    quantity: Annotated[PositiveDecimalText | None, Meta(description="Contracts; null for all that are held.")] = None

    def to_terms(self) -> domain.ActionTerms:
        """Return the terms."""
        return domain.Assignment(
            into=InstrumentId(self.into),
            strike=to_decimal(self.strike, "strike"),
            underlying_side=self.underlying_side,
            quantity=None if self.quantity is None else to_decimal(self.quantity, "quantity"),
        )


TermsBody: TypeAlias = (
    SplitTerms
    | BonusTerms
    | SymbolChangeTerms
    | MergerTerms
    | CashMergerTerms
    | SpinOffTerms
    | ReturnOfCapitalTerms
    | DelistingTerms
    | ExpiryTerms
    | AssignmentTerms
)


_EXAMPLE = {
    "kind": "spin_off",
    "into": "0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f",
    "new": 1,
    "old": 4,
    "costShare": {"numerator": 1, "denominator": 5},
}


class RecordCorporateActionRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What happened to an instrument, and since when."""

    instrument_id: UUID
    effective_at: Annotated[
        InstantText,
        Meta(description="The instant from which trades are in the new terms; trades of that instant are after it."),
    ]
    terms: Annotated[TermsBody, Meta(examples=[_EXAMPLE])]
    account_id: Annotated[UUID | None, Meta(description="null if it holds for every account.")] = None
    notes: NotesText | None = None

    def to_details(self) -> ActionDetails:
        """Return what is said; raise Invalid."""
        return ActionDetails(
            instrument_id=InstrumentId(self.instrument_id),
            effective_at=to_instant(self.effective_at, "effectiveAt"),
            terms=self.terms.to_terms(),
            account_id=None if self.account_id is None else AccountId(self.account_id),
            notes=self.notes,
        )


class VoidCorporateActionRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Why an action is taken out of every figure."""

    reason: ReasonText


class CorporateActionBody(Struct, rename="camel", kw_only=True):
    """A corporate action, void or not."""

    id: UUID
    instrument: InstrumentBody
    account_id: Annotated[UUID | None, Meta(description="null if it holds for every account.")]
    effective_at: Instant
    terms: Annotated[TermsBody, Meta(examples=[{"kind": "split", "new": 4, "old": 1}])]
    notes: NotesText | None
    import_id: UUID | None
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant
    voided_at: Instant | None
    void_reason: ReasonText | None


class PositionEffectBody(Struct, rename="camel", kw_only=True):
    """One position before and after."""

    account_id: UUID
    instrument_id: UUID
    quantity_before: AmountText
    quantity_after: AmountText
    open_cost_before: AmountText
    open_cost_after: AmountText
    realised_before: AmountText
    realised_after: AmountText


class ActionOutcomeBody(CorporateActionBody, rename="camel", kw_only=True):
    """A corporate action, and what recording or voiding it did to positions."""

    effects: list[PositionEffectBody]


def action_body(view: CorporateActionView) -> CorporateActionBody:
    """Render an action."""
    return CorporateActionBody(
        id=view.id,
        instrument=instrument_body(view.instrument),
        account_id=view.account_id,
        effective_at=view.effective_at,
        terms=_terms(view.terms),
        notes=view.notes,
        import_id=view.import_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
        voided_at=view.voided_at,
        void_reason=view.void_reason,
    )


def outcome_body(outcome: ActionOutcome) -> ActionOutcomeBody:
    """Render an action with its effects."""
    body = action_body(outcome.action)
    known = {name: getattr(body, name) for name in CorporateActionBody.__struct_fields__}
    return ActionOutcomeBody(**known, effects=[effect_body(each) for each in outcome.effects])


def effect_body(effect: PositionEffect) -> PositionEffectBody:
    """Render what became of a position."""
    return PositionEffectBody(
        account_id=effect.account_id,
        instrument_id=effect.instrument_id,
        quantity_before=decimal_text(effect.quantity_before),
        quantity_after=decimal_text(effect.quantity_after),
        open_cost_before=decimal_text(effect.open_cost_before),
        open_cost_after=decimal_text(effect.open_cost_after),
        realised_before=decimal_text(effect.realised_before),
        realised_after=decimal_text(effect.realised_after),
    )


def _share(share: domain.CostShare) -> CostShareTerms:
    return CostShareTerms(numerator=share.numerator, denominator=share.denominator)


def _terms(terms: domain.ActionTerms) -> TermsBody:  # noqa: C901, PLR0911 - an answer for each kind
    match terms:
        case domain.Split():
            return SplitTerms(new=terms.new, old=terms.old)
        case domain.Bonus():
            return BonusTerms(new=terms.new, held=terms.held)
        case domain.SymbolChange():
            return SymbolChangeTerms(into=terms.into)
        case domain.Merger():
            return MergerTerms(
                into=terms.into,
                new=terms.new,
                old=terms.old,
                cash_per_unit=None if terms.cash_per_unit is None else decimal_text(terms.cash_per_unit),
                cash_cost_share=None if terms.cash_cost_share is None else _share(terms.cash_cost_share),
            )
        case domain.CashMerger():
            return CashMergerTerms(cash_per_unit=decimal_text(terms.cash_per_unit))
        case domain.SpinOff():
            return SpinOffTerms(into=terms.into, new=terms.new, old=terms.old, cost_share=_share(terms.cost_share))
        case domain.ReturnOfCapital():
            return ReturnOfCapitalTerms(per_unit=decimal_text(terms.per_unit))
        case domain.Delisting():
            return DelistingTerms(price_per_unit=decimal_text(terms.price_per_unit))
        case domain.Expiry():
            return ExpiryTerms(settlement_price=decimal_text(terms.settlement_price))
        case domain.Assignment():
            return AssignmentTerms(
                into=terms.into,
                strike=decimal_text(terms.strike),
                underlying_side=terms.underlying_side,
                quantity=None if terms.quantity is None else decimal_text(terms.quantity),
            )
