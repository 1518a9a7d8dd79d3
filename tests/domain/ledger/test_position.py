"""Missing basis, order of execution, and round trips."""

from __future__ import annotations

from datetime import timedelta
from decimal import localcontext

import pytest

from domain.ledger.disposal import Basis
from domain.ledger.lot import Direction
from domain.ledger.position import Position
from domain.ledger.replay import replay
from domain.ledger.round_trip import TripState
from domain.ledger.terms import Terms
from domain.shared.errors import Conflict
from domain.shared.ids import InstrumentId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import Currency
from tests.domain.ledger.examples import INSTRUMENT, START, D, account, buy, sell, tid
from tests.domain.ledger.histories import terms


def test_a_sale_without_a_purchase_has_proceeds_and_no_gain() -> None:
    """Where shorting is off, what was sold without having been bought is never profit, and never zero cost."""
    books = replay(terms(can_short=False), [sell(1, "10", "100", "4")])
    (disposal,) = books.disposals
    assert disposal.basis is Basis.MISSING
    assert (disposal.cost, disposal.realised) == (None, None)
    assert (disposal.unmatched_quantity, disposal.unmatched_proceeds, disposal.proceeds) == (D(10), D(996), D(996))
    assert (books.position.quantity, books.position.realised, books.round_trips) == (D(0), D(0), [])


def test_a_sale_beyond_what_is_held_has_a_basis_for_that_part_only() -> None:
    books = replay(terms(can_short=False), [buy(1, "4", "50", "2"), sell(2, "10", "100", "5")])
    (disposal,) = books.disposals
    assert disposal.basis is Basis.PARTIAL
    assert (disposal.matched_quantity, disposal.cost, disposal.matched_proceeds) == (D(4), D(202), D(398))
    assert (disposal.realised, disposal.unmatched_quantity, disposal.unmatched_proceeds) == (D(196), D(6), D(597))
    assert (books.position.unmatched_quantity, books.position.unmatched_proceeds) == (D(6), D(597))
    assert (books.round_trips[0].state, books.round_trips[0].fees) == (TripState.CLOSED, D(4))


def test_a_sale_of_what_is_held_has_a_known_basis_and_names_all_fees() -> None:
    books = replay(terms(can_short=False), [buy(1, "4", "50", "2"), sell(2, "4", "100", "5")])
    (disposal,) = books.disposals
    assert (disposal.basis, disposal.fees, disposal.realised) == (Basis.KNOWN, D(7), D(193))


def test_a_later_purchase_does_not_close_what_had_no_basis() -> None:
    books = replay(terms(can_short=False), [sell(1, "10", "100"), buy(2, "10", "90")])
    assert (books.position.quantity, books.position.open_cost, len(books.disposals)) == (D(10), D(900), 1)


def test_where_shorting_is_on_the_same_sale_opens_a_short() -> None:
    books = replay(terms(), [sell(1, "10", "100", "4")])
    assert (books.position.quantity, books.position.open_cost, books.disposals) == (D(-10), D(-996), [])
    assert books.lots[0].direction is Direction.SHORT


@pytest.mark.parametrize("segment", [Segment.DERIVATIVE, Segment.COMMODITY, Segment.CURRENCY])
def test_contracts_can_always_be_sold_first(segment: Segment) -> None:
    assert account(shorting=False).can_short(segment)


@pytest.mark.parametrize("segment", [Segment.EQUITY, Segment.FUND, Segment.CRYPTO])
def test_units_can_be_sold_first_where_the_account_says_so(segment: Segment) -> None:
    assert not account(shorting=False).can_short(segment)
    assert account(shorting=True).can_short(segment)


def test_terms_come_from_the_account_and_the_instrument() -> None:
    key = InstrumentKey("NIFTY26MARFUT", "NFO", Segment.DERIVATIVE, Currency("INR"))
    owner = account(shorting=False)
    found = Terms.of(owner, Instrument(INSTRUMENT, key, D(75), None, None, None))
    assert (found.account_id, found.instrument_id, found.currency, found.multiplier, found.can_short) == (
        owner.id,
        InstrumentId(INSTRUMENT),
        Currency("INR"),
        D(75),
        True,
    )


def test_fills_of_one_instant_go_by_sequence_then_by_id() -> None:
    first, second = sell(9, "1", "12", day=1), buy(1, "1", "10", day=1)
    assert replay(terms(), [first, second]).lots[0].id == tid(1)
    later = second._replace(sequence=1)
    assert replay(terms(), [first, later]).lots[0].id == tid(9)


def test_what_is_not_later_cannot_be_applied() -> None:
    """A position applies only what comes after all it has seen; anything else needs a replay."""
    position = Position(terms())
    position.apply(buy(5, "1", "10"))
    assert position.follows(buy(6, "1", "10"))
    for late in (buy(4, "1", "10"), buy(5, "1", "10")):
        assert not position.follows(late)
        with pytest.raises(Conflict):
            position.apply(late)
    assert position.trade_count == 1


def test_an_outcome_names_all_that_a_fill_touched() -> None:
    position = Position(terms())
    opening = position.apply(buy(1, "5", "10"))
    crossing = position.apply(sell(2, "8", "11"))
    assert opening.opened is not None
    assert (opening.disposal, opening.reduced, [trip.id for trip in opening.trips]) == (None, (), [tid(1)])
    assert crossing.opened is not None
    assert crossing.disposal is not None
    assert (crossing.opened.id, crossing.disposal.id, crossing.disposal.quantity) == (tid(2), tid(2), D(5))
    assert [lot.id for lot in crossing.reduced] == [tid(1)]
    assert [(trip.id, trip.state) for trip in crossing.trips] == [
        (tid(1), TripState.CLOSED),
        (tid(2), TripState.OPEN),
    ]


def test_figures_are_exact_whatever_context_the_caller_is_in() -> None:
    """Numbers of 38 digits survive a caller whose own arithmetic keeps 3."""
    huge = "99999999999999999999.999999999999999999"
    executions = [buy(1, huge, huge, huge), sell(2, "0.000000000000000001", huge, "0.000000000000000001")]
    exact = replay(terms(D(huge)), executions)
    with localcontext() as context:
        context.prec = 3
        assert replay(terms(D(huge)), executions) == exact
    assert exact.position.quantity == D("99999999999999999999.999999999999999998")


def test_a_round_trip_goes_from_flat_to_flat() -> None:
    books = replay(
        terms(), [buy(1, "10", "100", "1"), buy(2, "20", "130", "1"), sell(3, "15", "140", "1"), sell(4, "15", "150")]
    )
    (trip,) = books.round_trips
    assert (trip.id, trip.direction, trip.state) == (tid(1), Direction.LONG, TripState.CLOSED)
    assert (trip.opened_at, trip.held_for) == (START + timedelta(days=1), timedelta(days=3))
    assert (trip.max_quantity, trip.average_entry_price, trip.average_exit_price) == (D(30), D(120), D(145))
    assert (trip.fees, trip.realised) == (D(3), D(747))
    assert (trip.trade_count, trip.last_trade_id) == (4, tid(4))


def test_an_open_round_trip_has_no_end() -> None:
    books = replay(terms(), [sell(1, "3", "10"), sell(2, "6", "11"), buy(3, "1", "9")])
    (trip,) = books.round_trips
    assert (trip.direction, trip.state, trip.closed_at, trip.held_for) == (Direction.SHORT, TripState.OPEN, None, None)
    assert (trip.max_quantity, trip.average_entry_price) == (D(9), D("10.666666666666666667"))
    assert replay(terms(), [sell(1, "3", "10")]).round_trips[0].average_exit_price is None


def test_crossing_zero_ends_one_round_trip_and_begins_the_next() -> None:
    books = replay(terms(), [buy(1, "2", "10"), sell(2, "5", "12", "5"), buy(3, "3", "11")])
    first, second = books.round_trips
    assert (first.id, first.closed_at, first.fees, first.realised) == (tid(1), START + timedelta(days=2), D(2), D(2))
    assert (second.id, second.direction, second.fees, second.realised) == (tid(2), Direction.SHORT, D(3), D(0))


def test_a_match_knows_how_long_it_was_held() -> None:
    books = replay(terms(), [buy(1, "2", "10", "2"), sell(4, "2", "12", "4")])
    (match,) = books.disposals[0].matches
    assert (match.held_for, match.fees, match.realised) == (timedelta(days=3), D(6), D(-2))
