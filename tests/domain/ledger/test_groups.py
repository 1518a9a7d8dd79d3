"""Whatever actions come among the trades of several instruments, nothing appears and nothing vanishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

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
from domain.ledger.execution import Execution, Side
from domain.ledger.group import replay_group
from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.replay import Replay
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, CorporateActionId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import EXACT, Currency
from tests.domain.ledger.examples import NOW, START

INSTRUMENTS = [InstrumentId(UUID(int=number)) for number in (11, 12, 13)]
ACCOUNTS = [AccountId(UUID(int=number)) for number in (1, 2)]
CURRENCIES = {INSTRUMENTS[0]: "USD", INSTRUMENTS[1]: "USD", INSTRUMENTS[2]: "EUR"}


@dataclass(frozen=True, slots=True)
class World:
    """Trades per pair, and actions, in no order."""

    terms: Mapping[Pair, Terms]
    executions: Mapping[Pair, Sequence[Execution]]
    actions: Sequence[CorporateAction]

    def replayed(self) -> Mapping[Pair, Replay]:
        """What becomes of it."""
        return replay_group(self.terms, self.executions, self.actions)


def _decimals(largest: int, smallest: int = 0) -> st.SearchStrategy[Decimal]:
    return st.tuples(st.integers(smallest, largest), st.sampled_from([0, 2, 6])).map(
        lambda drawn: EXACT.divide(Decimal(drawn[0]), Decimal(10) ** drawn[1])
    )


ratios = st.integers(1, 7)
amounts = _decimals(500, 1)


@st.composite
def terms_of_actions(draw: st.DrawFn, instrument_id: InstrumentId) -> ActionTerms:
    into = draw(st.sampled_from([other for other in INSTRUMENTS if other != instrument_id]))
    share = CostShare(draw(st.integers(0, 7)), 7)
    new, old = draw(ratios), draw(ratios)
    choices: list[ActionTerms] = [
        Split(new=new, old=old),
        Split(new=new, old=old),
        Bonus(new=new, held=old),
        SymbolChange(into=into),
        Merger(into=into, new=new, old=old),
        Merger(into=into, new=new, old=old, cash_per_unit=draw(amounts), cash_cost_share=share),
        CashMerger(cash_per_unit=draw(amounts)),
        SpinOff(into=into, new=new, old=old, cost_share=share),
        ReturnOfCapital(per_unit=draw(amounts)),
        Delisting(),
        Expiry(settlement_price=draw(amounts)),
        Assignment(into=into, strike=draw(amounts), underlying_side=draw(st.sampled_from(UnderlyingSide))),
        Assignment(into=into, strike=draw(amounts), underlying_side=UnderlyingSide.BUY, quantity=draw(amounts)),
    ]
    return draw(st.sampled_from(choices))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to sixteen trades and five actions over two accounts and three instruments of two currencies."""
    method, can_short = draw(st.sampled_from(CostMethod)), draw(st.booleans())
    terms = {
        Pair(account_id, instrument_id): Terms(
            account_id,
            instrument_id,
            Currency(CURRENCIES[instrument_id]),
            Decimal(draw(st.sampled_from([1, 1, 100]))),
            can_short,
            method,
        )
        for account_id in ACCOUNTS
        for instrument_id in INSTRUMENTS
    }
    executions: dict[Pair, list[Execution]] = {}
    for number in range(draw(st.integers(1, 16))):
        pair = draw(st.sampled_from(list(terms)))
        fill = Execution(
            START + timedelta(hours=draw(st.integers(0, 12))),
            draw(st.sampled_from([0, 1])),
            TradeId(UUID(int=(number * 40_503 + 17) % 65_537)),
            draw(st.sampled_from([Side.BUY, Side.BUY, Side.SELL])),
            draw(_decimals(900, 1)),
            draw(_decimals(900)),
            draw(_decimals(90)),
        )
        executions.setdefault(pair, []).append(fill)
    actions: list[CorporateAction] = []
    for number in range(draw(st.integers(1, 5))):
        instrument_id = draw(st.sampled_from(INSTRUMENTS))
        details = ActionDetails(
            instrument_id=instrument_id,
            effective_at=START + timedelta(hours=draw(st.integers(0, 13))),
            terms=draw(terms_of_actions(instrument_id)),
            account_id=draw(st.sampled_from([None, *ACCOUNTS])),
        )
        id_ = CorporateActionId(UUID(int=100_000 + number))
        actions.append(CorporateAction.record(id_, OrganisationId(UUID(int=4)), details, NOW))
    return World(terms, executions, actions)


def total(values: Sequence[Decimal]) -> Fraction:
    return sum(map(Fraction, values), Fraction(0))


@given(worlds())
def test_each_pair_keeps_its_books_to_the_last_digit(world: World) -> None:
    """Cash and carried costs are gains, proceeds without a basis, or still open; units are those of the lots."""
    for pair, (position, lots, disposals, _) in world.replayed().items():
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
def test_what_one_instrument_gives_another_receives(world: World) -> None:
    """Within an account, costs only move; fees stay with what they were paid for."""
    kept = world.replayed()
    for account_id in ACCOUNTS:
        of_account = {pair: each for pair, each in kept.items() if pair.account_id == account_id}
        carried_in = total([each.position.carried_in for each in of_account.values()])
        assert carried_in == total([each.position.carried_out for each in of_account.values()])


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter_and_a_replay_repeats_itself(world: World, chance: Random) -> None:
    shuffled = {pair: chance.sample(each, len(each)) for pair, each in world.executions.items()}
    other = World(world.terms, shuffled, chance.sample(world.actions, len(world.actions)))
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
            quantity=EXACT.multiply(fill.quantity, Decimal(factor)), price=EXACT.divide(fill.price, Decimal(factor))
        )
        for fill in fills
    ]
    actual = replay_group(kept, {pair: fills}, [split])[pair]
    expected = replay_group(kept, {pair: adjusted}, [])[pair]
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
    with_actions = replay_group(world.terms, world.executions, actions)
    without = replay_group(world.terms, world.executions, [])
    assert all(with_actions[pair] == without[pair] for pair in world.terms if pair.account_id == ACCOUNTS[1])
