"""Tax years, holding periods, and lines that add up to what the ledger realised."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.holding_period import HoldingClass, holding_class, long_term_from
from domain.ledger.lot import Direction
from domain.ledger.pnl import Realised, total_realised
from domain.ledger.replay import replay
from domain.ledger.tax_facts import TaxFacts
from domain.ledger.tax_labels import TaxLabels
from domain.ledger.tax_report import HoldingRule, TaxLabeller, TaxLine, TaxPart, TaxTotals
from domain.ledger.tax_year import Jurisdiction, TaxYear
from domain.shared.errors import Invalid
from domain.shared.money import ZERO, Currency
from tests.domain.ledger.histories import History, histories
from tests.domain.ledger.tax_books import START, account, parts_of

US, UK, INDIA = Jurisdiction.US, Jurisdiction.UK, Jurisdiction.INDIA
SHORT, LONG = HoldingClass.SHORT_TERM, HoldingClass.LONG_TERM
days = st.dates(date(1970, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize(
    ("jurisdiction", "name", "first", "last"),
    [
        (US, "2025", "2025-01-01", "2025-12-31"),
        (UK, "2025-26", "2025-04-06", "2026-04-05"),
        (INDIA, "2025-26", "2025-04-01", "2026-03-31"),
        (INDIA, "1999-00", "1999-04-01", "2000-03-31"),
    ],
)
def test_a_year_has_the_days_its_jurisdiction_gives_it(
    jurisdiction: Jurisdiction, name: str, first: str, last: str
) -> None:
    year = TaxYear.named(jurisdiction, name)
    assert (year.first.isoformat(), year.last.isoformat(), year.name) == (first, last, name)


@pytest.mark.parametrize(
    ("jurisdiction", "name"),
    [(US, "2025-26"), (UK, "2025"), (UK, "2025-27"), (INDIA, "2025-2026"), (US, "25"), (US, "2025 "), (US, "२०२५")],
)
def test_another_name_is_refused_with_the_right_one(jurisdiction: Jurisdiction, name: str) -> None:
    example = "2025 which" if jurisdiction is US else "2025-26, which"
    with pytest.raises(Invalid, match="is no tax year") as refused:
        TaxYear.named(jurisdiction, name)
    assert example.split(maxsplit=1)[0] in str(refused.value)


@given(st.sampled_from(Jurisdiction), days)
def test_every_day_is_in_just_one_year(jurisdiction: Jurisdiction, day: date) -> None:
    year = TaxYear.containing(jurisdiction, day)
    assert year.first <= day <= year.last
    following = TaxYear(jurisdiction, year.begins + 1)
    assert following.first == year.last + timedelta(days=1)


@pytest.mark.parametrize(
    ("acquired", "since"),
    [
        ("2024-03-01", "2025-03-02"),
        ("2023-03-01", "2024-03-02"),
        ("2023-12-31", "2025-01-01"),
        ("2024-02-29", "2025-03-01"),
        ("2024-02-28", "2025-03-01"),
        ("2023-02-28", "2024-03-01"),
    ],
)
def test_units_are_long_from_the_day_after_the_anniversary(acquired: str, since: str) -> None:
    assert long_term_from(date.fromisoformat(acquired)).isoformat() == since


@given(days, st.integers(0, 800))
def test_a_longer_holding_is_never_shorter_by_class(acquired: date, held: int) -> None:
    disposed = acquired + timedelta(days=held)
    assert (holding_class(US, acquired, disposed, None) is LONG) == (disposed >= long_term_from(acquired))
    assert holding_class(INDIA, acquired, disposed, None) is holding_class(US, acquired, disposed, None)
    assert holding_class(UK, acquired, disposed, None) is None
    assert 365 <= (long_term_from(acquired) - acquired).days - 1 <= 366


@pytest.mark.parametrize("jurisdiction", Jurisdiction)
@pytest.mark.parametrize(("held", "expected"), [(90, SHORT), (91, LONG)])
def test_a_number_of_days_replaces_the_rule(jurisdiction: Jurisdiction, held: int, expected: HoldingClass) -> None:
    acquired = date(2024, 2, 1)
    assert holding_class(jurisdiction, acquired, acquired + timedelta(days=held), 90) is expected


def labeller(rule: HoldingRule, zone: str = "UTC") -> TaxLabeller:
    facts = TaxFacts(zones={account(0): ZoneInfo(zone)}, segments={})
    return TaxLabeller(rule, facts, TaxLabels())


def part(direction: Direction, days_held: int, cost: str | None = "5") -> TaxPart:
    known = cost is not None
    return TaxPart(
        UUID(int=1),
        0,
        account(0),
        direction,
        UUID(int=2) if known else None,
        None,
        None,
        Decimal(1),
        START if known else None,
        START + timedelta(days=days_held),
        Decimal(7),
        None if cost is None else Decimal(cost),
        ZERO,
        ZERO,
    )


def test_a_short_is_disposed_of_first_and_always_short_term() -> None:
    line = labeller(HoldingRule(US)).line(part(Direction.SHORT, 500))
    assert (line.disposed_on, line.acquired_on, line.realised_on) == (
        date(2024, 1, 1),
        date(2025, 5, 15),
        date(2025, 5, 15),
    )
    assert (line.days_held, line.holding_class) == (500, SHORT)
    assert labeller(HoldingRule(UK)).line(part(Direction.SHORT, 500)).holding_class is None
    assert labeller(HoldingRule(UK, 0)).line(part(Direction.SHORT, 500)).holding_class is SHORT


def test_days_are_those_where_the_account_is_kept() -> None:
    """15:00 in UTC is the next day in Auckland."""
    there = labeller(HoldingRule(US), "Pacific/Auckland").line(part(Direction.LONG, 10))
    assert (there.acquired_on, there.disposed_on) == (date(2024, 1, 2), date(2024, 1, 12))


def test_what_has_no_known_purchase_has_no_class_and_no_gain() -> None:
    line = labeller(HoldingRule(US)).line(part(Direction.LONG, 10, cost=None))
    assert (line.acquired_on, line.days_held, line.holding_class, line.part.gain) == (None, None, None, None)
    totals = TaxTotals(Currency("USD"))
    totals.add(line)
    assert (totals.total.lines, totals.missing_lines, totals.missing_proceeds) == (0, 1, Decimal(7))
    assert list(totals.classes()) == []


@given(histories(), st.sampled_from([HoldingRule(US), HoldingRule(UK), HoldingRule(INDIA, 0)]))
def test_lines_add_up_to_what_the_ledger_realised_to_the_last_digit(history: History, rule: HoldingRule) -> None:
    """Whatever the method, with partial lots, shorts and sales without a purchase."""
    usd = Currency("USD")
    disposals = replay(history.terms, history.executions).disposals
    expected = total_realised((usd, each) for each in disposals).get(usd, Realised(currency=usd))
    totals = TaxTotals(usd)
    lines: list[TaxLine] = []
    for disposal in disposals:
        for each in parts_of(disposal, account(0)):
            lines.append(labeller(rule).line(each))
            totals.add(lines[-1])
    total = totals.total
    assert (total.gain, total.proceeds, total.cost, total.fees) == (
        expected.realised,
        expected.proceeds,
        expected.cost,
        expected.fees,
    )
    assert (totals.missing_lines, totals.missing_proceeds) == (expected.missing_disposals, expected.missing_proceeds)
    sums = [sums for _, sums in totals.classes()]
    assert sum(each.lines for each in sums) == total.lines == len(lines) - totals.missing_lines
    assert {line.holding_class for line in lines if line.part.cost is not None} == {
        each for each, _ in totals.classes()
    }
