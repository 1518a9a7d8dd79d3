"""What goes over the wire for profit and loss and for explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.explain_pnl import PnlExplanation
from application.ledger.views import PnlView
from domain.ledger.converted_totals import ConvertedExplanation, EffectTrees
from domain.ledger.explanation import Node, Operation, ReferenceKind
from domain.ledger.figures import DisposalExplanation, PositionExplanation
from domain.ledger.pnl import NoReturn
from entrypoints.http.ledger.currency_schemas import ConvertedPnlBody, converted_pnl_body
from entrypoints.http.ledger.position_schemas import PositionBody, position_body
from entrypoints.http.types import AmountText, CurrencyText, decimal_text


class ReturnBody(Struct, rename="camel", kw_only=True):
    """A return in per cent, or why there is none."""

    percent: Annotated[AmountText | None, Meta(description="To 18 places, half-even.")]
    reason: Annotated[NoReturn | None, Meta(description="Why it is undefined; null if it is not.")]


class MissingBasisBody(Struct, rename="camel", kw_only=True):
    """What was sold without a known purchase: in no other sum, and never profit."""

    disposals: Annotated[int, Meta(ge=0, examples=[0])]
    proceeds: Annotated[AmountText, Meta(description="What came in for it, net of fees.")]


class RealisedBody(Struct, rename="camel", kw_only=True):
    """What disposals realised: realised = gross - fees = proceeds - cost."""

    disposals: Annotated[int, Meta(ge=0, examples=[3])]
    gross: AmountText
    fees: AmountText
    realised: AmountText
    proceeds: AmountText
    cost: AmountText
    return_on_cost: ReturnBody
    missing_basis: MissingBasisBody


class UnrealisedBody(Struct, rename="camel", kw_only=True):
    """What priced open positions are worth: unrealised = marketValue - openCost, before the fees of closing."""

    market_value: AmountText
    open_cost: AmountText
    unrealised: AmountText
    positions: list[PositionBody]
    unpriced: Annotated[list[PositionBody], Meta(description="Open positions without a price: in no sum.")]
    simulated: Annotated[bool, Meta(description="Whether any of the prices is made up, and so these sums.")]


class PnlBody(Struct, rename="camel", kw_only=True):
    """Profit and loss in one currency; currencies are never added."""

    currency: CurrencyText
    realised: RealisedBody
    unrealised: UnrealisedBody
    converted: Annotated[
        list[ConvertedPnlBody] | None,
        Meta(
            description="The same in other currencies: one entry for `currency`, or one for each currency of your "
            "accounts. null unless `currency` is given."
        ),
    ]


def pnl_body(view: PnlView) -> PnlBody:
    """Render the profit and loss of one currency."""
    realised = view.realised
    on_cost = realised.on_cost
    return PnlBody(
        currency=realised.currency.code,
        realised=RealisedBody(
            disposals=realised.disposals,
            gross=decimal_text(realised.gross),
            fees=decimal_text(realised.fees),
            realised=decimal_text(realised.realised),
            proceeds=decimal_text(realised.proceeds),
            cost=decimal_text(realised.cost),
            return_on_cost=ReturnBody(
                percent=None if on_cost.percent is None else decimal_text(on_cost.percent), reason=on_cost.reason
            ),
            missing_basis=MissingBasisBody(
                disposals=realised.missing_disposals, proceeds=decimal_text(realised.missing_proceeds)
            ),
        ),
        unrealised=UnrealisedBody(
            market_value=decimal_text(view.market_value),
            open_cost=decimal_text(view.open_cost),
            unrealised=decimal_text(view.unrealised),
            positions=[position_body(position) for position in view.priced],
            unpriced=[position_body(position) for position in view.unpriced],
            simulated=view.is_simulated,
        ),
        converted=None if view.converted is None else [converted_pnl_body(each) for each in view.converted],
    )


class ReferenceBody(Struct, rename="camel", kw_only=True):
    """Where a value was recorded."""

    kind: ReferenceKind
    id: Annotated[
        str,
        Meta(
            description="Its id; for a price, who says so and since when; for a rate, who published it, when, of what.",
            examples=["0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"],
        ),
    ]


class FormulaBody(Struct, rename="camel", kw_only=True):
    """The rule behind a figure; its version rises whenever the same inputs would give another one."""

    name: Annotated[str, Meta(examples=["realised_pnl"])]
    version: Annotated[int, Meta(ge=1, examples=[1])]
    expression: Annotated[str, Meta(examples=["sum over matches of proceeds - cost"])]


class NodeBody(Struct, rename="camel", kw_only=True):
    """One figure. Unless it is an input, its operation makes its value of its operands' values, exactly.

    sum: all added, 0 for none. difference: the first less all others. product: all multiplied. negation: the only one
    with the other sign. share: total, part, whole: total x part / whole, half-even to 18 places, and the total itself
    if part and whole are equal.
    """

    name: Annotated[str, Meta(examples=["price"])]
    operation: Annotated[Operation, Meta(examples=["input"])]
    value: AmountText
    unit: Annotated[
        str, Meta(description="A currency code, `quantity`, `multiplier` or `exchange_rate`.", examples=["INR"])
    ]
    reference: ReferenceBody | None
    formula: FormulaBody | None
    operands: Annotated[list[NodeBody], Meta(examples=[[]])]


def node_body(node: Node) -> NodeBody:
    """Render a tree."""
    reference, formula = node.reference, node.formula
    return NodeBody(
        name=node.name,
        operation=node.operation,
        value=decimal_text(node.value),
        unit=node.unit,
        reference=None if reference is None else ReferenceBody(kind=reference.kind, id=reference.id),
        formula=None
        if formula is None
        else FormulaBody(name=formula.name, version=formula.version, expression=formula.expression),
        operands=[node_body(operand) for operand in node.operands],
    )


def _optional(node: Node | None) -> NodeBody | None:
    return None if node is None else node_body(node)


class DisposalExplanationBody(Struct, rename="camel", kw_only=True):
    """Where the figures of a disposal come from."""

    disposal_id: UUID
    realised: Annotated[NodeBody | None, Meta(description="null if nothing of it has a known cost.")]
    unmatched_proceeds: Annotated[NodeBody | None, Meta(description="null if all of it has a known cost.")]


def disposal_explanation_body(disposal_id: UUID, explanation: DisposalExplanation) -> DisposalExplanationBody:
    """Render the trees of a disposal."""
    return DisposalExplanationBody(
        disposal_id=disposal_id,
        realised=_optional(explanation.realised),
        unmatched_proceeds=_optional(explanation.unmatched_proceeds),
    )


class PositionExplanationBody(Struct, rename="camel", kw_only=True):
    """Where the figures of a position come from."""

    position_id: UUID
    quantity: NodeBody
    open_cost: NodeBody
    unrealised: Annotated[NodeBody | None, Meta(description="null if it is flat or has no price.")]


def position_explanation_body(position_id: UUID, explanation: PositionExplanation) -> PositionExplanationBody:
    """Render the trees of a position."""
    return PositionExplanationBody(
        position_id=position_id,
        quantity=node_body(explanation.quantity),
        open_cost=node_body(explanation.cost),
        unrealised=_optional(explanation.unrealised),
    )


class EffectTreesBody(Struct, rename="camel", kw_only=True):
    """Where a converted gain comes from, and what the price and the currency have each done to it."""

    amount: NodeBody
    price_effect: NodeBody
    currency_effect: NodeBody


class ConvertedExplanationBody(Struct, rename="camel", kw_only=True):
    """Where totals come from that are told in another currency."""

    currency: CurrencyText
    realised: EffectTreesBody
    unrealised: EffectTreesBody


def _trees(trees: EffectTrees) -> EffectTreesBody:
    return EffectTreesBody(
        amount=node_body(trees.amount),
        price_effect=node_body(trees.price),
        currency_effect=node_body(trees.currency),
    )


def _converted(explanation: ConvertedExplanation) -> ConvertedExplanationBody:
    return ConvertedExplanationBody(
        currency=explanation.quote.code,
        realised=_trees(explanation.realised),
        unrealised=_trees(explanation.unrealised),
    )


class PnlExplanationBody(Struct, rename="camel", kw_only=True):
    """Where the totals of one currency come from."""

    currency: CurrencyText
    realised: NodeBody
    unrealised: NodeBody
    converted: Annotated[list[ConvertedExplanationBody] | None, Meta(description="null unless `currency` is given.")]


def pnl_explanation_bodies(explanations: Sequence[PnlExplanation]) -> list[PnlExplanationBody]:
    """Render the trees of the totals."""
    return [
        PnlExplanationBody(
            currency=each.currency.code,
            realised=node_body(each.realised),
            unrealised=node_body(each.unrealised),
            converted=None if each.converted is None else [_converted(trees) for trees in each.converted],
        )
        for each in explanations
    ]
