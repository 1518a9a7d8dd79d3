"""Random worlds of trades, actions and transfers: the engine agrees with a naive ledger, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings

from domain.ledger.action_terms import UnderlyingSide, into_of
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.disposal import Disposal
from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.pair import Pair
from domain.ledger.replay import Replay
from domain.ledger.transfer import Transfer
from domain.shared.ids import derived_id
from domain.shared.money import EXACT
from tests.domain.ledger import group_oracle as naive
from tests.domain.ledger import shelf_oracle as shelves
from tests.domain.ledger.worlds import World, worlds
from tests.profiles import is_deep

# the acceptance of the whole ledger: 100,000 histories under the big counts, in parts, because a run keeps all it tried
PARTS, HISTORIES = (5, 20_000) if is_deep() else (1, 300)
AMOUNTS = ("cash_per_unit", "per_unit", "price_per_unit", "settlement_price", "strike")


def chosen(selection: Iterable[LotSelection]) -> shelves.Chosen:
    return tuple((lot_id, Fraction(quantity)) for lot_id, quantity in selection)


def plain_trade(pair: Pair, execution: Execution) -> shelves.Trade:
    return shelves.Trade(
        execution.executed_at,
        execution.sequence,
        execution.id,
        pair.account_id,
        pair.instrument_id,
        1 if execution.side is Side.BUY else -1,
        Fraction(execution.quantity),
        Fraction(execution.price),
        Fraction(execution.fees),
        chosen(execution.selection),
    )


def plain_transfer(transfer: Transfer) -> naive.Move:
    details = transfer.details
    return naive.Move(
        details.transferred_at,
        transfer.id,
        details.from_account_id,
        details.to_account_id,
        details.instrument_id,
        Fraction(details.quantity),
        chosen(details.lot_selection),
    )


def plain_action(action: CorporateAction) -> naive.Action:
    """An action with whatever terms its kind has."""
    details = action.details
    terms = {member.name: getattr(details.terms, member.name) for member in fields(details.terms)}
    amounts = [terms[name] for name in AMOUNTS if terms.get(name) is not None]
    share = terms.get("cost_share") or terms.get("cash_cost_share")
    quantity = terms.get("quantity")
    return naive.Action(
        details.effective_at,
        action.id,
        details.instrument_id,
        details.account_id,
        action.kind.value,
        into_of(details.terms),
        Fraction(terms.get("new", 1), terms.get("old", terms.get("held", 1))),
        Fraction(amounts[0]) if amounts else Fraction(0),
        None if share is None else Fraction(share.numerator, share.denominator),
        1 if terms.get("underlying_side") is UnderlyingSide.BUY else -1,
        None if quantity is None else Fraction(quantity),
    )


def worked_out(world: World) -> naive.Result:
    """What the naive ledger makes of a world."""
    ways = {pair.account_id: shelves.Way(each.method.value, each.can_short) for pair, each in world.terms.items()}
    multipliers = {pair.instrument_id: Fraction(each.multiplier) for pair, each in world.terms.items()}
    events: list[naive.Event] = [
        plain_trade(pair, each) for pair in world.executions for each in world.executions[pair]
    ]
    events += map(plain_action, world.actions)
    events += map(plain_transfer, world.transfers)
    return naive.work_out(ways, multipliers, events, derived_id)


def total(values: Iterable[Fraction]) -> Fraction:
    return sum(values, Fraction(0))


def of_engine(disposal: Disposal) -> shelves.Closed:
    return shelves.Closed(
        disposal.id,
        tuple(
            (match.lot_id, Fraction(match.quantity), Fraction(match.cost), Fraction(match.proceeds))
            for match in disposal.matches
        ),
        Fraction(disposal.unmatched_quantity),
        Fraction(disposal.unmatched_proceeds),
    )


def open_lots(replayed: Replay, multiplier: Decimal) -> list[tuple[object, ...]]:
    """The open lots by age: id, age, units, cost without fees and fee, also where all share one mean cost."""
    with localcontext(EXACT):
        return [
            (lot.id, (lot.opened_at, lot.sequence), *map(Fraction, (lot.left, lot.value(multiplier), lot.fee_left)))
            for lot in replayed.position.lots_by_age()
        ]


def agree(replayed: Replay, shelf: shelves.Shelf, multiplier: Decimal) -> None:
    """Compare one account in one instrument, member by member."""
    position = replayed.position
    assert Fraction(position.quantity) == shelf.sign * shelf.units()
    assert Fraction(position.open_cost) == (shelf.cost() if shelf.pieces else 0)
    assert [of_engine(disposal) for disposal in replayed.disposals] == shelf.closed
    gains = total(got - paid for each in shelf.closed for _, _, paid, got in each.parts)
    assert Fraction(position.realised) == gains
    assert Fraction(position.cash_in) == shelf.received
    assert Fraction(position.cash_out) == shelf.paid
    assert Fraction(position.carried_in) == shelf.came
    assert Fraction(position.carried_out) == shelf.went
    assert Fraction(position.fees) == shelf.fees
    assert Fraction(position.unmatched_quantity) == total(each.missing for each in shelf.closed)
    assert Fraction(position.unmatched_proceeds) == total(each.missing_proceeds for each in shelf.closed)
    expected = [(piece.name, piece.born, piece.units, shelf.value(piece), piece.fee) for piece in shelf.unpack()]
    assert open_lots(replayed, multiplier) == expected


@pytest.mark.parametrize("_part", range(PARTS))
@settings(max_examples=HISTORIES)
@given(world=worlds())
def test_the_engine_agrees_with_the_naive_ledger(_part: int, world: World) -> None:
    """Lots, disposals, cash, costs and what moved are the same in every account and instrument, exactly."""
    replayed, expected = world.replayed(), worked_out(world)
    for pair, each in replayed.items():
        agree(each, expected.shelves[pair.account_id, pair.instrument_id], world.terms[pair].multiplier)
    assert {id_: Fraction(each.quantity) for id_, each in replayed.moved.items()} == expected.moved
