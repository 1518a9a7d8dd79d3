"""Profit and loss in another currency: what prices did and what the currency did, and nothing besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.conversion import Closed, Converted, Held, Movements, Opened, Spanning, Unconverted, convert
from domain.ledger.converted_totals import ClosedPart, EffectTrees, explain_converted
from domain.ledger.exchange import Rate, RateSource
from domain.ledger.explanation import evaluate
from domain.ledger.lot import Direction
from domain.shared.money import EXACT, Currency, round_share
from tests.domain.ledger.examples import D

EUR, USD, GBP = Currency("EUR"), Currency("USD"), Currency("GBP")
FIRST = date(2024, 1, 2)
LONG, SHORT = Direction.LONG, Direction.SHORT
POSITION = UUID(int=9)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def rate(number: int, dollars: str, *, base: Currency = EUR, in_base: str = "1") -> Rate:
    """What one of the base is in dollars on that day."""
    return Rate(base, USD, day(number), RateSource.ECB, EUR, D(in_base), D(dollars))


class Deal(NamedTuple):
    """Something opened on one day and closed on another."""

    direction: Direction
    opened: int
    closed: int
    proceeds: Decimal
    cost: Decimal

    @property
    def gain(self) -> Decimal:
        return EXACT.subtract(self.proceeds, self.cost)

    @property
    def basis(self) -> Decimal:
        return self.cost if self.direction is LONG else EXACT.minus(self.proceeds)

    @property
    def part(self) -> ClosedPart:
        return ClosedPart(UUID(int=1), self.direction, day(self.opened), day(self.closed), self.proceeds, self.cost)


def movements(deals: Sequence[Deal], rates: Mapping[int, Rate], held: Sequence[Held] = ()) -> Movements:
    """What a store tells of deals: sums by each day, and by both where one of them has no rate."""
    return Movements(
        base=EUR,
        quote=USD,
        closed=[Closed(day(deal.closed), deal.gain, deal.basis) for deal in deals],
        opened=[Opened(day(deal.opened), deal.basis) for deal in deals],
        spanning=[
            Spanning(day(deal.opened), day(deal.closed), deal.gain, deal.basis)
            for deal in deals
            if (deal.opened in rates) is not (deal.closed in rates)
        ],
        held=held,
        rates={day(number): each for number, each in rates.items()},
    )


def test_a_long_splits_into_what_the_price_and_what_the_currency_did() -> None:
    """Bought for 402 at 1.0956, sold for 518 at 1.0686.

    Price: (518 - 402) x 1.0686 = 123.9576. Currency: 402 x (1.0686 - 1.0956) = -10.854.
    Together 113.1036 = 518 x 1.0686 - 402 x 1.0956 = 553.5348 - 440.4312.
    """
    deal = Deal(LONG, 0, 1, D(518), D(402))
    told = convert(movements([deal], {0: rate(0, "1.0956"), 1: rate(1, "1.0686")}))
    assert (told.realised.price, told.realised.currency) == (D("123.9576"), D("-10.854"))
    assert told.realised.amount == D("113.1036")
    (used,) = told.rates
    assert (used.source, used.number, used.first, used.last) == (RateSource.ECB, 2, day(0), day(1))


def test_a_short_brings_money_first_and_gains_when_the_currency_falls() -> None:
    """Sold for 500 at 1.0919, bought back for 450 at 1.0686.

    Price: (500 - 450) x 1.0686 = 53.43. Currency: 500 x (1.0919 - 1.0686) = 11.65.
    Together 65.08 = 500 x 1.0919 - 450 x 1.0686 = 545.95 - 480.87.
    """
    deal = Deal(SHORT, 0, 1, D(500), D(450))
    told = convert(movements([deal], {0: rate(0, "1.0919"), 1: rate(1, "1.0686")}))
    assert (told.realised.price, told.realised.currency) == (D("53.43"), D("11.65"))
    assert told.realised.amount == D("65.08")


def test_an_open_position_is_told_as_if_it_were_closed_at_its_mark() -> None:
    """Worth 780 at 1.0686; cost 400 at 1.0956 and 203 at 1.09.

    Price: (780 - 603) x 1.0686 = 189.1422. Currency: 400 x -0.027 + 203 x -0.0214 = -10.8 - 4.3442 = -15.1442.
    """
    held = Held(POSITION, day(2), D(780), D(603), (Opened(day(0), D(400)), Opened(day(1), D(203))))
    rates = {0: rate(0, "1.0956"), 1: rate(1, "1.09"), 2: rate(2, "1.0686")}
    told = convert(movements([], rates, [held]))
    assert (told.unrealised.price, told.unrealised.currency) == (D("189.1422"), D("-15.1442"))
    assert told.unrealised.amount == D("173.998")


def test_what_has_a_day_without_a_rate_stands_apart_as_a_whole() -> None:
    """Days 0 and 1 have rates, day 2 has none: the second deal has no last day, the third no first one."""
    deals = [
        Deal(LONG, 0, 1, D(110), D(100)),
        Deal(LONG, 0, 2, D(90), D(70)),
        Deal(SHORT, 2, 1, D(55), D(50)),
        Deal(LONG, 2, 2, D(8), D(9)),
    ]
    rates = {0: rate(0, "2"), 1: rate(1, "3")}
    told = convert(movements(deals, rates))
    assert told.realised.amount == D(110) * 3 - D(100) * 2
    assert told.realised_unconverted == (Unconverted(day(2), D(20 + 5 - 1)),)


def test_a_position_that_cannot_be_told_is_listed_by_the_day_without_a_rate() -> None:
    lots = (Opened(day(0), D(100)), Opened(day(2), D(50)), Opened(day(3), D(0)))
    held = [Held(POSITION, day(1), D(200), D(150), lots), Held(POSITION, day(4), D(10), D(0))]
    told = convert(movements([], {0: rate(0, "2"), 1: rate(1, "3")}, held))
    assert (told.unrealised.price, told.unrealised.currency) == (D(0), D(0))
    assert told.unrealised_unconverted == (Unconverted(day(2), D(50)), Unconverted(day(4), D(10)))


def test_what_cost_nothing_needs_no_rate_for_its_day() -> None:
    """Bonus shares have no basis: 30 x 3 is all price."""
    held = Held(POSITION, day(1), D(30), D(0), (Opened(day(7), D(0)),))
    told = convert(movements([], {1: rate(1, "3")}, [held]))
    assert (told.unrealised.price, told.unrealised.currency, told.unrealised_unconverted) == (D(90), D(0), ())


def test_the_largest_numbers_that_a_trade_can_have_are_told_to_the_last_digit() -> None:
    """Price, quantity and multiplier of 38 digits each, at a rate that goes on for 18 places."""
    largest = D("99999999999999999999.999999999999999999")
    cost = EXACT.multiply(EXACT.multiply(largest, largest), largest)
    deal = Deal(LONG, 0, 1, D(1), cost)
    third = rate(0, "99999999999999999999", in_base="3"), rate(1, "1", in_base="3")
    told = convert(movements([deal], dict(enumerate(third))))
    assert Fraction(told.realised.amount) == Fraction(third[1].value) - Fraction(cost) * Fraction(third[0].value)


amounts = st.decimals(min_value=-(10**30), max_value=10**30, places=18, allow_nan=False, allow_infinity=False)
deals = st.builds(
    Deal, st.sampled_from(Direction), st.integers(0, 5), st.integers(0, 5), proceeds=amounts, cost=amounts
)
positive = st.decimals(min_value=D("0.000001"), max_value=D(400_000), places=6)


def quoted(in_base: Decimal, in_quote: Decimal) -> Rate:
    """Both currencies against a third."""
    return Rate(EUR, USD, FIRST, RateSource.ECB, GBP, in_base, in_quote)


def open_position(at: int, value: Decimal, lots: list[tuple[int, Decimal]]) -> Held:
    """At its mark on that day."""
    with localcontext(EXACT):
        open_cost = sum((cost for _, cost in lots), D(0))
    return Held(POSITION, day(at), value, open_cost, tuple(Opened(day(opened), cost) for opened, cost in lots))


known = st.dictionaries(st.integers(0, 5), st.builds(quoted, positive, positive))
positions = st.builds(
    open_position, st.integers(0, 5), amounts, st.lists(st.tuples(st.integers(0, 5), amounts), max_size=4)
)


class Naive(NamedTuple):
    """What somebody with fractions and patience would say."""

    amount: Fraction
    apart: Fraction


def _value(each: Rate) -> Fraction:
    return Fraction(round_share(each.in_quote, Decimal(1), each.in_base))


def naive(deals_: Sequence[Deal], held: Sequence[Held], rates: Mapping[int, Rate]) -> tuple[Naive, Naive]:
    """Deal by deal and lot by lot: what came in and went out, each at the rate of its day."""
    at = {day(number): _value(each) for number, each in rates.items()}
    realised = apart = Fraction(0)
    for deal in deals_:
        opening, closing = at.get(day(deal.opened)), at.get(day(deal.closed))
        if opening is None or closing is None:
            apart += Fraction(deal.proceeds) - Fraction(deal.cost)
        elif deal.direction is LONG:
            realised += Fraction(deal.proceeds) * closing - Fraction(deal.cost) * opening
        else:
            realised += Fraction(deal.proceeds) * opening - Fraction(deal.cost) * closing
    unrealised = waiting = Fraction(0)
    for each in held:
        marked = at.get(each.day)
        if marked is None or any(part.basis and part.day not in at for part in each.parts):
            waiting += Fraction(each.market_value) - sum(Fraction(part.basis) for part in each.parts)
        else:
            unrealised += Fraction(each.market_value) * marked
            unrealised -= sum((Fraction(part.basis) * at[part.day] for part in each.parts if part.basis), Fraction(0))
    return Naive(realised, apart), Naive(unrealised, waiting)


@given(deals=st.lists(deals, max_size=8), held=st.lists(positions, max_size=4), rates=known)
def test_sums_by_day_are_what_a_naive_count_deal_by_deal_says(
    deals: list[Deal], held: list[Held], rates: dict[int, Rate]
) -> None:
    """And price and currency effect add up to it exactly; nothing gets lost between what is told and what is apart."""
    told = convert(movements(deals, rates, held))
    realised, unrealised = naive(deals, held, rates)
    assert Fraction(told.realised.price) + Fraction(told.realised.currency) == realised.amount
    assert Fraction(told.realised.amount) == realised.amount
    assert sum(Fraction(each.gain) for each in told.realised_unconverted) == realised.apart
    assert Fraction(told.unrealised.price) + Fraction(told.unrealised.currency) == unrealised.amount
    assert sum(Fraction(each.gain) for each in told.unrealised_unconverted) == unrealised.apart


@given(
    held=st.lists(positions, max_size=4),
    rates=st.fixed_dictionaries({n: st.builds(quoted, positive, positive) for n in range(6)}),
)
def test_costs_told_together_give_what_costs_told_apart_give(held: list[Held], rates: dict[int, Rate]) -> None:
    apart = convert(movements([], rates, held))
    lots = [part for each in held for part in each.parts]
    together = convert(replace(movements([], rates, [each._replace(parts=()) for each in held]), lots=lots))
    assert together.unrealised == apart.unrealised


@given(deals=st.lists(deals, max_size=8), held=st.lists(positions, max_size=4), rates=known)
def test_every_converted_figure_has_a_tree_that_evaluates_to_it(
    deals: list[Deal], held: list[Held], rates: dict[int, Rate]
) -> None:
    moved = movements(deals, rates, held)
    told, explained = convert(moved), explain_converted(moved, [deal.part for deal in deals])
    for effects, trees in ((told.realised, explained.realised), (told.unrealised, explained.unrealised)):
        assert _evaluated(trees) == (effects.amount, effects.price, effects.currency)
        assert trees.amount.unit == "USD"


def _evaluated(trees: EffectTrees) -> tuple[Decimal, Decimal, Decimal]:
    assert (trees.amount.value, trees.price.value, trees.currency.value) == (
        evaluate(trees.amount),
        evaluate(trees.price),
        evaluate(trees.currency),
    )
    return trees.amount.value, trees.price.value, trees.currency.value


@given(deals=st.lists(deals, max_size=8), held=st.lists(positions, max_size=4))
def test_a_currency_in_itself_changes_nothing(deals: list[Deal], held: list[Held]) -> None:
    days = {day(number): Rate.same(EUR, day(number)) for number in range(6)}
    moved = movements(deals, {}, held)
    told: Converted = convert(
        Movements(base=EUR, quote=EUR, closed=moved.closed, opened=moved.opened, held=held, rates=days)
    )
    assert Fraction(told.realised.price) == sum(Fraction(deal.gain) for deal in deals)
    assert told.realised.currency == told.unrealised.currency == 0
    assert Fraction(told.unrealised.amount) == sum(
        Fraction(each.market_value) - sum(Fraction(part.basis) for part in each.parts) for each in held
    )
    assert not (*told.realised_unconverted, *told.unrealised_unconverted, *told.rates)
