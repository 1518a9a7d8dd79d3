"""What the companies and offices of the made up market announce: on real looking days, with figures that are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from adapters.market_data.simulator.listings import STOCKS, Simulated
from adapters.market_data.simulator.walk import chance, deviation
from domain.market_data.announcement import EarningsReport, EconomicRelease, Hour, Impact
from domain.market_data.provenance import Provenance
from domain.shared.time import zone

_SATURDAY: Final = 5
_FRIDAY: Final = 4
_QUARTER_MONTHS: Final = 3
# the market is made up from here on
_BEGINNING: Final = date(1970, 1, 1)
_HALF: Final = 0.5
_MILLION: Final = 1_000_000


class _Figure(NamedTuple):
    """A figure that an office publishes every month; on the first Friday where `day` is 0."""

    country: str
    name: str
    unit: str
    zone: str
    at: time
    day: int
    impact: Impact
    level: float
    spread: float


_FIGURES: Final = (
    _Figure("US", "ISM Manufacturing PMI", "", "America/New_York", time(10), 1, Impact.HIGH, 50.0, 1.5),
    _Figure("US", "Nonfarm Payrolls", "K", "America/New_York", time(8, 30), 0, Impact.HIGH, 160.0, 60.0),
    _Figure("US", "Unemployment Rate", "%", "America/New_York", time(8, 30), 0, Impact.HIGH, 4.1, 0.15),
    _Figure("US", "Consumer Price Index, yearly", "%", "America/New_York", time(8, 30), 12, Impact.HIGH, 2.8, 0.2),
    _Figure("US", "Retail Sales, monthly", "%", "America/New_York", time(8, 30), 16, Impact.MEDIUM, 0.3, 0.4),
    _Figure("EU", "Consumer Price Index, yearly", "%", "Europe/Berlin", time(11), 2, Impact.HIGH, 2.2, 0.2),
    _Figure("DE", "Factory Orders, monthly", "%", "Europe/Berlin", time(8), 6, Impact.MEDIUM, 0.4, 2.0),
    _Figure("GB", "Consumer Price Index, yearly", "%", "Europe/London", time(7), 18, Impact.HIGH, 2.6, 0.3),
    _Figure("IN", "Consumer Price Index, yearly", "%", "Asia/Kolkata", time(16), 12, Impact.HIGH, 4.6, 0.5),
    _Figure("IN", "Industrial Production, yearly", "%", "Asia/Kolkata", time(16), 28, Impact.MEDIUM, 4.0, 1.5),
    _Figure("JP", "Household Spending, yearly", "%", "Asia/Tokyo", time(8, 30), 7, Impact.LOW, 0.5, 1.5),
)


def figures(thing: Simulated, price: Decimal, seed: int) -> Mapping[str, Decimal]:
    """Return a company's figures, which fit its price and each other."""
    ratio = _of(10 + 30 * chance(seed, "pe", thing.name))
    shares = Decimal(int(1_000 + 14_000 * chance(seed, "shares", thing.name))) * _MILLION
    margin = _of(0.05 + 0.25 * chance(seed, "margin", thing.name), "0.0001")
    earned = (price / ratio).quantize(Decimal("0.0001"))
    return {
        "market_cap": (price * shares).quantize(Decimal(1)),
        "shares_outstanding": shares,
        "price_to_earnings": ratio,
        "earnings_per_share": earned,
        "profit_margin": margin,
        "revenue": (earned * shares / margin).quantize(Decimal(1)),
        "dividend_yield": _of(thing.dividend, "0.0001"),
        "beta": _of(0.5 + chance(seed, "beta", thing.name)),
    }


def earnings(first: date, last: date, seed: int, provenance: Provenance) -> Sequence[EarningsReport]:
    """Return the reports of these days, one of each company for each quarter that has ended."""
    found = [
        _report(thing, ended, day, seed, provenance)
        for thing in STOCKS
        for ended in _quarters(first, last)
        if first <= (day := _reports_on(thing, ended, seed)) <= last
    ]
    return sorted(found, key=lambda each: (each.day, each.ticker))


def _quarters(first: date, last: date) -> Iterator[date]:
    """Yield the last days of the quarters whose reports may fall on these days."""
    month = date(first.year - 1, 10, 1)
    while month <= last:
        # a few days more than a quarter has
        following = (month + timedelta(days=95)).replace(day=1)
        if following > _BEGINNING:
            yield following - timedelta(days=1)
        month = following


def _reports_on(thing: Simulated, ended: date, seed: int) -> date:
    return _weekday(ended + timedelta(days=18 + int(28 * chance(seed, "reports", thing.name, ended.toordinal()))))


def _report(thing: Simulated, ended: date, day: date, seed: int, provenance: Provenance) -> EarningsReport:
    name = thing.name
    expected = thing.price * (0.005 + 0.01 * chance(seed, "eps", name))
    surprise = 1 + 0.08 * deviation(seed, "surprise", name, ended.toordinal())
    revenue = thing.price * _MILLION * (20 + 80 * chance(seed, "revenue", name))
    has_been = day < provenance.as_of.date()
    return EarningsReport(
        ticker=thing.ticker,
        day=day,
        provenance=provenance,
        name=name,
        hour=Hour.BEFORE_OPEN if chance(seed, "hour", name) < _HALF else Hour.AFTER_CLOSE,
        fiscal_period_end=ended,
        fiscal_year=ended.year,
        fiscal_quarter=(ended.month - 1) // _QUARTER_MONTHS + 1,
        earnings_estimate=_of(expected),
        earnings=_of(expected * surprise) if has_been else None,
        revenue_estimate=_of(revenue, "1"),
        revenue=_of(revenue * (1 + (surprise - 1) / 4), "1") if has_been else None,
    )


def releases(first: date, last: date, seed: int, provenance: Provenance) -> Sequence[EconomicRelease]:
    """Return the figures that are published on these days, by UTC; what lies ahead has an estimate only."""
    found: list[EconomicRelease] = []
    month = first.replace(day=1)
    while month <= last:
        for figure in _FIGURES:
            at = datetime.combine(_published_on(figure, month), figure.at, zone(figure.zone)).astimezone(UTC)
            if first <= at.date() <= last:
                found.append(_release(figure, at, month, seed, provenance))
        month = (month + timedelta(days=31)).replace(day=1)
    return sorted(found, key=lambda each: (each.at, each.country, each.name))


def _release(figure: _Figure, at: datetime, month: date, seed: int, provenance: Provenance) -> EconomicRelease:
    def value(of: date) -> Decimal:
        return _of(figure.level + figure.spread * deviation(seed, figure.country, figure.name, of.toordinal()))

    actual = value(month)
    return EconomicRelease(
        at=at,
        country=figure.country,
        name=figure.name,
        provenance=provenance,
        impact=figure.impact,
        unit=figure.unit or None,
        actual=actual if at <= provenance.as_of else None,
        estimate=_of(float(actual) * 0.7 + figure.level * 0.3),
        previous=value((month - timedelta(days=1)).replace(day=1)),
    )


def _published_on(figure: _Figure, month: date) -> date:
    if figure.day == 0:
        return month + timedelta(days=(_FRIDAY - month.weekday()) % 7)
    return _weekday(month.replace(day=figure.day))


def _weekday(day: date) -> date:
    """The day, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= _SATURDAY else day


def _of(value: float, step: str = "0.01") -> Decimal:
    return Decimal(f"{value:.6f}").quantize(Decimal(step))
