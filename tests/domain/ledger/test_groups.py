"""Whatever actions come among the trades of several instruments, nothing appears and nothing vanishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.action_terms import (
    Split,
)
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.group import replay_group
from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.shared.ids import (
    CorporateActionId,
    OrganisationId,
    TradeId,
    derived_id,
)
from domain.shared.money import EXACT
from tests.domain.ledger.examples import NOW, START
from tests.domain.ledger.worlds import ACCOUNTS, INSTRUMENTS, World, trade_id, worlds


def _renumbered(fills: Sequence[Execution], pair: Pair) -> list[Execution]:
    """The same trades for another pair."""
    return [each._replace(id=TradeId(derived_id(each.id, derived_id(*pair)))) for each in fills]


def total(values: Sequence[Decimal]) -> Fraction:
    return sum(map(Fraction, values), Fraction(0))


@given(worlds())
def test_each_pair_keeps_its_books_to_the_last_digit(world: World) -> None:
    """Cash and carried costs are gains, proceeds without a basis, or still open; units are those of the lots."""
    for pair, (position, lots, disposals, *_) in world.replayed().items():
        moved = Fraction(position.cash_in) - Fraction(position.cash_out)
        carried = Fraction(position.carried_out) - Fraction(position.carried_in)
        gained = Fraction(position.realised) + Fraction(position.unmatched_proceeds)
        assert moved + carried == gained - Fraction(position.open_cost)
        signs = {Direction.LONG: 1, Direction.SHORT: -1}
        assert sum(signs[lot.direction] * Fraction(lot.left) for lot in lots) == Fraction(position.quantity)
        assert len({lot.direction for lot in lots if lot.left}) <= 1
        assert all(lot.left >= 0 and lot.fee_left >= 0 and (lot.closed_at is None) is bool(lot.left) for lot in lots)
        assert all(lot.left <= lot.quantity for lot in lots)
        if world.terms[pair].method is not CostMethod.AVERAGE:
            assert total([lot.cost(world.terms[pair].multiplier) for lot in lots]) == Fraction(position.open_cost)
        assert total([each.realised for each in disposals if each.realised is not None]) == Fraction(position.realised)
        assert len({lot.id for lot in lots}) == len(lots)
        assert len({each.id for each in disposals}) == len(disposals) == position.disposal_count


@given(worlds())
def test_cash_is_what_trades_and_events_moved_one_by_one(world: World) -> None:
    """Every movement of cash has an entry: purchases and sales with their fees, and what each action brought."""
    for pair, kept in world.replayed().items():
        multiplier = Fraction(world.terms[pair].multiplier)
        traded = sum(
            (
                (1 if each.side is Side.SELL else -1) * Fraction(each.quantity) * Fraction(each.price) * multiplier
                - Fraction(each.fees)
                for each in world.executions.get(pair, ())
            ),
            Fraction(0),
        )
        by_events = total([each.amount for each in kept.event_cash])
        assert traded + by_events == Fraction(kept.position.cash_in) - Fraction(kept.position.cash_out)
        assert len({each.id for each in kept.event_cash}) == len(kept.event_cash)
        assert {each.event_id for each in kept.event_cash} <= {action.id for action in world.actions}


@given(worlds())
def test_what_one_position_gives_another_receives(world: World) -> None:
    """Over all, costs only move; without transfers they do within each account."""
    for case, scopes in ((world, [ACCOUNTS]), (replace(world, transfers=()), [[each] for each in ACCOUNTS])):
        kept = case.replayed()
        for scope in scopes:
            positions = [each.position for pair, each in kept.items() if pair.account_id in scope]
            assert total([each.carried_in for each in positions]) == total([each.carried_out for each in positions])


@given(worlds())
def test_transfers_make_and_lose_no_units(world: World) -> None:
    """Without actions, what was bought and not sold is somewhere, whatever was transferred."""
    world = replace(world, actions=[])
    kept = world.replayed()
    for instrument_id in INSTRUMENTS:
        bought, held = Fraction(0), Fraction(0)
        for pair, (position, *_) in kept.items():
            if pair.instrument_id == instrument_id:
                signs = {Side.BUY: 1, Side.SELL: -1}
                bought += sum(signs[each.side] * Fraction(each.quantity) for each in world.executions.get(pair, ()))
                held += Fraction(position.quantity) - Fraction(position.unmatched_quantity)
        assert bought == held
    for transfer in world.transfers:
        assert 0 <= kept.moved[transfer.id].quantity <= transfer.details.quantity


@given(worlds())
def test_a_position_taken_up_again_after_events_goes_on_as_if_never_laid_down(world: World) -> None:
    """A stored position, its lots and its open round trip are all that the next trades need."""
    later = [
        Execution(
            START + timedelta(days=1 + number), 0, trade_id(number), side, Decimal(quantity), Decimal(7), Decimal(1)
        )
        for number, (side, quantity) in enumerate([(Side.SELL, 3), (Side.BUY, 5), (Side.SELL, 1)], start=100)
    ]
    before = world.replayed()
    executions = {pair: [*world.executions.get(pair, ()), *_renumbered(later, pair)] for pair in world.terms}
    after = replace(world, executions=executions).replayed()
    names = [member.name for member in fields(Position) if member.init]
    for pair, (first, *_) in before.items():
        again = Position(**{name: getattr(first, name) for name in names})
        again.hold(first.lots, first.trip)
        again.apply_all(_renumbered(later, pair))
        assert again == after[pair].position


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter_and_a_replay_repeats_itself(world: World, chance: Random) -> None:
    shuffled = {pair: chance.sample(each, len(each)) for pair, each in world.executions.items()}
    actions = chance.sample(world.actions, len(world.actions))
    other = World(world.terms, shuffled, actions, chance.sample(world.transfers, len(world.transfers)))
    assert other.replayed() == world.replayed()


@given(worlds(), st.sampled_from([2, 4, 5, 8, 10]), st.integers(0, 13))
def test_a_split_is_as_if_all_before_had_traded_in_new_units(world: World, factor: int, hour: int) -> None:
    """Nothing but units and prices changes: gains, costs and cash are those of trades entered in today's units."""
    at = START + timedelta(hours=hour)
    pair = Pair(ACCOUNTS[0], INSTRUMENTS[0])
    kept = {pair: world.terms[pair]}
    fills = list(world.executions.get(pair, ()))
    details = ActionDetails(instrument_id=pair.instrument_id, effective_at=at, terms=Split(new=factor, old=1))
    split = CorporateAction.record(CorporateActionId(UUID(int=7)), OrganisationId(UUID(int=4)), details, NOW)
    adjusted = [
        fill
        if fill.executed_at >= at
        else fill._replace(
            quantity=EXACT.multiply(fill.quantity, Decimal(factor)),
            price=EXACT.divide(fill.price, Decimal(factor)),
            selection=tuple(
                LotSelection(lot_id, EXACT.multiply(quantity, Decimal(factor))) for lot_id, quantity in fill.selection
            ),
        )
        for fill in fills
    ]
    actual = replay_group(kept, {pair: fills}, [split], ())[pair]
    expected = replay_group(kept, {pair: adjusted}, [], ())[pair]
    assert abs(actual.position.open_cost - expected.position.open_cost) < Decimal("1e-15")
    assert abs(actual.position.realised - expected.position.realised) < Decimal("1e-15")
    assert (actual.position.cash_in, actual.position.cash_out) == (
        expected.position.cash_in,
        expected.position.cash_out,
    )
    unmatched_before = [each for each in actual.disposals if each.unmatched_quantity and each.closed_at < at]
    if not unmatched_before:
        assert actual.position.quantity == expected.position.quantity
        assert [lot.left for lot in actual.lots if lot.left] == [lot.left for lot in expected.lots if lot.left]


@given(worlds())
def test_an_account_without_events_is_replayed_as_if_there_were_none(world: World) -> None:
    """Actions of one account only touch no other."""
    own = [replace(each.details, account_id=ACCOUNTS[0]) for each in world.actions]
    actions = [
        CorporateAction.record(CorporateActionId(UUID(int=number)), OrganisationId(UUID(int=4)), details, NOW)
        for number, details in enumerate(own)
    ]
    with_actions = replay_group(world.terms, world.executions, actions, ())
    without = replay_group(world.terms, world.executions, [], ())
    assert all(with_actions[pair] == without[pair] for pair in world.terms if pair.account_id == ACCOUNTS[1])
