"""Lines in the reporting currency: what was sold at the rate of its day, what was bought at that of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.exchange import Rate, RateSource
from domain.ledger.lot import Direction
from domain.ledger.replay import replay
from domain.ledger.tax_conversion import ReportedTotals, days_of, report
from domain.ledger.tax_labels import WashSale
from domain.ledger.tax_report import HoldingRule, TaxLine, TaxPart, TaxTotals
from domain.ledger.tax_year import Jurisdiction
from domain.shared.money import EXACT, Currency
from tests.domain.ledger.histories import History, histories
from tests.domain.ledger.tax_books import account, parts_of
from tests.domain.ledger.test_tax_report import labeller
from tests.ledgers import START

EUR, USD = Currency("EUR"), Currency("USD")
OPENED, CLOSED = date(2024, 1, 1), date(2024, 1, 11)


def rates(**units: str) -> Mapping[date, Rate]:
    """What a euro was on the first and the last day."""
    days = {"opened": OPENED, "closed": CLOSED}
    return {
        days[name]: Rate(EUR, USD, days[name], RateSource.ECB, EUR, Decimal(1), Decimal(value))
        for name, value in units.items()
    }


def line(direction: Direction, cost: str | None = "100", wash_sale: WashSale | None = None) -> TaxLine:
    """Ten units with proceeds of 90, and fees of 1 at first and 2 at last."""
    is_known = cost is not None
    part = TaxPart(
        UUID(int=1),
        0,
        account(0),
        direction,
        UUID(int=2) if is_known else None,
        None,
        None,
        Decimal(10),
        START if is_known else None,
        START + timedelta(days=10),
        Decimal(90),
        None if cost is None else Decimal(cost),
        Decimal(1),
        Decimal(2),
    )
    made = labeller(HoldingRule(Jurisdiction.US)).line(part)
    return TaxLine(
        part=made.part,
        acquired_on=made.acquired_on,
        disposed_on=made.disposed_on,
        realised_on=made.realised_on,
        days_held=made.days_held,
        holding_class=made.holding_class,
        wash_sale=wash_sale,
    )


def amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


def test_a_long_is_bought_at_the_first_rate_and_sold_at_the_last() -> None:
    reported = report(line(Direction.LONG), rates(opened="1.5", closed="2"))
    assert reported is not None
    part = reported.line.part
    assert (part.proceeds, part.cost, part.fees, part.gain) == amounts("180", "150", "5.5", "30")
    assert reported.bought_at is not None
    assert (reported.sold_at.day, reported.bought_at.day) == (CLOSED, OPENED)


def test_a_short_is_sold_at_the_first_rate_and_bought_at_the_last() -> None:
    reported = report(line(Direction.SHORT), rates(opened="1.5", closed="2"))
    assert reported is not None
    part = reported.line.part
    assert (part.proceeds, part.cost, part.fees, part.gain) == amounts("135", "200", "5.5", "-65")


def test_what_has_no_known_purchase_needs_the_rate_of_the_sale_alone() -> None:
    reported = report(line(Direction.LONG, cost=None), rates(closed="2"))
    assert reported is not None
    assert reported.line.part.proceeds == Decimal(180)
    assert (reported.line.part.cost, reported.bought_at) == (None, None)
    assert reported.line.part.close_fee == Decimal(4)


def test_of_a_wash_sale_the_same_share_of_the_loss_counts_and_of_a_gain_nothing() -> None:
    washed = line(Direction.LONG, wash_sale=WashSale(Decimal(4), Decimal(4), ()))
    at_a_loss = report(washed, rates(opened="2", closed="2"))
    assert at_a_loss is not None
    assert at_a_loss.line.wash_sale is not None
    assert at_a_loss.line.wash_sale.disallowed == Decimal(8)
    at_a_gain = report(washed, rates(opened="1.5", closed="2"))
    assert at_a_gain is not None
    assert at_a_gain.line.wash_sale is None


def test_a_line_with_a_day_without_a_rate_is_listed_and_in_no_sum() -> None:
    totals = ReportedTotals(TaxTotals(USD))
    for _ in range(2):
        totals.add(line(Direction.LONG), EUR, rates(closed="2"))
    totals.add(line(Direction.LONG), EUR, rates(opened="1.5"))
    totals.add(line(Direction.LONG), EUR, rates(opened="1.5", closed="2"))
    assert totals.unreported == {(EUR, OPENED): 2, (EUR, CLOSED): 1}
    assert (totals.totals.total.lines, totals.totals.total.gain) == (1, Decimal(30))


@given(histories(), st.integers(1, 10**6))
def test_at_one_rate_for_all_days_the_sums_are_so_many_times_as_large(history: History, units: int) -> None:
    """Down to the last digit, with shorts and missing purchases."""
    rate = Rate(EUR, USD, OPENED, RateSource.ECB, EUR, Decimal(1), Decimal(units).scaleb(-3))
    own, reported = TaxTotals(EUR), ReportedTotals(TaxTotals(USD))
    maker = labeller(HoldingRule(Jurisdiction.INDIA))
    for disposal in replay(history.terms, history.executions).disposals:
        for part in parts_of(disposal, account(0)):
            made = maker.line(part)
            own.add(made)
            reported.add(made, EUR, dict.fromkeys(days_of(made), rate))
    scale = rate.value
    total, converted = own.total, reported.totals.total
    assert reported.unreported == {}
    assert (converted.lines, reported.totals.missing_lines) == (total.lines, own.missing_lines)
    for name in ("proceeds", "cost", "fees", "gain"):
        assert getattr(converted, name) == EXACT.multiply(getattr(total, name), scale)
    assert reported.totals.missing_proceeds == EXACT.multiply(own.missing_proceeds, scale)
