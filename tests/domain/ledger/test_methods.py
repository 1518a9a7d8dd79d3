"""Cost methods, one small history at a time: mean cost as a pool, and lots that a sale selects."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal, localcontext

import pytest

from domain.ledger.disposal import Closing
from domain.ledger.execution import Execution, LotSelection
from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.open_lots import OpenLots
from domain.ledger.replay import Replay, replay
from domain.shared.money import EXACT
from tests.domain.ledger.examples import START, D, buy, sell, tid
from tests.domain.ledger.histories import terms

FIFO, LIFO, HIFO, AVERAGE, SPECIFIC = CostMethod


def books(method: CostMethod, *executions: Execution) -> Replay:
    return replay(terms(method=method), executions)


def naming(execution: Execution, *lots: tuple[int, str]) -> Execution:
    return execution._replace(selection=tuple(LotSelection(tid(number), D(quantity)) for number, quantity in lots))


def taken(kept: Replay) -> list[list[tuple[int, Decimal]]]:
    """For each disposal the lots it took from, and how much."""
    return [[(match.lot_id.int, match.quantity) for match in disposal.matches] for disposal in kept.disposals]


THREE = (buy(1, "5", "10"), buy(2, "5", "30"), buy(3, "5", "20"))


@pytest.mark.parametrize(
    ("method", "cost"), [(FIFO, "50"), (LIFO, "100"), (HIFO, "150"), (AVERAGE, "100"), (SPECIFIC, "50")]
)
def test_the_method_decides_what_a_sale_cost(method: CostMethod, cost: str) -> None:
    (disposal,) = books(method, *THREE, sell(4, "5", "40")).disposals
    assert (disposal.cost, disposal.proceeds) == (D(cost), D(200))


def test_under_average_cost_units_leave_by_age_at_the_mean_of_all() -> None:
    kept = books(AVERAGE, *THREE, sell(4, "6", "40"), buy(5, "3", "50"), sell(6, "12", "40"))
    assert taken(kept) == [[(1, D(5)), (2, D(1))], [(2, D(4)), (3, D(5)), (5, D(3))]]
    assert [disposal.cost for disposal in kept.disposals] == [D(120), D(330)]
    assert (kept.position.quantity, kept.position.open_cost, kept.position.pooled_fees) == (D(0), D(0), D(0))


def test_a_mean_cost_that_no_decimal_can_hold_loses_nothing() -> None:
    """Ten for three units: two rounded shares and the rest."""
    kept = books(AVERAGE, buy(1, "1", "3"), buy(2, "2", "3.5", "1"), *(sell(number, "1", "4") for number in (3, 4, 5)))
    costs = [disposal.cost for disposal in kept.disposals]
    assert costs == [D("3.666666666666666666"), D("3.666666666666666668"), D("3.666666666666666666")]
    assert kept.position.realised == D(1)


def test_a_short_has_a_pool_of_what_it_brought() -> None:
    kept = books(AVERAGE, sell(1, "2", "10", "1"), sell(2, "2", "20", "1"), buy(3, "1", "5"))
    (disposal,) = kept.disposals
    assert (disposal.proceeds, disposal.cost, disposal.realised) == (D("14.5"), D(5), D("9.5"))
    assert (kept.position.open_cost, kept.position.pooled_fees) == (D("-43.5"), D("1.5"))


def test_an_event_gets_pooled_lots_with_their_shares_and_gives_them_back() -> None:
    position = books(AVERAGE, buy(1, "1", "10", "1"), buy(2, "2", "25", "2")).position
    before = deepcopy(position)
    with localcontext(EXACT):
        lots = position.lots_by_age()
        assert [(lot.basis, lot.fee_left, lot.cost(D(1))) for lot in lots] == [
            (D(20), D(1), D(21)),
            (D(40), D(2), D(42)),
        ]
        position.restate(lots)
    assert position == before


def test_a_sale_takes_the_lots_that_it_names_first_and_in_their_order() -> None:
    kept = books(SPECIFIC, *THREE, naming(sell(4, "8", "40"), (3, "4"), (2, "1")))
    assert taken(kept) == [[(3, D(4)), (2, D(1)), (1, D(3))]]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (FIFO, [(2, D(1)), (1, D(5))]),
        (LIFO, [(2, D(1)), (3, D(5))]),
        (HIFO, [(2, D(5)), (3, D(1))]),
        (AVERAGE, [(1, D(5)), (2, D(1))]),
    ],
)
def test_what_is_not_named_goes_by_the_method(method: CostMethod, expected: list[tuple[int, Decimal]]) -> None:
    """Under mean cost there is nothing to choose."""
    assert taken(books(method, *THREE, naming(sell(4, "6", "40"), (2, "1")))) == [expected]


def test_a_selection_that_can_no_longer_be_met_takes_what_is_there() -> None:
    """A lot that never was, one that is gone, one too small, and the sale's own id: none of them stops a sale."""
    gone = (*THREE, naming(sell(4, "5", "40"), (2, "5")))
    kept = books(SPECIFIC, *gone, naming(sell(5, "7", "40"), (99, "1"), (2, "3"), (3, "20"), (5, "1")))
    assert taken(kept)[1] == [(3, D(5)), (1, D(2))]
    assert (kept.position.quantity, kept.position.open_cost) == (D(3), D(30))


def test_lots_named_in_the_middle_vanish_and_the_rest_goes_on_in_order() -> None:
    """However many were picked out, nobody sees the gaps."""
    bought = [buy(number, "1", str(number)) for number in range(1, 101)]
    picked = [naming(sell(100 + number, "1", "500"), (number, "1")) for number in range(2, 100)]
    kept = books(SPECIFIC, *bought, *picked)
    assert [lot.id.int for lot in kept.position.lots] == [1, 100]
    assert len(kept.position.lots) == 2
    assert kept.position.lots == OpenLots(SPECIFIC, [lot for lot in kept.lots if lot.left])
    again = deepcopy(kept.position)
    for position in (kept.position, again):
        position.apply(sell(300, "2", "500"))
        assert (position.quantity, position.open_cost) == (D(0), D(0))
        assert not position.lots


def test_open_lots_are_told_apart_and_show_themselves() -> None:
    one = OpenLots(LIFO, [Lot(tid(1), Direction.LONG, D(1), D(2), D(0), START, D(1), D(0))])
    assert one != OpenLots(LIFO)
    assert one != [*one]
    assert "price=Decimal('2')" in repr(one)


@pytest.mark.parametrize("method", [FIFO, LIFO, HIFO, SPECIFIC])
def test_a_lot_with_a_basis_of_its_own_gives_shares_of_it(method: CostMethod) -> None:
    """Three units that cost ten in all: two rounded shares and the rest, whatever the price says."""
    position = books(method, buy(1, "3", "7", "1")).position
    with localcontext(EXACT):
        (lot,) = position.lots_by_age()
        lot.basis, lot.price = D(10), D("3.333333333333333333")
        position.restate([lot])
    assert position.open_cost == D(11)
    outcomes = [position.apply(sell(number, "1", "7")) for number in (2, 3, 4)]
    matches = [outcome.disposal.matches[0] for outcome in outcomes if outcome.disposal is not None]
    assert [match.opening_value for match in matches] == [
        D("3.333333333333333333"),
        D("3.333333333333333334"),
        D("3.333333333333333333"),
    ]
    assert [match.basis_before for match in matches] == [D(10), D("6.666666666666666667"), D("3.333333333333333333")]
    assert (lot.left, lot.basis, lot.fee_left, lot.closed_at) == (D(0), D(0), D(0), START + timedelta(days=4))
    assert (position.quantity, position.open_cost) == (D(0), D(0))


def test_an_event_closes_without_being_a_trade() -> None:
    position = books(FIFO, buy(1, "3", "7", "1")).position
    event = tid(77)
    with localcontext(EXACT):
        closing = Closing(event, Direction.LONG, D(3), D(9), D(0), START + timedelta(days=9), event)
        trip = position.trip
        _, disposal, _ = position.close(closing)
        position.settle_totals()
    assert disposal is not None
    assert trip is not None
    assert (disposal.id, disposal.event_id, disposal.realised) == (event, event, D(5))
    assert (position.realised, position.cash_in, position.cash_out) == (D(5), D(27), D(22))
    assert (position.trade_count, position.disposal_count, position.quantity) == (1, 1, D(0))
    assert (trip.trade_count, trip.last_trade_id, trip.closed_at) == (1, tid(1), START + timedelta(days=9))
