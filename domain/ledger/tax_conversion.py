"""Tax lines in the currency that a jurisdiction taxes in, at the rates of the days on which money moved.

What was sold counts at the rate of the day of the sale, and what was bought at that of the purchase, each with its
fees. A line with a day that nobody published a rate for has no such amounts: it is listed, and in no sum. Amounts are
exact, but for the 18 places of each rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from domain.ledger.exchange import Rate
from domain.ledger.lot import Direction
from domain.ledger.tax_labels import WashSale
from domain.ledger.tax_report import TaxLine, TaxTotals
from domain.ledger.tax_year import Jurisdiction
from domain.shared.money import EXACT, ZERO, Currency, round_share

REPORTING: Final = {
    Jurisdiction.US: Currency("USD"),
    Jurisdiction.UK: Currency("GBP"),
    Jurisdiction.INDIA: Currency("INR"),
}


@dataclass(frozen=True, slots=True)
class Reported:
    """A line in another currency, with the rates that made it so; without a known purchase there is only a sale's."""

    line: TaxLine
    sold_at: Rate
    bought_at: Rate | None


def days_of(line: TaxLine) -> Iterator[date]:
    """Yield the days whose rates a line needs."""
    yield line.disposed_on
    if line.acquired_on is not None and line.part.cost is not None:
        yield line.acquired_on


def report(line: TaxLine, rates: Mapping[date, Rate]) -> Reported | None:
    """Return the line at the rates of its days; None if one of them has none.

    Of a wash sale the same share of the units counts, of what is a loss in this currency; what is none has no label.
    """
    days = list(days_of(line))
    if any(day not in rates for day in days):
        return None
    part, sold_at = line.part, rates[days[0]]
    bought_at = rates[days[1]] if days[1:] else None
    opened_at, closed_at = (bought_at, sold_at) if part.direction is Direction.LONG else (sold_at, bought_at)
    converted = part._replace(
        proceeds=EXACT.multiply(part.proceeds, sold_at.value),
        cost=None if part.cost is None or bought_at is None else EXACT.multiply(part.cost, bought_at.value),
        open_fee=_at(opened_at, part.open_fee),
        close_fee=_at(closed_at, part.close_fee),
    )
    return Reported(replace(line, part=converted, wash_sale=_wash_sale(line, converted.gain)), sold_at, bought_at)


def _at(rate: Rate | None, amount: Decimal) -> Decimal:
    return ZERO if rate is None else EXACT.multiply(amount, rate.value)


def _wash_sale(line: TaxLine, gain: Decimal | None) -> WashSale | None:
    if line.wash_sale is None or gain is None or gain >= ZERO:
        return None
    disallowed = round_share(EXACT.minus(gain), line.wash_sale.quantity, line.part.quantity)
    return line.wash_sale._replace(disallowed=disallowed)


@dataclass(slots=True)
class ReportedTotals:
    """What lines of all currencies add up to in one, and how many there are of each currency and day without a rate."""

    totals: TaxTotals
    unreported: dict[tuple[Currency, date], int] = field(default_factory=dict[tuple[Currency, date], int])

    def add(self, line: TaxLine, currency: Currency, rates: Mapping[date, Rate]) -> None:
        """Count one line more, of that currency."""
        reported = report(line, rates)
        if reported is not None:
            self.totals.add(reported.line)
            return
        day = next(day for day in days_of(line) if day not in rates)
        self.unreported[currency, day] = self.unreported.get((currency, day), 0) + 1
