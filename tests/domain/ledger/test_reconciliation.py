"""What is proposed brings a position to what the broker says, and which line means which holding is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.execution import Execution
from domain.ledger.method import CostMethod
from domain.ledger.reconciliation import (
    NOTHING,
    BrokerLine,
    Standing,
    Stated,
    Status,
    assigned,
    standing_of,
    stated_by,
    status_of,
)
from domain.ledger.remedies import Story, proposals
from domain.ledger.remedy import MoveFrom, Proposal, RecordSplit, RecordTrade, UseMethod, VoidTrade
from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import Currency
from tests.domain.ledger.examples import NOW, D, buy, sell, tid
from tests.domain.ledger.histories import prices, quantities, terms
from tests.domain.ledger.test_journal import PAIR
from tests.domain.ledger.worlds import World, worlds
from tests.profiles import fewer

stated_quantities = st.one_of(quantities, quantities.map(lambda value: -value), st.just(Decimal(0)))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """One of the positions of a world."""
    world: World = draw(worlds())
    pair = draw(st.sampled_from(sorted(world.terms)))
    return Story(pair, world.terms, world.executions, world.actions, world.transfers, NOW)


def applied(story: Story, proposal: Proposal) -> Story | None:
    """The story after the proposal, told here once more; None for one whose effect other suites know."""
    own = [*story.executions.get(story.pair, ())]
    match proposal.remedy:
        case RecordTrade(side, quantity, price, at, _):
            trade = Execution(at, 0, TradeId(UUID(int=2**127)), side, quantity, price, Decimal(0))
            return story.with_trades([*own, trade])
        case VoidTrade(trade_id, _, _):
            return story.with_trades([each for each in own if each.id != trade_id])
        case UseMethod(method):
            terms = {
                pair: replace(each, method=method) if pair.account_id == story.pair.account_id else each
                for pair, each in story.terms.items()
            }
            return replace(story, terms=terms)
        case _:
            return None


@given(stories(), stated_quantities, st.none() | prices)
@fewer()
def test_every_proposal_does_what_it_says(story: Story, quantity: Decimal, price: Decimal | None) -> None:
    """And where short positions are allowed there always is one."""
    stated = Stated(quantity, None, price)
    standing = standing_of(story.position())
    found = proposals(story, stated)
    assert bool(found) or standing.quantity == quantity or not story.terms[story.pair].can_short
    for proposal in found:
        assert proposal.matches, "no cost is stated that could differ"
        after = applied(story, proposal)
        assert after is None or standing_of(after.position()).agrees(stated)


@given(stories(), st.integers(1, 10**6))
@fewer()
def test_a_method_is_proposed_only_if_it_gives_the_cost(story: Story, cents: int) -> None:
    standing = standing_of(story.position())
    stated = Stated(standing.quantity, Decimal(cents).scaleb(-2))
    for proposal in proposals(story, stated):
        after = applied(story, proposal)
        assert proposal.matches
        assert after is None or standing_of(after.position()).agrees(stated)


def story_of(*fills: Execution, method: CostMethod = CostMethod.FIFO) -> Story:
    """The story of one position."""
    return Story(PAIR, {PAIR: terms(method=method)}, {PAIR: fills}, (), (), NOW)


def remedies(story: Story, stated: Stated) -> list[type]:
    """The kinds of what is proposed, in order."""
    return [type(each.remedy) for each in proposals(story, stated)]


def test_a_proposed_trade_closes_a_gap_of_more_digits_than_a_decimal_has_by_itself() -> None:
    """Python's own 28 digits are fewer than a quantity may have."""
    (proposal,) = proposals(story_of(buy(1, "1", "0")), Stated(D("10000000001.000000000000000001")))
    assert isinstance(proposal.remedy, RecordTrade)
    assert proposal.remedy.quantity == D("10000000000.000000000000000001")


def test_a_ratio_of_large_numbers_is_no_split() -> None:
    """By chance any two quantities have a ratio."""
    story = story_of(buy(1, "100", "10"))
    assert remedies(story, Stated(D(150))) == [RecordSplit, RecordTrade]
    assert remedies(story, Stated(D(5))) == [RecordSplit, RecordTrade]
    assert remedies(story, Stated(D(137))) == [RecordTrade]
    assert remedies(story, Stated(D(-100))) == [RecordTrade]


def test_only_a_twin_is_a_duplicate() -> None:
    """A trade that makes the difference by chance is not proposed to be voided."""
    single = story_of(buy(1, "6", "10"), buy(2, "4", "10"))
    twins = story_of(buy(1, "6", "10"), buy(2, "4", "10", day=2), buy(3, "4", "10", day=2))
    assert remedies(single, Stated(D(6))) == [RecordTrade]
    assert remedies(twins, Stated(D(10))) == [VoidTrade, RecordTrade]
    (void, _) = proposals(twins, Stated(D(10)))
    assert void.remedy == VoidTrade(tid(3), tid(2), twins.own[2].executed_at)


def test_what_is_wholly_right_comes_first() -> None:
    """A split keeps the cost; a purchase at the broker's price would not."""
    story = story_of(buy(1, "10", "100"))
    found = proposals(story, Stated(D(20), D(1000), D(50)))
    assert [(type(each.remedy), each.matches) for each in found] == [(RecordSplit, True), (RecordTrade, False)]


def test_nothing_is_proposed_for_what_agrees() -> None:
    assert proposals(story_of(buy(1, "10", "100"), sell(2, "3", "120")), Stated(D(7), D(700))) == []


def test_transfers_are_proposed_from_who_has_enough() -> None:
    assert MoveFrom not in remedies(story_of(buy(1, "10", "100")), Stated(D(15)))


@pytest.mark.parametrize(
    ("standing", "stated", "status"),
    [
        (NOTHING, Stated(D(0)), Status.MATCHED),
        (NOTHING, Stated(D(2)), Status.ONLY_AT_BROKER),
        (Standing(D(2), D(20), D(19)), None, Status.ONLY_IN_LEDGER),
        (Standing(D(2), D(20), D(19)), Stated(D(0)), Status.ONLY_IN_LEDGER),
        (Standing(D(2), D(20), D(19)), Stated(D(3)), Status.QUANTITY_DIFFERS),
        (Standing(D(2), D(20), D(19)), Stated(D(2), D(19)), Status.MATCHED),
        (Standing(D(2), D(20), D(19)), Stated(D(2), D("19.6")), Status.COST_DIFFERS),
    ],
)
def test_the_status_says_which_side_has_what(standing: Standing, stated: Stated | None, status: Status) -> None:
    assert status_of(standing, stated) is status


def listed(symbol: str, exchange: str, isin: str | None = None) -> Instrument:
    """A share."""
    key = InstrumentKey(symbol, exchange, Segment.EQUITY, Currency("INR"))
    return Instrument(InstrumentId(UUID(int=hash((symbol, exchange)) % 2**64)), key, D(1), None, None, isin)


INFY_NSE, INFY_BSE, NEW_NAME = (
    listed("INFY", "NSE", "INE009A01021"),
    listed("INFY", "BSE"),
    listed("OTHER", "NSE", "INE467B01029"),
)
KNOWN: Mapping[InstrumentId, Instrument] = {each.id: each for each in (INFY_NSE, INFY_BSE, NEW_NAME)}


def test_an_isin_decides_over_a_symbol_and_what_is_held_over_what_is_not() -> None:
    one = Decimal(1)
    lines = [
        BrokerLine(symbol="RENAMED", isin="INE467B01029", quantity=one),
        BrokerLine(symbol="INFY", exchange="NSE", quantity=one),
        BrokerLine(symbol="INFY", quantity=one),
        BrokerLine(symbol="infy", quantity=one),
    ]
    found = assigned(lines, KNOWN, {INFY_BSE.id: one})
    assert found == [NEW_NAME.id, INFY_NSE.id, INFY_BSE.id, None]
    with pytest.raises(Invalid, match="Line 1 says 'INFY'"):
        assigned(lines[2:], KNOWN, {INFY_BSE.id: one, INFY_NSE.id: one})


def test_lines_of_one_holding_add_up_and_a_cost_needs_all_of_them() -> None:
    lines = [BrokerLine(symbol="A", quantity=D(2), cost=D(-20)), BrokerLine(symbol="A", quantity=D(1), cost=D("10.50"))]
    assert stated_by(lines) == Stated(D(3), D("30.50"))
    assert stated_by([*lines, BrokerLine(symbol="A", quantity=D(1), price=D(9))]) == Stated(D(4), None, D(9))
    with pytest.raises(Invalid):
        BrokerLine(quantity=D(1))
