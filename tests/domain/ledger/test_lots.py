"""Small histories with answers anybody can check by hand, and the rules of `consume`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest

from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.open_lots import OpenLots
from domain.ledger.replay import replay
from domain.shared.money import EXACT
from tests.domain.ledger.examples import START, D, buy, sell, tid
from tests.domain.ledger.histories import terms


def lot(number: int, quantity: str, price: str, fee: str = "0") -> Lot:
    return Lot(tid(number), Direction.LONG, D(quantity), D(price), D(fee), START, D(quantity), D(fee))


FIFO, LIFO, HIFO = CostMethod.FIFO, CostMethod.LIFO, CostMethod.HIFO


def taken(lots: list[Lot], quantity: str, method: CostMethod = FIFO) -> tuple[list[tuple[int, Decimal]], Decimal]:
    with localcontext(EXACT):
        takes, unmatched = OpenLots(method, lots).consume(D(quantity))
    return [(one.id.int, part) for one, part in takes], unmatched


@pytest.mark.parametrize(
    ("method", "expected"),
    [(FIFO, [(1, D(5)), (2, D(2))]), (LIFO, [(3, D(6)), (2, D(1))]), (HIFO, [(2, D(4)), (1, D(3))])],
)
def test_the_order_decides_which_lots_go_first(method: CostMethod, expected: list[tuple[int, Decimal]]) -> None:
    lots = [lot(1, "5", "111"), lot(2, "4", "122"), lot(3, "6", "100")]
    assert taken(lots, "7", method) == (expected, D(0))


def test_of_lots_at_one_price_highest_first_takes_the_older() -> None:
    assert taken([lot(1, "5", "50"), lot(2, "5", "50")], "6", HIFO) == ([(1, D(5)), (2, D(1))], D(0))


def test_what_no_lot_covers_is_told() -> None:
    assert taken([lot(1, "5", "50")], "8") == ([(1, D(5))], D(3))
    assert taken([], "8") == ([], D(8))


def test_a_quantity_that_empties_a_lot_leaves_the_next_alone() -> None:
    assert taken([lot(1, "5", "50"), lot(2, "5", "50")], "5") == ([(1, D(5))], D(0))


def test_nothing_takes_nothing() -> None:
    assert taken([lot(1, "5", "50")], "0") == ([], D(0))


def test_an_emptied_lot_is_passed_over() -> None:
    empty = lot(1, "5", "50")
    empty.left = D(0)
    assert taken([empty, lot(2, "5", "50")], "2") == ([(2, D(2))], D(0))


def test_consuming_changes_nothing_and_repeats_itself() -> None:
    lots = [lot(1, "5", "50", "1"), lot(2, "4", "51", "1")]
    before = deepcopy(lots)
    assert taken(lots, "7") == taken(lots, "7")
    assert lots == before


def test_partial_sales_share_the_purchase_fee_by_quantity() -> None:
    """One purchase, four partial sales at the same gain: fees are charged once, not four times."""
    books = replay(terms(), [buy(1, "100", "10", "10"), *(sell(number, "25", "11", "2") for number in range(2, 6))])
    assert [disposal.realised for disposal in books.disposals] == [D("20.5")] * 4
    assert books.position.realised == D(82)


def test_the_last_share_takes_what_rounding_left() -> None:
    """A fee of 1 over three thirds: two rounded shares and the remainder."""
    books = replay(terms(), [buy(1, "3", "10", "1"), *(sell(number, "1", "10") for number in range(2, 5))])
    shares = [disposal.matches[0].open_fee for disposal in books.disposals]
    assert shares == [D("0.333333333333333333"), D("0.333333333333333334"), D("0.333333333333333333")]


def test_a_sale_over_two_lots_shares_its_own_fee_between_them() -> None:
    books = replay(terms(), [buy(1, "1", "10"), buy(2, "3", "20"), sell(3, "4", "30", "8")])
    (disposal,) = books.disposals
    assert [(match.lot_id.int, match.close_fee, match.realised) for match in disposal.matches] == [
        (1, D(2), D(18)),
        (2, D(6), D(24)),
    ]
    assert (disposal.proceeds, disposal.cost, disposal.realised, disposal.fees) == (D(112), D(70), D(42), D(8))


def test_a_sale_never_matches_a_later_purchase() -> None:
    books = replay(terms(), [buy(1, "10", "100"), sell(2, "10", "110"), buy(3, "10", "90")])
    assert [match.open_price for match in books.disposals[0].matches] == [D(100)]
    assert books.position.open_cost == D(900)


def test_a_short_earns_what_it_was_sold_for_less_what_it_cost_to_buy_back() -> None:
    books = replay(terms(), [sell(1, "10", "100", "5"), buy(2, "10", "90", "3")])
    (disposal,) = books.disposals
    assert disposal.direction is Direction.SHORT
    assert (disposal.proceeds, disposal.cost, disposal.realised) == (D(995), D(903), D(92))


def test_a_fill_that_crosses_zero_closes_one_lot_and_opens_the_other_way() -> None:
    """Its fee is split by quantity between what it closed and what it opened."""
    books = replay(terms(), [sell(1, "1", "110"), buy(2, "4", "112", "2")])
    (short, long_) = books.lots
    assert (short.left, short.closed_at, long_.quantity, long_.fee) == (D(0), long_.opened_at, D(3), D("1.5"))
    assert books.disposals[0].realised == D("-2.5")
    assert (books.position.quantity, books.position.open_cost) == (D(3), D("337.5"))
    assert (books.lots[1].id, books.disposals[0].id) == (tid(2), tid(2))


def test_the_multiplier_counts_in_money_and_not_in_units() -> None:
    books = replay(terms(D(50)), [buy(1, "2", "100", "1"), sell(2, "1", "101", "1")])
    assert books.position.realised == D("48.5")
    assert (books.position.quantity, books.position.open_cost) == (D(1), D("5000.5"))


def test_lots_in_the_middle_can_go_first() -> None:
    """Highest first leaves older lots behind; the books still add up."""
    by_price = replace(terms(), method=HIFO)
    books = replay(
        by_price, [buy(1, "5", "10"), buy(2, "5", "30"), buy(3, "5", "20"), sell(4, "6", "40"), sell(5, "9", "40")]
    )
    assert [[match.lot_id.int for match in disposal.matches] for disposal in books.disposals] == [[2, 3], [3, 1]]
    assert (books.position.quantity, books.position.open_cost, books.position.realised) == (D(0), D(0), D(300))
    assert not books.position.lots
