"""Builds the trees that explain totals: of what disposals realised, and of positions at their prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from domain.ledger import formulas
from domain.ledger.branches import of_disposal
from domain.ledger.explanation import Formula, Node, Operation, Reference, ReferenceKind, derive, recorded
from domain.ledger.pnl import Valuation
from domain.shared.money import Currency

UNREALISED_TOTAL = Formula("unrealised_pnl_total", 1, "sum over priced positions of market value - open cost")


def explain_realised(currency: Currency, disposals: Iterable[tuple[UUID, Decimal, Decimal]]) -> Node:
    """Explain a realised total by its disposals: id, matched proceeds and cost of each that has a known cost."""
    parts = [
        derive(
            "realised_pnl",
            Operation.DIFFERENCE,
            currency.code,
            recorded("matched_proceeds", proceeds, currency.code, of_disposal(disposal_id)),
            recorded("cost", cost, currency.code, of_disposal(disposal_id)),
            reference=of_disposal(disposal_id),
        )
        for disposal_id, proceeds, cost in disposals
    ]
    return derive("realised_pnl_total", Operation.SUM, currency.code, *parts, formula=formulas.REALISED_TOTAL)


def explain_unrealised(currency: Currency, valuations: Iterable[tuple[str, Valuation]]) -> Node:
    """Explain an unrealised total by its priced positions, each with its id; their costs have trees of their own."""
    unit = currency.code
    parts: list[Node] = []
    for position_id, valuation in valuations:
        holding, mark = valuation.holding, valuation.mark
        position = Reference(ReferenceKind.POSITION, position_id)
        price = Reference(ReferenceKind.PRICE, mark.told)
        instrument = Reference(ReferenceKind.INSTRUMENT, str(holding.instrument_id))
        market_value = derive(
            "market_value",
            Operation.PRODUCT,
            unit,
            recorded("open_quantity", holding.quantity, "quantity", position),
            recorded("price", mark.price, unit, price),
            recorded("contract_multiplier", holding.multiplier, "multiplier", instrument),
        )
        cost = recorded("open_cost", holding.open_cost, unit, position)
        parts.append(derive("unrealised_pnl", Operation.DIFFERENCE, unit, market_value, cost, reference=position))
    return derive("unrealised_pnl_total", Operation.SUM, unit, *parts, formula=UNREALISED_TOTAL)
