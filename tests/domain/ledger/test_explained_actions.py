"""Whatever corporate actions made of lots, every figure still explains itself and recomputes."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import given

from domain.ledger.explanation import evaluate
from domain.ledger.figures import Explainer, PooledCost, TradeInputs
from domain.ledger.method import CostMethod
from tests.domain.ledger.test_explanation import after_the_wire, inputs
from tests.domain.ledger.worlds import World, worlds
from tests.profiles import fewer


@fewer()
@given(worlds())
def test_no_action_leaves_a_figure_that_cannot_be_explained(world: World) -> None:
    """Disposals of before and after an action, those it made itself, and what is left open."""
    for pair, books in world.replayed().items():
        terms, position = world.terms[pair], books.position
        trades: dict[UUID, TradeInputs] = {
            execution.id: inputs(execution) for execution in world.executions.get(pair, ())
        }
        explainer = Explainer(terms.instrument_id, terms.currency, terms.multiplier, trades)
        lots = {lot.id: lot for lot in books.lots}
        for disposal in books.disposals:
            realised, unmatched = explainer.disposal(disposal, lots)
            assert (None if realised is None else after_the_wire(realised)) == disposal.realised
            assert (Decimal(0) if unmatched is None else after_the_wire(unmatched)) == disposal.unmatched_proceeds
        pooled = PooledCost(UUID(int=5), position.open_cost, position.pooled_fees)
        explained = explainer.position(
            list(position.lots), None, pooled if terms.method is CostMethod.AVERAGE else None
        )
        assert (evaluate(explained.quantity), evaluate(explained.cost)) == (position.quantity, position.open_cost)
