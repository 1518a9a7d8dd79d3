"""Builds the tree that explains an unrealised total: positions at their prices, less what they cost."""

from __future__ import annotations

from collections.abc import Iterable

from domain.ledger.explanation import Formula, Node, Operation, Reference, ReferenceKind, derive, recorded
from domain.ledger.pnl import Valuation
from domain.shared.money import Currency

UNREALISED_TOTAL = Formula("unrealised_pnl_total", 1, "sum over priced positions of market value - open cost")


def explain_unrealised(currency: Currency, valuations: Iterable[tuple[str, Valuation]]) -> Node:
    """Explain an unrealised total by its priced positions, each with its id; their costs have trees of their own."""
    unit = currency.code
    parts: list[Node] = []
    for position_id, valuation in valuations:
        holding, mark = valuation.holding, valuation.mark
        position = Reference(ReferenceKind.POSITION, position_id)
        price = Reference(ReferenceKind.PRICE, f"{mark.source.value} {mark.as_of.isoformat()}")
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
