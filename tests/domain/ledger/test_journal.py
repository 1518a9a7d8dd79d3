"""The journal says in double entry what a replay says in lots: each entry is zero, and the sums are the positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given

from domain.ledger.action_terms import Split
from domain.ledger.execution import Execution
from domain.ledger.journal import JournalEntry, LotLeg, MoneyLeg, Purpose, journal, weight
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.replay import replay
from domain.ledger.terms import Terms
from tests.domain.ledger.examples import D, buy, sell
from tests.domain.ledger.histories import History, histories, terms
from tests.domain.ledger.test_corporate_actions import action
from tests.domain.ledger.test_groups import total
from tests.domain.ledger.worlds import World, worlds

PAIR = Pair(terms().account_id, terms().instrument_id)


def of(*fills: Execution, method: CostMethod = CostMethod.FIFO, can_short: bool = True) -> Sequence[JournalEntry]:
    """The journal of one position."""
    return journal({PAIR: terms(method=method, can_short=can_short)}, {PAIR: fills}, [], [])


def money(entries: Iterable[JournalEntry]) -> Mapping[tuple[Pair, Purpose], Fraction]:
    """What each account of the books holds in the end."""
    sums: dict[tuple[Pair, Purpose], Fraction] = defaultdict(Fraction)
    for entry in entries:
        for leg in entry.legs:
            if isinstance(leg, MoneyLeg):
                sums[leg.pair, leg.purpose] += Fraction(leg.amount)
    return sums


def holdings(entries: Iterable[JournalEntry]) -> Mapping[Pair, Sequence[tuple[Fraction, Fraction]]]:
    """Units and cost of each lot in the end, by a bookkeeper who takes only what is there, under the name it has."""
    books: dict[Pair, dict[tuple[object, ...], list[Fraction]]] = defaultdict(dict)
    for entry in entries:
        for leg in entry.legs:
            if not isinstance(leg, LotLeg):
                continue
            lots, name = books[leg.pair], (leg.label, leg.acquired_at)
            units = Fraction(leg.units)
            assert leg.reduces is (name in lots)
            if name in lots:
                lot = lots[name]
                assert lot[0] * units < 0, "a lot that is there is only ever reduced"
                assert abs(units) <= abs(lot[0]), "no more is taken than is there"
                if leg.unit_cost is None:
                    assert units == -lot[0], "a cost that is no multiple of the units goes as a whole"
                lot[0] += units
                lot[1] -= Fraction(leg.total_cost)
                if not lot[0]:
                    assert lots.pop(name)[1] == 0, "no cost stays without units"
            else:
                assert all(other[0] * units > 0 for other in lots.values()), "long and short are never held together"
                lots[name] = [units, Fraction(leg.total_cost)]
            assert leg.total_cost >= 0
            if leg.unit_cost is not None:
                assert Fraction(leg.unit_cost) * abs(units) == Fraction(leg.total_cost)
    return {pair: [(lot[0], lot[1]) for lot in lots.values()] for pair, lots in books.items()}


def check(world: World) -> None:
    """The journal of a world against its replay."""
    entries = journal(world.terms, world.executions, world.actions, world.transfers)
    for entry in entries:
        for currency in {leg.currency for leg in entry.legs}:
            assert sum(Fraction(weight(leg)) for leg in entry.legs if leg.currency == currency) == 0
        assert all(leg.amount for leg in entry.legs if isinstance(leg, MoneyLeg))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    sums, held = money(entries), holdings(entries)
    for pair, (position, _, disposals, *_) in world.replayed().items():
        assert sum((units for units, _ in held.get(pair, ())), Fraction(0)) == Fraction(position.quantity)
        assert sums[pair, Purpose.CASH] == Fraction(position.cash_in) - Fraction(position.cash_out)
        assert sums[pair, Purpose.FEES] == sum(
            (Fraction(fill.fees) for fill in world.executions.get(pair, ())), Fraction(0)
        )
        gains = sum(
            (Fraction(match.realised) + Fraction(match.fees) for each in disposals for match in each.matches),
            Fraction(0),
        )
        assert -sums[pair, Purpose.GAINS] == gains
        unknown = sum((Fraction(each.unmatched_quantity) * Fraction(each.price) for each in disposals), Fraction(0))
        assert -sums[pair, Purpose.MISSING_BASIS] == unknown * Fraction(world.terms[pair].multiplier)


@given(worlds())
def test_every_entry_is_zero_and_the_sums_are_the_positions(world: World) -> None:
    """Under any method, with actions, shorts, sales without a basis, and papers of two currencies."""
    check(world)


@given(histories())
def test_numbers_of_any_size_and_sign_are_booked_exactly(history: History) -> None:
    """Negative prices, too: what they brought is kept apart from the costs, which are never negative."""
    kept: Terms = history.terms
    pair = Pair(kept.account_id, kept.instrument_id)
    check(World({pair: kept}, {pair: history.executions}, [], []))
    position = replay(kept, history.executions).position
    entries = journal({pair: kept}, {pair: history.executions}, [], [])
    held = holdings(entries).get(pair, ())
    hidden = money(entries)[pair, Purpose.NEGATIVE_COST]
    sign = -1 if position.quantity < 0 else 1
    is_pooled = kept.method is CostMethod.AVERAGE
    fees = [position.pooled_fees] if is_pooled else [lot.fee_left for lot in position.lots]
    open_value = Fraction(position.open_cost) - total(fees)
    assert sign * sum((cost for _, cost in held), Fraction(0)) + hidden == open_value


def test_a_sale_names_the_lots_it_takes_and_keeps_fees_apart() -> None:
    first, second, sale = of(buy(1, "10", "100", "5"), buy(2, "10", "120"), sell(3, "15", "130", "3"))
    bought = first.legs[0]
    assert isinstance(bought, LotLeg)
    assert (bought.units, bought.unit_cost, bought.total_cost) == (D(10), D(100), D(1000))
    taken = [leg for leg in sale.legs if isinstance(leg, LotLeg)]
    assert [(leg.units, leg.unit_cost, leg.label) for leg in taken] == [
        (D(-10), D(100), bought.label),
        (D(-5), D(120), str(second.event.id)),
    ]
    assert {leg.purpose: leg.amount for leg in sale.legs if isinstance(leg, MoneyLeg)} == {
        Purpose.CASH: D(1947),
        Purpose.FEES: D(3),
        Purpose.GAINS: D(-350),
    }


def test_what_crosses_zero_closes_before_it_opens() -> None:
    _, crossing = of(buy(1, "5", "100"), sell(2, "8", "110"))
    lots = [leg for leg in crossing.legs if isinstance(leg, LotLeg)]
    assert [(leg.units, leg.unit_cost) for leg in lots] == [(D(-5), D(100)), (D(-3), D(110))]


def test_a_sale_without_a_purchase_is_no_gain() -> None:
    (sale,) = of(sell(1, "8", "110", "2"), can_short=False)
    assert sale.unmatched == D(8)
    assert {leg.purpose: leg.amount for leg in sale.legs if isinstance(leg, MoneyLeg)} == {
        Purpose.CASH: D(878),
        Purpose.FEES: D(2),
        Purpose.MISSING_BASIS: D(-880),
    }


def test_a_mean_cost_is_one_lot_that_is_written_anew() -> None:
    entries = of(buy(1, "1", "100"), buy(2, "2", "101"), sell(3, "1", "110"), method=CostMethod.AVERAGE)
    last = [leg for leg in entries[2].legs if isinstance(leg, LotLeg)]
    share = Decimal("100.666666666666666667")
    assert [(leg.units, leg.unit_cost, leg.total_cost) for leg in last] == [
        (D(-3), None, D(302)),
        (D(2), None, D(302) - share),
    ]


def test_a_split_takes_a_lot_out_and_brings_it_back_at_the_same_cost() -> None:
    entries = journal({PAIR: terms()}, {PAIR: [buy(1, "10", "100")]}, [action(Split(new=3, old=1), 2)], [])
    gone, come = entries[1].legs
    assert isinstance(gone, LotLeg)
    assert isinstance(come, LotLeg)
    assert (gone.units, come.units, gone.total_cost, come.total_cost) == (D(-10), D(30), D(1000), D(1000))
    assert (gone.acquired_at, gone.label) == (come.acquired_at, come.label)
