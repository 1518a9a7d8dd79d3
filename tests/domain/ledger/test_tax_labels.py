"""Tax labels say what the law makes of sales, over all accounts, each unit once, and nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.execution import Side
from domain.ledger.method import CostMethod
from domain.ledger.tax_facts import Rename, TaxFacts, UnitChange, label, linked
from domain.ledger.tax_labels import PartKey, Replacement, ShareMatching, TaxLabels, WashSale
from domain.ledger.tax_year import Jurisdiction
from domain.shared.ids import InstrumentId
from domain.shared.instrument import Segment
from tests.domain.ledger.tax_books import LAST, PAPER, START, Accounts, Deal, account, trade
from tests.domain.ledger.tax_oracle import matched, washed

ZONES = {0: "America/New_York", 1: "Asia/Kolkata", 2: "Pacific/Auckland"}
BUY, SELL = Side.BUY, Side.SELL
deals = st.lists(
    st.builds(
        Deal,
        account=st.integers(0, 2),
        side=st.sampled_from(Side),
        day=st.integers(0, 90),
        minute=st.sampled_from([0, 0, 1, 700]),
        quantity=st.integers(1, 6),
        price=st.integers(1, 4),
    ),
    min_size=1,
    max_size=24,
)


def us(facts: TaxFacts) -> TaxLabels:
    return label(Jurisdiction.US, facts)


def uk(facts: TaxFacts) -> TaxLabels:
    return label(Jurisdiction.UK, facts)


def wash(*deals_: Deal) -> dict[tuple[UUID, int], WashSale]:
    return dict(us(Accounts.of(deals_).facts()).wash_sales)


def shares(*deals_: Deal) -> dict[tuple[UUID, int], ShareMatching]:
    return dict(uk(Accounts.of(deals_, can_short=False).facts()).share_matching)


@given(drawn=deals, method=st.sampled_from(CostMethod), can_short=st.booleans())
def test_wash_sales_are_those_that_a_search_unit_by_unit_finds(
    drawn: Sequence[Deal], method: CostMethod, *, can_short: bool
) -> None:
    facts = Accounts.of(drawn, method, can_short=can_short).facts(ZONES)
    found = us(facts).wash_sales
    expected = washed(facts)
    told = {key: {each.acquisition_id: int(each.quantity) for each in sale.replacements} for key, sale in found.items()}
    assert told == expected
    for key, sale in found.items():
        assert sale.quantity == expected[key].total()


@given(drawn=deals, method=st.sampled_from(CostMethod), can_short=st.booleans())
def test_shares_match_as_a_search_unit_by_unit_matches_them(
    drawn: Sequence[Deal], method: CostMethod, *, can_short: bool
) -> None:
    facts = Accounts.of(drawn, method, can_short=can_short).facts(ZONES)
    found = {key: (int(each.same_day), int(each.thirty_day)) for key, each in uk(facts).share_matching.items()}
    assert found == matched(facts)


@given(deals)
def test_no_unit_replaces_twice_and_no_loss_is_disallowed_beyond_itself(drawn: Sequence[Deal]) -> None:
    accounts = Accounts.of(drawn)
    facts = accounts.facts(ZONES)
    losses = {part.key: (part.quantity, part.gain) for part in accounts.parts}
    used: dict[UUID, Decimal] = {}
    for key, sale in us(facts).wash_sales.items():
        quantity, gain = losses[key]
        assert gain is not None
        assert sale.quantity <= quantity
        assert Decimal(0) < sale.disallowed <= -gain
        assert (sale.disallowed == -gain) == (sale.quantity == quantity)
        for each in sale.replacements:
            used[each.acquisition_id] = used.get(each.acquisition_id, Decimal(0)) + each.quantity
    bought = {each.id: each.quantity for each in facts.bought}
    assert all(units <= bought[id_] for id_, units in used.items())


@given(deals, st.integers(0, 90), st.sampled_from([(2, 1), (3, 2), (1, 3), (7, 5)]))
def test_a_split_changes_no_label_but_the_units_it_counts_in(
    drawn: Sequence[Deal], day: int, ratio: tuple[int, int]
) -> None:
    """What came after the split is written in new units, and tells the same."""
    facts = Accounts.of(drawn).facts(ZONES)
    at = START + timedelta(days=day, minutes=1)
    new, old = ratio
    factor = Decimal(new)
    # everything in old thirds, fifths or halves first, so that new units are whole
    before = TaxFacts(
        zones=facts.zones,
        segments=facts.segments,
        bought=[each._replace(quantity=each.quantity * old) for each in facts.bought],
        sold=[each._replace(quantity=each.quantity * old) for each in facts.sold],
    )
    after = TaxFacts(
        zones=facts.zones,
        segments=facts.segments,
        bought=[each._replace(quantity=each.quantity * (factor if each.at >= at else old)) for each in facts.bought],
        sold=[each._replace(quantity=each.quantity * (factor if each.at >= at else old)) for each in facts.sold],
        unit_changes=[UnitChange(at, PAPER, None, new, old)],
    )
    plain, split = us(before).wash_sales, us(after).wash_sales
    assert plain.keys() == split.keys()
    later = {each.disposal_id for each in facts.sold if each.at >= at}

    def in_new(key: PartKey, quantity: Decimal) -> Decimal:
        return quantity * new / old if key[0] in later else quantity

    for key, sale in plain.items():
        assert split[key].disallowed == sale.disallowed
        assert split[key].quantity == in_new(key, sale.quantity)
    shares_, split_shares = uk(before).share_matching, uk(after).share_matching
    assert shares_.keys() == split_shares.keys()
    for key, each in shares_.items():
        assert split_shares[key] == ShareMatching(in_new(key, each.same_day), in_new(key, each.thirty_day))


def test_a_purchase_in_another_account_replaces_what_was_sold_at_a_loss() -> None:
    """10 bought at 9, sold at 6; 4 bought elsewhere 30 days later: 4/10 of the loss of 30 is disallowed."""
    found = wash(Deal(0, BUY, 0, 0, 10, 9), Deal(0, SELL, 100, 0, 10, 6), Deal(1, BUY, 130, 0, 4, 7))
    sale = WashSale(Decimal(4), Decimal(12), (Replacement(trade(2), Decimal(4)),))
    assert found == {(trade(1), 0): sale}


@pytest.mark.parametrize(("day", "is_wash"), [(69, False), (70, True), (130, True), (131, False)])
def test_the_window_is_thirty_days_either_way(day: int, *, is_wash: bool) -> None:
    found = wash(Deal(0, BUY, 0, 0, 10, 9), Deal(1, BUY, day, 0, 10, 7), Deal(0, SELL, 100, 0, 10, 6))
    assert bool(found) is is_wash


@pytest.mark.parametrize(
    "deals_",
    [
        pytest.param((Deal(0, BUY, 0, 0, 10, 5), Deal(0, SELL, 5, 0, 10, 6), Deal(0, BUY, 6, 0, 10, 6)), id="a gain"),
        pytest.param((Deal(0, BUY, 0, 0, 10, 9), Deal(0, SELL, 5, 0, 6, 6)), id="the rest of the same lot"),
        pytest.param(
            (Deal(0, BUY, 0, 0, 5, 9), Deal(0, BUY, 1, 0, 5, 9), Deal(0, SELL, 5, 0, 8, 6)), id="lots of the same sale"
        ),
        pytest.param(
            (Deal(0, BUY, 0, 0, 5, 9), Deal(1, BUY, 1, 0, 5, 5), Deal(1, SELL, 2, 0, 5, 6), Deal(0, SELL, 5, 0, 5, 6)),
            id="sold again before",
        ),
        pytest.param(
            (Deal(0, SELL, 0, 0, 5, 5), Deal(0, BUY, 1, 0, 5, 6), Deal(0, BUY, 2, 0, 5, 6)), id="a loss on a short"
        ),
        pytest.param(
            (Deal(1, SELL, 0, 0, 5, 5), Deal(0, BUY, 0, 0, 5, 9), Deal(0, SELL, 2, 0, 5, 6), Deal(1, BUY, 3, 0, 5, 5)),
            id="what only closes a short",
        ),
    ],
)
def test_it_is_no_wash_sale(deals_: tuple[Deal, ...]) -> None:
    assert wash(*deals_) == {}


def test_losses_are_replaced_in_the_order_of_the_sales_and_by_the_earliest_purchases() -> None:
    found = wash(
        Deal(0, BUY, 0, 0, 10, 9),
        Deal(0, SELL, 100, 0, 4, 6),
        Deal(0, SELL, 101, 0, 6, 6),
        Deal(0, BUY, 102, 0, 3, 6),
        Deal(1, BUY, 103, 0, 3, 6),
    )
    assert found[trade(1), 0].replacements == (
        Replacement(trade(3), Decimal(3)),
        Replacement(trade(4), Decimal(1)),
    )
    assert found[trade(2), 0] == WashSale(Decimal(2), Decimal(6), (Replacement(trade(4), Decimal(2)),))


@pytest.mark.parametrize("kind", [Segment.CRYPTO, Segment.CURRENCY, Segment.COMMODITY])
def test_what_is_no_security_has_no_wash_sales(kind: Segment) -> None:
    accounts = Accounts.of([Deal(0, BUY, 0, 0, 1, 9), Deal(0, SELL, 5, 0, 1, 6), Deal(0, BUY, 6, 0, 1, 6)])
    assert us(accounts.facts()).wash_sales
    assert not us(accounts.facts(kind=kind)).wash_sales


def test_another_name_is_the_same_paper() -> None:
    """Sold under the old name at a loss, bought back under the new one."""
    accounts = Accounts.of([Deal(0, BUY, 0, 0, 1, 9), Deal(0, SELL, 5, 0, 1, 6), Deal(0, BUY, 6, 0, 1, 6)])
    facts = accounts.facts()
    new = InstrumentId(UUID(int=3))
    bought = [each._replace(instrument_id=new) if each.id == trade(2) else each for each in facts.bought]

    def with_renames(*renames: Rename) -> TaxFacts:
        return TaxFacts(
            zones=facts.zones,
            segments={PAPER: Segment.EQUITY, new: Segment.EQUITY},
            bought=bought,
            sold=facts.sold,
            renames=renames,
        )

    assert not us(with_renames()).wash_sales
    assert us(with_renames(Rename(PAPER, new))).wash_sales


def test_names_are_linked_through_any_number_of_changes() -> None:
    a, b, c, d, e = (InstrumentId(UUID(int=number)) for number in range(1, 6))
    renames = [Rename(a, b), Rename(c, d), Rename(b, c)]
    assert linked([b], renames) == {a, b, c, d}
    assert linked([e], renames) == {e}
    assert linked([], renames) == set()


def test_a_split_of_one_account_counts_for_it_alone() -> None:
    """Account 0 has its paper split 2 for 1; in account 1 a unit is still a unit."""
    accounts = Accounts.of([Deal(0, BUY, 0, 0, 4, 9), Deal(0, SELL, 50, 0, 4, 6), Deal(1, BUY, 60, 0, 4, 6)])
    split = UnitChange(START + timedelta(days=55), PAPER, account(0), 2, 1)
    assert us(accounts.facts()).wash_sales[trade(1), 0].quantity == Decimal(4)
    assert us(accounts.facts(changes=[split])).wash_sales[trade(1), 0].quantity == Decimal(2)


def test_what_is_bought_back_the_same_day_is_matched_before_what_comes_later() -> None:
    """10 sold; 4 bought that day, 3 within 30 days, 5 on the 31st."""
    found = shares(
        Deal(0, BUY, 0, 0, 10, 5),
        Deal(0, SELL, 50, 0, 10, 6),
        Deal(1, BUY, 50, 100, 4, 6),
        Deal(0, BUY, 80, 0, 3, 6),
        Deal(0, BUY, 81, 0, 5, 6),
    )
    assert found == {(trade(1), 0): ShareMatching(Decimal(4), Decimal(3))}


def test_a_sale_of_the_day_comes_before_an_earlier_one() -> None:
    """5 bought on day 60 go to the 3 sold that day first; 2 are left for the sale of day 50."""
    found = shares(
        Deal(0, BUY, 0, 0, 10, 5),
        Deal(0, SELL, 50, 0, 4, 6),
        Deal(0, SELL, 60, 0, 3, 6),
        Deal(0, BUY, 60, 5, 5, 6),
    )
    assert found[trade(1), 0] == ShareMatching(Decimal(0), Decimal(2))
    assert found[trade(2), 0] == ShareMatching(Decimal(3), Decimal(0))


def test_what_was_sold_without_a_known_purchase_is_matched_too() -> None:
    found = shares(Deal(0, SELL, 50, 0, 4, 6), Deal(0, BUY, 60, 0, 3, 6))
    assert found == {(trade(0), LAST): ShareMatching(Decimal(0), Decimal(3))}


def test_india_labels_nothing() -> None:
    accounts = Accounts.of([Deal(0, BUY, 0, 0, 1, 9), Deal(0, SELL, 5, 0, 1, 6), Deal(0, BUY, 6, 0, 1, 6)])
    assert label(Jurisdiction.INDIA, accounts.facts()) == TaxLabels()
