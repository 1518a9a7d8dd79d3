"""Every figure explains itself: its tree, sent as JSON and read back, gives the same figure."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.disposal import Closing, Disposal
from domain.ledger.execution import Execution
from domain.ledger.explanation import Node, Operation, Reference, ReferenceKind, compute, derive, evaluate, recorded
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.figures import Explainer, PooledCost, TradeInputs
from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.pnl import Holding, Mark, MarketSays, PriceSource, restated, value_holding
from domain.ledger.replay import Replay, replay
from domain.ledger.totals import explain_realised, explain_unrealised
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId
from domain.shared.money import EXACT, plain
from tests.domain.ledger.examples import START, D, buy, sell, tid
from tests.domain.ledger.histories import LARGEST, USD, History, histories, prices, terms
from tests.profiles import fewer

LARGEST_FEE = Decimal(LARGEST).scaleb(-18, EXACT)
Json: TypeAlias = dict[str, "str | list[Json]"]


def as_json(node: Node) -> Json:
    """A dumb recursive mapping, as a transport would do it."""
    return {
        "operation": node.operation.value,
        "value": plain(node.value),
        "operands": [as_json(operand) for operand in node.operands],
    }


def evaluate_json(node: Json) -> Decimal:
    """Recompute from the JSON alone."""
    operands = node["operands"]
    assert isinstance(operands, list)
    operation = Operation(str(node["operation"]))
    if operation is Operation.INPUT:
        return Decimal(str(node["value"]))
    return compute(operation, [evaluate_json(operand) for operand in operands])


def after_the_wire(node: Node) -> Decimal:
    sent: Json = json.loads(json.dumps(as_json(node)))
    return evaluate_json(sent)


def inputs(execution: Execution) -> TradeInputs:
    """The trade behind an execution, its fee in several kinds."""
    left = execution.fees
    parts: dict[FeeKind, Decimal] = {}
    for kind in FeeKind:
        # whole units first, so that small fees show two kinds; the limit of one kind cuts the largest
        parts[kind] = min(left.to_integral_value(ROUND_FLOOR) if kind is FeeKind.BROKERAGE else left, LARGEST_FEE)
        left = EXACT.subtract(left, parts[kind])
    return TradeInputs(execution.id, execution.quantity, execution.price, Fees(parts))


def explainer(history: History) -> Explainer:
    return Explainer(
        history.terms.instrument_id,
        history.terms.currency,
        history.terms.multiplier,
        dict[UUID, TradeInputs]((execution.id, inputs(execution)) for execution in history.executions),
    )


def small(*executions: Execution, can_short: bool = True) -> tuple[Explainer, Replay]:
    kept = terms(can_short=can_short)
    trades: dict[UUID, TradeInputs] = {execution.id: inputs(execution) for execution in executions}
    return Explainer(kept.instrument_id, kept.currency, kept.multiplier, trades), replay(kept, executions)


@fewer()
@given(histories())
def test_every_disposal_recomputes_to_its_figure(history: History) -> None:
    books = replay(history.terms, history.executions)
    lots = {lot.id: lot for lot in books.lots}
    explaining = explainer(history)
    for disposal in books.disposals:
        realised, unmatched = explaining.disposal(disposal, lots)
        assert (realised is None) == (disposal.realised is None)
        assert (unmatched is None) == (not disposal.unmatched_quantity)
        if realised is not None:
            assert evaluate(realised) == after_the_wire(realised) == realised.value == disposal.realised
        if unmatched is not None:
            assert evaluate(unmatched) == after_the_wire(unmatched) == disposal.unmatched_proceeds


@fewer()
@given(histories())
def test_every_position_recomputes_to_its_figures(history: History) -> None:
    position = replay(history.terms, history.executions).position
    mark = Mark(D("12.34"), START, PriceSource.USER)
    pooled = PooledCost(UUID(int=5), position.open_cost, position.pooled_fees)
    quantity, cost, unrealised = explainer(history).position(
        [lot for lot in position.lots if lot.left],
        mark,
        pooled if history.terms.method is CostMethod.AVERAGE else None,
    )
    assert evaluate(quantity) == after_the_wire(quantity) == position.quantity
    assert evaluate(cost) == after_the_wire(cost) == position.open_cost
    assert unrealised is not None
    assert evaluate(unrealised) == after_the_wire(unrealised) == unrealised.value


@fewer()
@given(histories(), prices, st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=2))
def test_a_position_at_the_markets_price_recomputes_to_what_it_is_worth(
    history: History, price: Decimal, splits: list[tuple[int, int]]
) -> None:
    """Also where splits since then change what a unit is: what is explained is the price that was used."""
    position = replay(history.terms, history.executions).position
    told = restated(price, [(Decimal(new), Decimal(old)) for new, old in splits])
    mark = Mark(told, START, PriceSource.MARKET, MarketSays("yahoo"))
    pooled = PooledCost(UUID(int=5), position.open_cost, position.pooled_fees)
    explaining = explainer(history)
    unrealised = explaining.position(
        [lot for lot in position.lots if lot.left],
        mark,
        pooled if history.terms.method is CostMethod.AVERAGE else None,
    ).unrealised
    holding = Holding(
        account_id=AccountId(UUID(int=1)),
        instrument_id=explaining.instrument_id,
        currency=explaining.currency,
        multiplier=explaining.multiplier,
        quantity=position.quantity,
        open_cost=position.open_cost,
    )
    valued = value_holding(holding, mark)
    assert unrealised is not None
    assert evaluate(unrealised) == after_the_wire(unrealised) == valued.unrealised
    total = explain_unrealised(USD, [(str(UUID(int=6)), valued)])
    assert evaluate(total) == after_the_wire(total) == valued.unrealised
    assert f"market yahoo {START.isoformat()}" in {
        reference for name, _, reference in walk(unrealised) if name == "price"
    }


@given(histories())
def test_a_realised_total_recomputes_from_its_disposals(history: History) -> None:
    books = replay(history.terms, history.executions)
    known = [
        (disposal.id, disposal.matched_proceeds, disposal.cost)
        for disposal in books.disposals
        if disposal.cost is not None
    ]
    total = explain_realised(USD, known)
    assert evaluate(total) == after_the_wire(total) == books.position.realised


def test_a_disposal_names_its_trades_lots_fees_and_formula() -> None:
    explaining, books = small(buy(1, "3", "10", "1.5"), sell(2, "2", "12", "1"))
    realised, _ = explaining.disposal(books.disposals[0], {lot.id: lot for lot in books.lots})
    assert realised is not None
    assert realised.formula is not None
    assert (realised.formula.name, realised.formula.version, realised.unit) == ("realised_pnl", 1, "USD")
    found = set(walk(realised))
    assert {
        ("price", D(10), str(tid(1))),
        ("price", D(12), str(tid(2))),
        ("brokerage_fee", D(1), str(tid(1))),
        ("exchange_fee", D("0.5"), str(tid(1))),
        ("brokerage_fee", D(1), str(tid(2))),
        ("contract_multiplier", D(1), str(explaining.instrument_id)),
    } <= found
    assert realised.value == D(2)


def explained(explaining: Explainer, disposal: Disposal, lots: list[Lot]) -> Node:
    """The tree of what a disposal realised, which gives its figure also after the wire."""
    realised, _ = explaining.disposal(disposal, {lot.id: lot for lot in lots})
    assert realised is not None
    assert evaluate(realised) == after_the_wire(realised) == disposal.realised
    return realised


def test_a_match_under_mean_cost_quotes_the_pool() -> None:
    kept = terms(method=CostMethod.AVERAGE)
    executions = [buy(1, "1", "10", "1"), buy(2, "2", "25", "2"), sell(3, "1", "30")]
    trades: dict[UUID, TradeInputs] = {execution.id: inputs(execution) for execution in executions}
    books = replay(kept, executions)
    explaining = Explainer(kept.instrument_id, kept.currency, kept.multiplier, trades)
    found = set(walk(explained(explaining, books.disposals[0], books.lots)))
    disposal = str(tid(3))
    assert {
        ("pool_cost_left", D(60), disposal),
        ("pool_quantity_left", D(3), disposal),
        ("pool_fee_left", D(3), disposal),
    } <= found


def test_a_lot_that_an_event_changed_is_quoted_as_it_was_when_it_was_sold() -> None:
    """A sale before a split of two for one, one after it, and what is left: each in the units of its day."""
    event = UUID(int=500)
    executions = [buy(1, "3", "10", "1"), sell(2, "1", "12", "1"), sell(9, "3", "7", "1")]
    explaining, books = small(*executions[:2])
    explaining = replace(explaining, trades={execution.id: inputs(execution) for execution in executions})
    (lot,) = books.lots
    with localcontext(EXACT):
        (lot,) = books.position.lots_by_age()
        lot.basis, lot.event_id = lot.value(D(1)), event
        lot.quantity, lot.left, lot.price = lot.quantity * 2, lot.left * 2, lot.price / 2
        books.position.restate([lot])
    after = books.position.apply(executions[2]).disposal
    assert after is not None
    names = {name for name, _, _ in walk(explained(explaining, books.disposals[0], [lot]))}
    assert {"lot_quantity_left", "lot_fee_left", "price"} <= names
    assert ("lot_cost_left", D(20), str(lot.id)) in walk(explained(explaining, after, [lot]))
    quantity, cost, _ = explaining.position([lot])
    assert (evaluate(quantity), evaluate(cost)) == (D(1), books.position.open_cost)


def test_what_an_action_closed_is_explained_by_the_action() -> None:
    event = UUID(int=500)
    explaining, books = small(buy(1, "3", "10", "1"))
    with localcontext(EXACT):
        closing = Closing(event, Direction.LONG, D(2), D(12), D(1), START + timedelta(days=5), event)
        disposal = books.position.close(closing)[1]
    assert disposal is not None
    found = walk(explained(explaining, disposal, books.lots))
    assert ("price", D(12), str(event)) in found
    assert ("closing_fee", D(1), str(event)) in found


def test_a_payment_beyond_the_cost_is_explained_by_its_amounts() -> None:
    event = UUID(int=500)
    explaining, books = small(buy(1, "3", "10"), sell(2, "1", "12"))
    paid = books.disposals[0]._replace(
        id=UUID(int=501), quantity=D(0), matches=(), proceeds=D(9), cost=D(4), realised=D(5), event_id=event
    )
    found = walk(explained(explaining, paid, []))
    assert found == [("matched_proceeds", D(9), str(event)), ("cost", D(4), str(event))]
    nothing = paid._replace(realised=None, cost=None)
    assert explaining.disposal(nothing, {}).realised is None


def walk(node: Node) -> list[tuple[str, Decimal, str]]:
    """Every input of a tree: name, value and what it refers to."""
    if node.operation is Operation.INPUT:
        return [(node.name, node.value, "" if node.reference is None else node.reference.id)]
    return [found for operand in node.operands for found in walk(operand)]


def test_evaluation_looks_at_inputs_only() -> None:
    """A tree whose figure was tampered with evaluates to what its inputs give."""
    reference = Reference(ReferenceKind.TRADE, "1")
    two, three = recorded("a", D(2), "USD", reference), recorded("b", D(3), "USD", reference)
    forged = Node("total", Operation.SUM, D(99), "USD", (two, three))
    assert evaluate(forged) == D(5)


def test_a_stored_figure_that_its_inputs_do_not_give_is_not_shown() -> None:
    explaining, books = small(buy(1, "3", "10"), sell(2, "2", "12"))
    wrong = books.disposals[0]._replace(realised=D(5))
    with pytest.raises(AssertionError):
        explaining.disposal(wrong, {lot.id: lot for lot in books.lots})


def test_a_position_without_a_price_has_no_unrealised_figure() -> None:
    explaining, books = small(sell(1, "3", "10", "1"))
    quantity, cost, unrealised = explaining.position(books.lots)
    assert (quantity.value, cost.value, unrealised) == (D(-3), D(-29), None)


@pytest.mark.parametrize(
    ("operation", "values", "expected"),
    [
        (Operation.SUM, [], "0"),
        (Operation.SUM, ["1", "2", "3"], "6"),
        (Operation.DIFFERENCE, ["10", "2", "3"], "5"),
        (Operation.PRODUCT, ["2", "3", "4"], "24"),
        (Operation.NEGATION, ["2"], "-2"),
        (Operation.SHARE, ["1", "1", "3"], "0.333333333333333333"),
        (Operation.SHARE, ["0.0000000000000000003", "2", "2"], "0.0000000000000000003"),
    ],
)
def test_operations_do_what_their_names_say(operation: Operation, values: list[str], expected: str) -> None:
    assert compute(operation, [Decimal(value) for value in values]) == Decimal(expected)


@pytest.mark.parametrize(
    ("operation", "count"),
    [
        (Operation.INPUT, 1),
        (Operation.DIFFERENCE, 0),
        (Operation.PRODUCT, 0),
        (Operation.NEGATION, 2),
        (Operation.SHARE, 2),
    ],
)
def test_an_operation_with_the_wrong_number_of_operands_is_refused(operation: Operation, count: int) -> None:
    with pytest.raises(Invalid):
        compute(operation, [D(1)] * count)


def test_a_derived_node_carries_the_value_of_its_operands() -> None:
    node = derive("sum", Operation.SUM, "USD", recorded("a", D(2), "USD", Reference(ReferenceKind.TRADE, "1")))
    assert (node.value, node.operands[0].name) == (D(2), "a")
