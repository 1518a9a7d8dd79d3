"""Corporate actions with answers anybody can check by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.ledger.action_terms import (
    ActionTerms,
    Assignment,
    Bonus,
    CashMerger,
    CostShare,
    Delisting,
    Expiry,
    Merger,
    ReturnOfCapital,
    SpinOff,
    Split,
    SymbolChange,
    UnderlyingSide,
)
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.group import replay_group, tied
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.replay import Replay
from domain.ledger.round_trip import TripState
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import CorporateActionId, InstrumentId, OrganisationId
from tests.domain.ledger.examples import NOW, START, D, buy, sell
from tests.domain.ledger.histories import terms

OLD = terms()
NEW = replace(OLD, instrument_id=InstrumentId(UUID(int=99)))
OLD_PAIR, NEW_PAIR = Pair(OLD.account_id, OLD.instrument_id), Pair(NEW.account_id, NEW.instrument_id)
INTO = NEW.instrument_id


def action(what: ActionTerms, day: int, number: int = 1000) -> CorporateAction:
    """An action at the start of a day, before the trades numbered for that day."""
    at = START + timedelta(days=day)
    details = ActionDetails(instrument_id=OLD.instrument_id, effective_at=at, terms=what)
    return CorporateAction.record(CorporateActionId(UUID(int=number)), OrganisationId(UUID(int=4)), details, NOW)


def books(
    fills: Sequence[Execution],
    *actions: CorporateAction,
    method: CostMethod = CostMethod.FIFO,
    into: Sequence[Execution] = (),
    multiplier: str = "1",
) -> Mapping[Pair, Replay]:
    """Replay both instruments of one account."""
    kept = {
        OLD_PAIR: replace(OLD, method=method, multiplier=D(multiplier)),
        NEW_PAIR: replace(NEW, method=method),
    }
    return replay_group(kept, {OLD_PAIR: fills, NEW_PAIR: into}, actions, ())


def test_a_split_scales_units_and_keeps_the_cost() -> None:
    """Ten at 400 with a fee of 8 become forty at 100; half of them sold at 110 gains 200 less the fee's half."""
    kept = books([buy(1, "10", "400", "8"), sell(3, "20", "110")], action(Split(new=4, old=1), 2))[OLD_PAIR]
    (lot,) = kept.lots
    assert (lot.quantity, lot.left, lot.price, lot.basis, lot.fee_left) == (D(40), D(20), D(100), D(2000), D(4))
    assert (kept.position.quantity, kept.position.open_cost, kept.position.realised) == (D(20), D(2004), D(196))
    assert kept.round_trips[0].average_entry_price == D(100)


def test_a_trade_of_the_same_instant_is_in_new_units() -> None:
    kept = books([buy(1, "10", "400"), sell(2, "40", "110")], action(Split(new=4, old=1), 2))[OLD_PAIR]
    assert (kept.position.quantity, kept.position.realised) == (D(0), D(400))


def test_a_reverse_split_leaves_the_fraction() -> None:
    kept = books([buy(1, "15", "3"), buy(2, "10", "4")], action(Split(new=1, old=10), 3))[OLD_PAIR]
    assert [lot.left for lot in kept.lots] == [D("1.5"), D(1)]
    assert (kept.position.quantity, kept.position.open_cost) == (D("2.5"), D(85))


def test_an_awkward_ratio_loses_nothing() -> None:
    """Ten units three ways: thirds are rounded once, the last lot takes the rest, and the cost stays to the cent."""
    fills = [buy(number, "1", "9.99", "0.01") for number in range(1, 11)]
    kept = books(fills, action(Split(new=1, old=3), 11))[OLD_PAIR]
    assert sum(lot.left for lot in kept.lots) == D("3.333333333333333333")
    assert (kept.position.open_cost, kept.position.quantity) == (D(100), D("3.333333333333333333"))
    gone = books([*fills, sell(20, "3.333333333333333333", "30")], action(Split(new=1, old=3), 11))[OLD_PAIR]
    assert (gone.position.quantity, gone.position.open_cost) == (D(0), D(0))
    assert gone.position.realised == D("3.333333333333333333") * 30 - 100


def test_a_split_of_a_flat_position_does_nothing() -> None:
    kept = books([buy(1, "1", "9"), sell(2, "1", "10"), buy(4, "2", "5")], action(Split(new=2, old=1), 3))[OLD_PAIR]
    assert (kept.position.quantity, kept.position.open_cost) == (D(2), D(10))


def test_a_bonus_is_a_lot_that_cost_nothing() -> None:
    kept = books([buy(1, "10", "100"), sell(3, "10", "60"), sell(4, "10", "60")], action(Bonus(new=1, held=1), 2))
    first, second = kept[OLD_PAIR].disposals
    assert (first.realised, second.realised) == (D(-400), D(600))
    assert second.matches[0].opened_at == START + timedelta(days=2)


def test_a_symbol_change_takes_lots_over_with_their_dates() -> None:
    kept = books([buy(1, "10", "100", "5")], action(SymbolChange(into=INTO), 2), into=[sell(3, "10", "120")])
    old, new = kept[OLD_PAIR], kept[NEW_PAIR]
    assert (old.position.quantity, old.position.open_cost, old.position.carried_out) == (D(0), D(0), D(1005))
    assert (old.round_trips[0].state, old.disposals) == (TripState.CLOSED, [])
    assert (new.position.realised, new.position.carried_in) == (D(195), D(1005))
    assert new.disposals[0].matches[0].opened_at == START + timedelta(days=1)
    assert (new.lots[0].trade_id, new.lots[0].id) != (new.lots[0].id, old.lots[0].id)


def test_a_merger_for_shares_and_cash() -> None:
    """Two for one with 10 cash a unit, a fifth of the cost belonging to the cash: 100 cash against a cost of 200."""
    what = Merger(into=INTO, new=2, old=1, cash_per_unit=D(10), cash_cost_share=CostShare(1, 5))
    kept = books([buy(1, "10", "100")], action(what, 2))
    (payment,) = kept[OLD_PAIR].disposals
    assert (payment.quantity, payment.proceeds, payment.cost, payment.realised) == (D(0), D(100), D(200), D(-100))
    assert (kept[NEW_PAIR].position.quantity, kept[NEW_PAIR].position.open_cost) == (D(20), D(800))
    assert kept[OLD_PAIR].position.cash_in == D(100)


def test_a_cash_merger_disposes_of_all() -> None:
    kept = books([buy(1, "10", "100", "5"), buy(2, "5", "110")], action(CashMerger(cash_per_unit=D(120)), 3))[OLD_PAIR]
    (disposal,) = kept.disposals
    assert (disposal.quantity, disposal.proceeds, disposal.realised) == (D(15), D(1800), D(245))
    assert disposal.event_id == UUID(int=1000)
    assert kept.position.trade_count == 2


def test_a_spin_off_takes_a_share_of_the_cost_along() -> None:
    what = SpinOff(into=INTO, new=1, old=4, cost_share=CostShare(20, 100))
    kept = books([buy(1, "8", "100", "10")], action(what, 2))
    assert (kept[OLD_PAIR].position.quantity, kept[OLD_PAIR].position.open_cost) == (D(8), D(648))
    assert (kept[NEW_PAIR].position.quantity, kept[NEW_PAIR].position.open_cost) == (D(2), D(162))
    assert kept[NEW_PAIR].lots[0].opened_at == START + timedelta(days=1)


def test_capital_returned_beyond_the_cost_is_a_gain() -> None:
    fills = [buy(1, "10", "3"), buy(2, "10", "8")]
    kept = books(fills, action(ReturnOfCapital(per_unit=D(5)), 3))[OLD_PAIR]
    assert [lot.basis for lot in kept.lots] == [D(0), D(30)]
    (gain,) = kept.disposals
    assert (gain.quantity, gain.realised, kept.position.cash_in) == (D(0), D(20), D(100))
    assert (kept.position.open_cost, kept.position.realised) == (D(30), D(20))


@pytest.mark.parametrize(("fill", "realised"), [(buy(1, "10", "7", "1"), D(-71)), (sell(1, "10", "7", "1"), D(69))])
def test_a_delisting_ends_a_long_with_a_loss_and_a_short_with_a_gain(fill: Execution, realised: Decimal) -> None:
    kept = books([fill], action(Delisting(), 2))[OLD_PAIR]
    assert (kept.position.quantity, kept.position.realised) == (D(0), realised)


@pytest.mark.parametrize(("fill", "realised"), [(buy(1, "2", "3"), D(400)), (sell(1, "2", "3"), D(-400))])
def test_an_expiry_settles_in_money_with_the_multiplier(fill: Execution, realised: Decimal) -> None:
    kept = books([fill], action(Expiry(settlement_price=D(5)), 2), multiplier="100")[OLD_PAIR]
    assert (kept.position.quantity, kept.position.realised) == (D(0), realised)


def test_an_assigned_put_becomes_shares_at_the_strike() -> None:
    """One put of 100 sold for 2: the premium of 200 is kept, and 100 shares cost 50 each."""
    what = Assignment(into=INTO, strike=D(50), underlying_side=UnderlyingSide.BUY)
    kept = books([sell(1, "1", "2")], action(what, 2), multiplier="100")
    assert kept[OLD_PAIR].position.realised == D(200)
    assert (kept[NEW_PAIR].position.quantity, kept[NEW_PAIR].position.open_cost) == (D(100), D(5000))
    assert kept[NEW_PAIR].lots[0].event_id == UUID(int=1000)


def test_assignments_of_one_instant_leave_lots_in_the_order_in_which_they_will_be_read_again() -> None:
    """Lots of one instant go by their ids, as they do when a position is taken up from what is stored."""
    what = Assignment(into=INTO, strike=D(50), underlying_side=UnderlyingSide.BUY, quantity=D(1))
    kept = books([sell(1, "8", "2")], *(action(what, 2, number) for number in range(1000, 1008)))[NEW_PAIR].position
    assert len(kept.lots) == 8
    assert list(kept.lots) == sorted(kept.lots, key=lambda lot: lot.order_key)
    assert (kept.quantity, kept.open_cost) == (D(8), D(400))


def test_under_average_cost_an_action_changes_the_pool() -> None:
    fills = [buy(1, "10", "10", "1"), buy(2, "10", "20", "3"), sell(4, "20", "9")]
    kept = books(fills, action(Split(new=2, old=1), 3), method=CostMethod.AVERAGE)[OLD_PAIR]
    assert (kept.position.quantity, kept.position.open_cost) == (D(20), D(152))
    assert kept.position.realised == D(28)


def test_lots_do_not_move_against_a_position_of_the_other_direction() -> None:
    kept = books([buy(1, "10", "10")], action(SymbolChange(into=INTO), 3), into=[sell(2, "5", "12")])
    assert (kept[OLD_PAIR].position.quantity, kept[NEW_PAIR].position.quantity) == (D(10), D(-5))


def test_actions_tie_instruments_together_over_any_number_of_steps() -> None:
    onward = replace(
        action(SymbolChange(into=InstrumentId(UUID(int=100))), 3),
        details=ActionDetails(
            instrument_id=INTO, effective_at=START, terms=SymbolChange(into=InstrumentId(UUID(int=100)))
        ),
    )
    found = tied([OLD_PAIR], [action(SymbolChange(into=INTO), 2), onward], ())
    assert {pair.instrument_id.int for pair in found} == {OLD.instrument_id.int, 99, 100}


def test_the_past_is_what_had_happened_by_then() -> None:
    kept = {OLD_PAIR: OLD}
    fills = {OLD_PAIR: [buy(1, "10", "400"), sell(3, "20", "110")]}
    split = [action(Split(new=4, old=1), 2)]
    quantities = [
        replay_group(kept, fills, split, (), START + timedelta(days=day))[OLD_PAIR].position.quantity
        for day in range(4)
    ]
    assert quantities == [D(0), D(10), D(40), D(20)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Split(new=0, old=1),
        lambda: SpinOff(into=INTO, new=1, old=1, cost_share=CostShare(2, 1)),
        lambda: ReturnOfCapital(per_unit=D(0)),
        lambda: CashMerger(cash_per_unit=D("-1")),
        lambda: action(SymbolChange(into=OLD.instrument_id), 1),
        lambda: action(Split(new=2, old=1), 10_000),
    ],
)
def test_terms_that_cannot_be_are_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(Invalid):
        wrong()


def test_a_void_action_stays_void() -> None:
    split = action(Split(new=2, old=1), 1)
    split.void("Entered twice", NOW)
    assert (split.version, split.void_reason) == (2, "Entered twice")
    with pytest.raises(Conflict):
        split.void("again", NOW)
