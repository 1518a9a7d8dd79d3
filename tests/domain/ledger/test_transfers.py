"""Transfers between accounts with answers anybody can check by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.ledger.action_terms import Split
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.execution import Execution, LotSelection
from domain.ledger.group import Replays, replay_group, tied
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.round_trip import TripState
from domain.ledger.transfer import Moved, Transfer, TransferDetails
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import AccountId, CorporateActionId, OrganisationId, TransferId, derived_id
from tests.domain.ledger.examples import NOW, START, D, account, buy, sell, tid
from tests.domain.ledger.histories import terms

HERE = terms()
THERE = replace(HERE, account_id=AccountId(UUID(int=50)))
FROM, TO = Pair(HERE.account_id, HERE.instrument_id), Pair(THERE.account_id, THERE.instrument_id)


def transfer(quantity: str, day: int, *lots: LotSelection, number: int = 1000, back: bool = False) -> Transfer:
    """A transfer at the start of a day, before the trades numbered for that day."""
    source, target = (TO, FROM) if back else (FROM, TO)
    details = TransferDetails(
        from_account_id=source.account_id,
        to_account_id=target.account_id,
        instrument_id=source.instrument_id,
        quantity=D(quantity),
        transferred_at=START + timedelta(days=day),
        lot_selection=lots,
    )
    return Transfer.record(TransferId(UUID(int=number)), details, account(), account(), NOW)


def books(
    fills: Sequence[Execution],
    *transfers: Transfer,
    there: Sequence[Execution] = (),
    methods: tuple[CostMethod, CostMethod] = (CostMethod.FIFO, CostMethod.FIFO),
    actions: Sequence[CorporateAction] = (),
    multiplier: str = "1",
) -> Replays:
    """Replay one instrument in both accounts."""
    kept = {
        FROM: replace(HERE, method=methods[0], multiplier=D(multiplier)),
        TO: replace(THERE, method=methods[1], multiplier=D(multiplier)),
    }
    return replay_group(kept, {FROM: fills, TO: there}, actions, transfers)


def test_lots_go_over_with_their_dates_costs_and_fees_and_nothing_is_realised() -> None:
    """Ten at 100 with a fee of 8 and ten at 120: fifteen go, the first lot whole and half of the second."""
    kept = books([buy(1, "10", "100", "8"), buy(2, "10", "120", "6")], transfer("15", 3))
    here, there = kept[FROM], kept[TO]
    assert (here.position.quantity, here.position.open_cost, here.position.carried_out) == (D(5), D(603), D(1611))
    assert (there.position.quantity, there.position.open_cost, there.position.carried_in) == (D(15), D(1611), D(1611))
    assert [(lot.left, lot.cost(D(1)), lot.opened_at, lot.trade_id) for lot in there.lots] == [
        (D(10), D(1008), START + timedelta(days=1), tid(1)),
        (D(5), D(603), START + timedelta(days=2), tid(2)),
    ]
    assert [lot.id for lot in there.lots] == [derived_id(UUID(int=1000), tid(number)) for number in (1, 2)]
    assert (here.disposals, there.disposals) == ([], [])
    assert (here.position.cash_in, there.position.cash_out, there.position.realised) == (D(0), D(0), D(0))
    assert kept.moved == {UUID(int=1000): Moved(D(15))}


def test_what_arrived_is_sold_at_the_gain_it_always_had() -> None:
    kept = books([buy(1, "10", "100", "5")], transfer("10", 2), there=[sell(2, "10", "120")])
    (disposal,) = kept[TO].disposals
    assert (disposal.realised, disposal.matches[0].opened_at) == (D(195), START + timedelta(days=1))
    assert [trip.state for trip in kept[FROM].round_trips + kept[TO].round_trips] == [TripState.CLOSED] * 2


@pytest.mark.parametrize(
    ("method", "costs"),
    [
        (CostMethod.FIFO, [100, 300]),
        (CostMethod.LIFO, [200, 300]),
        (CostMethod.HIFO, [300, 200]),
        (CostMethod.SPECIFIC, [100, 300]),
        (CostMethod.AVERAGE, [200, 200]),
    ],
)
def test_the_giving_account_says_which_lots_go(method: CostMethod, costs: list[int]) -> None:
    """One each at 100, 300 and 200: two of them go."""
    fills = [buy(1, "1", "100"), buy(2, "1", "300"), buy(3, "1", "200")]
    kept = books(fills, transfer("2", 4), methods=(method, CostMethod.FIFO))
    assert sorted(lot.price for lot in kept[TO].lots) == sorted(map(D, costs))
    assert kept[TO].position.open_cost == sum(costs)
    assert kept[FROM].position.open_cost == 600 - sum(costs)


def test_selected_lots_go_first() -> None:
    fills = [buy(1, "10", "100"), buy(2, "10", "120"), buy(3, "10", "90")]
    kept = books(fills, transfer("12", 4, LotSelection(tid(3), D(8))))
    assert [(lot.price, lot.left) for lot in kept[TO].lots] == [(D(90), D(8)), (D(100), D(4))]


@pytest.mark.parametrize(
    ("fills", "chosen", "moved"),
    [
        ([buy(1, "10", "100"), buy(2, "10", "120")], [(2, 8)], (12, 0)),
        ([buy(1, "10", "100"), buy(2, "5", "120")], [(2, 8)], (12, 3)),
        ([buy(1, "20", "100")], [(2, 8)], (12, 8)),
        ([buy(1, "20", "100"), buy(5, "9", "90")], [(5, 8), (1, 2)], (12, 8)),
        ([buy(1, "7", "100")], [(2, 8)], (7, 3)),
        ([buy(1, "4", "100")], [(2, 8)], (4, 0)),
        ([], [(2, 8)], (0, 0)),
    ],
)
def test_what_named_lots_had_no_more_is_told_apart_from_what_nobody_had(
    fills: Sequence[Execution], chosen: Sequence[tuple[int, int]], moved: tuple[int, int]
) -> None:
    """Twelve are to go on the fourth day: beyond the lots it names the method chooses the rest, and may choose all."""
    kept = books(fills, transfer("12", 4, *(LotSelection(tid(lot), D(units)) for lot, units in chosen)))
    assert kept.moved == {UUID(int=1000): Moved(D(moved[0]), D(moved[1]))}


def test_where_lots_share_one_mean_cost_none_is_taken_in_place_of_another() -> None:
    fills = [buy(1, "20", "100")]
    kept = books(fills, transfer("12", 4, LotSelection(tid(2), D(8))), methods=(CostMethod.AVERAGE, CostMethod.FIFO))
    assert kept.moved == {UUID(int=1000): Moved(D(12))}


def test_an_account_with_mean_cost_takes_lots_into_its_pool() -> None:
    """Ten at 100 arrive where ten cost 200 each: the mean is 150."""
    kept = books(
        [buy(1, "10", "100", "4")],
        transfer("10", 2),
        there=[buy(1, "10", "200", "2", day=1), sell(3, "10", "160")],
        methods=(CostMethod.LIFO, CostMethod.AVERAGE),
    )
    assert (kept[TO].position.realised, kept[TO].position.open_cost) == (D(97), D(1503))


def test_more_than_there_is_moves_what_there_is() -> None:
    kept = books([buy(1, "10", "100")], transfer("25", 2), there=[sell(3, "25", "110")])
    assert kept.moved == {UUID(int=1000): Moved(D(10))}
    assert (kept[FROM].position.quantity, kept[TO].position.quantity) == (D(0), D(-15))


@pytest.mark.parametrize(
    ("fills", "there"), [([sell(1, "10", "100")], []), ([buy(1, "10", "100")], [sell(1, "3", "90")]), ([], [])]
)
def test_short_positions_neither_give_nor_receive(fills: Sequence[Execution], there: Sequence[Execution]) -> None:
    kept = books(fills, transfer("5", 2), there=there)
    without = books(fills, there=there)
    assert kept.moved == {UUID(int=1000): Moved(D(0))}
    assert [kept[pair].position for pair in (FROM, TO)] == [without[pair].position for pair in (FROM, TO)]


def test_there_and_back_again_changes_nothing_but_the_ids_of_lots() -> None:
    fills = [buy(1, "3", "99.99", "0.01"), buy(2, "7", "33.33", "0.02"), sell(5, "4", "50")]
    kept = books(fills, transfer("10", 3), transfer("10", 4, number=1001, back=True))[FROM]
    without = books(fills)[FROM]
    assert (kept.position.realised, kept.position.open_cost) == (without.position.realised, without.position.open_cost)
    assert [lot.trade_id for lot in kept.lots if lot.left] == [lot.id for lot in without.lots if lot.left]


def test_a_later_split_scales_what_has_arrived() -> None:
    details = ActionDetails(
        instrument_id=HERE.instrument_id, effective_at=START + timedelta(days=3), terms=Split(new=2, old=1)
    )
    split = CorporateAction.record(CorporateActionId(UUID(int=7)), OrganisationId(UUID(int=4)), details, NOW)
    kept = books([buy(1, "10", "100", "1")], transfer("4", 2), actions=[split], multiplier="50")
    assert (kept[FROM].position.quantity, kept[FROM].position.open_cost) == (D(12), D("30000.6"))
    assert (kept[TO].position.quantity, kept[TO].position.open_cost) == (D(8), D("20000.4"))


def test_transfers_tie_accounts_together_over_any_number_of_steps() -> None:
    third = Pair(AccountId(UUID(int=51)), HERE.instrument_id)
    onward = replace(
        transfer("1", 3),
        details=replace(transfer("1", 3).details, from_account_id=TO.account_id, to_account_id=third.account_id),
    )
    assert tied([third], (), [transfer("1", 2), onward]) == {FROM, TO, third}
    assert tied([third], (), [transfer("1", 2)]) == {third}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: replace(transfer("1", 1).details, to_account_id=FROM.account_id),
        lambda: transfer("0", 1),
        lambda: transfer("-1", 1),
        lambda: transfer("1", -60_000),
        lambda: transfer("1", 1, LotSelection(tid(1), D(2))),
        lambda: transfer("1", 10_000),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(Invalid):
        wrong()


def test_a_closed_account_takes_part_in_no_transfer() -> None:
    closed = account()
    closed.close(NOW)
    for source, target in ((closed, account()), (account(), closed)):
        with pytest.raises(Conflict):
            Transfer.record(TransferId(UUID(int=9)), transfer("1", 1).details, source, target, NOW)


def test_a_void_transfer_stays_void() -> None:
    moved = transfer("1", 1)
    moved.void("Entered twice", NOW)
    assert (moved.version, moved.void_reason) == (2, "Entered twice")
    with pytest.raises(Conflict):
        moved.void("again", NOW)


def test_fifteen_of_two_lots_leave_the_fee_share_of_five() -> None:
    """The shares of a fee that go and stay add up, whatever the quantity."""
    kept = books([buy(1, "3", "10", "1")], transfer("1", 2), transfer("1", 3, number=1001))
    fees = [lot.fee_left for pair in (FROM, TO) for lot in kept[pair].lots]
    assert sum(fees, Decimal(0)) == D(1)
    assert sorted(fees) == [D("0.333333333333333333"), D("0.333333333333333333"), D("0.333333333333333334")]
