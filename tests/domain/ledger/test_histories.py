"""Whatever a trader enters, the ledger keeps its identities to the last digit and agrees with the oracle."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.execution import Execution, Side
from domain.ledger.lot import Direction, Lot
from domain.ledger.method import CostMethod
from domain.ledger.position import Position
from domain.ledger.replay import Replay, replay
from domain.shared.money import EXACT
from tests.domain.ledger import oracle
from tests.domain.ledger.histories import Enter, History, Void, histories

NOTHING = Fraction(0)


def exact(value: Decimal | None) -> Fraction:
    """Sums in fractions cannot be touched by the context the engine works in."""
    return NOTHING if value is None else Fraction(value)


def total(values: list[Decimal]) -> Fraction:
    return sum(map(Fraction, values), NOTHING)


def plain_fill(execution: Execution) -> oracle.Fill:
    sign = 1 if execution.side is Side.BUY else -1
    return oracle.Fill(
        (execution.executed_at, execution.sequence, execution.id),
        execution.id,
        sign,
        Fraction(execution.quantity),
        Fraction(execution.price),
        Fraction(execution.fees),
        tuple((lot_id, Fraction(quantity)) for lot_id, quantity in execution.selection),
    )


def oracle_of(history: History) -> oracle.Books:
    fills = [plain_fill(execution) for execution in history.executions]
    terms = history.terms
    return oracle.books(fills, Fraction(terms.multiplier), can_short=terms.can_short, method=terms.method.value)


def priced_lots(position: Position) -> list[Lot]:
    """The open lots, each with its own cost also where all share one mean cost; leaves the position alone."""
    with localcontext(EXACT):
        return deepcopy(position).lots_by_age()


@given(histories())
def test_identities_hold_to_the_last_digit(history: History) -> None:
    """What came in is what was matched, what is open, or what has no basis: in units, fees and cash."""
    executions = history.executions
    position, lots, disposals, *_ = replay(history.terms, executions)
    multiplier = Fraction(history.terms.multiplier)
    matches = [match for disposal in disposals for match in disposal.matches]
    buys = [execution for execution in executions if execution.side is Side.BUY]
    sells = [execution for execution in executions if execution.side is Side.SELL]

    bought, sold = total([buy.quantity for buy in buys]), total([sell.quantity for sell in sells])
    matched = total([match.quantity for match in matches])
    long_open = total([lot.left for lot in lots if lot.direction is Direction.LONG])
    short_open = total([lot.left for lot in lots if lot.direction is Direction.SHORT])
    assert bought == matched + long_open
    assert sold == matched + short_open + exact(position.unmatched_quantity)
    assert exact(position.quantity) == long_open - short_open

    fees_in = total([execution.fees for execution in executions])
    fees_out = total([match.fees for match in matches]) + total([lot.fee_left for lot in lots])
    fees_out += exact(position.pooled_fees)
    fees_unmatched = sum(
        (
            exact(disposal.unmatched_quantity) * Fraction(disposal.price) * multiplier
            - exact(disposal.unmatched_proceeds)
            for disposal in disposals
        ),
        NOTHING,
    )
    assert fees_in == fees_out + fees_unmatched == exact(position.fees)

    assert total([disposal.fees for disposal in disposals]) == total([match.fees for match in matches]) + fees_unmatched

    paid = sum(
        (Fraction(buy.quantity) * Fraction(buy.price) * multiplier + Fraction(buy.fees) for buy in buys), NOTHING
    )
    received = sum(
        (Fraction(sell.quantity) * Fraction(sell.price) * multiplier - Fraction(sell.fees) for sell in sells), NOTHING
    )
    assert (paid, received) == (exact(position.cash_out), exact(position.cash_in))
    realised = total([match.realised for match in matches])
    open_cost = total([lot.cost(history.terms.multiplier) for lot in priced_lots(position)])
    assert realised == exact(position.realised)
    assert open_cost == exact(position.open_cost)
    assert received - paid == realised + exact(position.unmatched_proceeds) - open_cost


@given(histories())
def test_no_share_of_a_fee_is_negative(history: History) -> None:
    """However thin a fee is spread, nobody is paid for trading."""
    _, lots, disposals, trips, _ = replay(history.terms, history.executions)
    assert all(lot.fee_left >= 0 for lot in lots)
    assert all(match.open_fee >= 0 and match.close_fee >= 0 for disposal in disposals for match in disposal.matches)
    assert all(trip.fees >= 0 for trip in trips)


@given(histories())
def test_the_engine_agrees_with_the_oracle(history: History) -> None:
    """Lots, matches, missing basis and round trips are those of the naive ledger in fractions, exactly."""
    position, lots, disposals, trips, _ = replay(history.terms, history.executions)
    books = oracle_of(history)

    assert [
        (match.lot_id, disposal.id, *map(Fraction, (match.quantity, match.open_fee, match.close_fee, match.realised)))
        for disposal in disposals
        for match in disposal.matches
    ] == [tuple(pair) for pair in books.pairs]
    assert {lot.id: (Fraction(lot.left), Fraction(lot.fee_left)) for lot in lots if lot.left} == books.open
    assert [lot.id for lot in priced_lots(position)] == list(books.open)
    if history.terms.method is CostMethod.AVERAGE:
        held, value, fee = books.pool
        assert (abs(exact(position.quantity)), exact(position.pooled_fees)) == (held, fee)
        assert exact(position.open_cost) == (fee - value if position.quantity < 0 else value + fee)
    times = {execution.id: execution.executed_at for execution in history.executions}
    last_closers = {pair.opener: pair.closer for pair in books.pairs if pair.opener not in books.open}
    assert {lot.id: lot.closed_at for lot in lots if lot.closed_at is not None} == {
        opener: time for opener, closer in last_closers.items() for id_, time in times.items() if id_ == closer
    }
    assert {
        disposal.id: (Fraction(disposal.unmatched_quantity), Fraction(disposal.unmatched_proceeds))
        for disposal in disposals
        if disposal.unmatched_quantity
    } == books.missing
    assert [
        oracle.Episode(
            trip.id,
            trip.last_trade_id if trip.closed_at else None,
            Fraction(trip.max_quantity),
            (Fraction(trip.entry_quantity), Fraction(trip.entry_value)),
            (Fraction(trip.exit_quantity), Fraction(trip.exit_value)),
            Fraction(trip.fees),
            Fraction(trip.realised),
            trip.trade_count,
            trip.last_trade_id,
        )
        for trip in trips
    ] == books.episodes


@given(histories(), st.integers(0, 2**32 - 1))
def test_the_order_of_entry_does_not_matter(history: History, seed: int) -> None:
    """The same trades give the same ledger however they come in."""
    executions = history.executions
    other = list(executions)
    Random(seed).shuffle(other)  # noqa: S311 - a repeatable order
    assert replay(history.terms, other) == replay(history.terms, executions)


@given(histories())
def test_keeping_books_step_by_step_gives_the_same_as_a_replay(history: History) -> None:
    """Applying what comes last and replaying after anything else ends where one replay of the outcome does.

    Going over to another cost method is such a replay, so no trace of the former method stays behind.
    """
    counting: dict[object, Execution] = {}
    terms = history.first_terms
    books = replay(terms, [])
    for step in history.steps:
        if isinstance(step, Enter) and step.instead_of is None and books.position.follows(step.execution):
            counting[step.execution.id] = step.execution
            books = carry_on(books, step.execution)
            continue
        if isinstance(step, Enter):
            counting[step.execution.id] = step.execution
        elif isinstance(step, Void):
            del counting[step.trade_id]
        else:
            terms = replace(terms, method=step.method)
        books = replay(terms, counting.values())
    assert books == replay(history.terms, history.executions)


def carry_on(books: Replay, execution: Execution) -> Replay:
    """Apply one execution to kept books, as a store would: what is touched replaces what was kept."""
    opened, disposal, reduced, trips = books.position.apply(execution)
    lots = {lot.id: lot for lot in books.lots}
    lots.update((lot.id, lot) for lot in reduced)
    if opened is not None:
        lots[opened.id] = opened
    kept_trips = {trip.id: trip for trip in books.round_trips}
    kept_trips.update((trip.id, trip) for trip in trips)
    disposals = books.disposals if disposal is None else [*books.disposals, disposal]
    return Replay(books.position, list(lots.values()), disposals, list(kept_trips.values()))


@given(histories())
def test_a_position_taken_up_again_goes_on_as_if_never_laid_down(history: History) -> None:
    """A position built from copies of its stored members applies the rest like the one that never stopped."""
    executions = sorted(history.executions)
    half = len(executions) // 2
    first = replay(history.terms, executions[:half]).position
    names = [member.name for member in fields(Position) if member.init]
    again = Position(**{name: getattr(first, name) for name in names})
    again.hold(sorted(first.lots, key=lambda lot: lot.order_key), first.trip)
    again.apply_all(executions[half:])
    assert again == replay(history.terms, executions).position
