"""What Financial Modeling Prep's answers mean. What cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from adapters.market_data.announcements import releases_between, reports_between
from adapters.market_data.fmp.symbols import currency_of, symbol_of, ticker_of
from adapters.market_data.fmp.wire import (
    BarRow,
    DividendRow,
    Earnings,
    Found,
    Income,
    Mover,
    Profile,
    QuoteRow,
    Release,
    SplitRow,
)
from adapters.market_data.numbers import at, number, optional, unreadable
from adapters.market_data.periods import start_of
from adapters.market_data.values import currency_of as currency_named
from adapters.market_data.values import day_of, instant_of, label, prose
from application.market_data.ports import Span
from domain.market_data.announcement import EarningsReport, EconomicRelease, Impact
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Split
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, Currency
from domain.shared.time import zone

PROVIDER: Final = "fmp"
_DOLLAR: Final = Currency("USD")
_AMERICA: Final = "America/New_York"
_IMPACTS: Final[Mapping[str, Impact]] = MappingProxyType({each.value: each for each in Impact})


def quotes(rows: Iterable[QuoteRow], asked: Collection[Ticker], received_at: datetime) -> Mapping[Ticker, Quote]:
    """Return the quotes of what was asked for; what has no price is not known."""
    by_symbol = {symbol_of(ticker): ticker for ticker in asked}
    found: dict[Ticker, Quote] = {}
    for row in rows:
        ticker = by_symbol.get(row.symbol)
        if ticker is None or row.price is None:
            continue
        as_of = received_at if row.timestamp is None else at(row.timestamp)
        found[ticker] = Quote(
            ticker=ticker,
            currency=currency_of(ticker),
            price=number(row.price),
            provenance=_provenance(as_of, received_at),
            previous_close=optional(row.previous_close),
            open=optional(row.open),
            high=optional(row.day_high),
            low=optional(row.day_low),
            volume=_count(row.volume),
            market_cap=_count(row.market_cap),
            name=label(row.name),
        )
    return found


class Actions(NamedTuple):
    """What changed the number of shares, or was paid for one."""

    splits: Sequence[SplitRow]
    dividends: Sequence[DividendRow]


def bars(rows: Iterable[BarRow], actions: Actions, ticker: Ticker, span: Span, received_at: datetime) -> BarSeries:
    """Return the days of the span as they were traded, with the splits and dividends of their time."""
    local = zone(_AMERICA)
    found = sorted(
        _bar(row, start)
        for row in rows
        if span.since <= (start := start_of(day_of(row.date), span.interval, local)) < span.until
    )
    first, last = span.since.astimezone(local).date(), span.until.astimezone(local).date()
    try:
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=_DOLLAR,
            bars=found,
            provenance=_provenance(received_at, received_at),
            splits=sorted(_split(row) for row in actions.splits if first <= day_of(row.date) <= last),
            dividends=sorted(
                Dividend(day_of(row.date), number(row.dividend))
                for row in actions.dividends
                if first <= day_of(row.date) <= last
            ),
        )
    except Invalid as error:
        raise unreadable("a bar cannot be true") from error


def _bar(row: BarRow, start: datetime) -> Bar:
    opened, high, low, close = map(number, (row.adj_open, row.adj_high, row.adj_low, row.adj_close))
    return Bar(start, opened, high, low, close, _count(row.volume) or ZERO)


def _split(row: SplitRow) -> Split:
    new, old = number(row.numerator), number(row.denominator)
    if new <= ZERO or old <= ZERO:
        raise unreadable("a split is not so many for so many")
    ratio = Fraction(new) / Fraction(old)
    return Split(day_of(row.date), ratio.numerator, ratio.denominator)


def listings(found: Iterable[Found]) -> Sequence[Listing]:
    """Return the American shares of this."""
    known: dict[Ticker, Listing] = {}
    for each in found:
        ticker, name = ticker_of(each.symbol, each.exchange or ""), label(each.name)
        if ticker is not None and name is not None:
            currency = currency_named(each.currency) if each.currency else None
            known.setdefault(ticker, Listing(ticker=ticker, name=name, currency=currency))
    return list(known.values())


def fundamentals(
    profile: Profile, statements: Sequence[Income], ticker: Ticker, received_at: datetime
) -> Fundamentals | None:
    """Return profile and the latest year's figures; None if the profile does not even name the company."""
    name = label(profile.company_name)
    if name is None:
        return None
    latest = max(statements, key=lambda each: each.date, default=None)
    return Fundamentals(
        ticker=ticker,
        name=name,
        currency=currency_named(profile.currency) if profile.currency else None,
        provenance=_provenance(received_at, received_at),
        sector=label(profile.sector),
        industry=label(profile.industry),
        country=label(profile.country),
        website=label(profile.website),
        description=prose(profile.description),
        fiscal_period_end=None if latest is None else day_of(latest.date),
        figures=dict(_figures(profile, latest)),
    )


def _figures(profile: Profile, latest: Income | None) -> Iterator[tuple[str, Decimal]]:
    said = {"market_cap": profile.market_cap, "beta": profile.beta}
    if latest is not None:
        said |= {
            "revenue": latest.revenue,
            "ebitda": latest.ebitda,
            "net_income": latest.net_income,
            "earnings_per_share": latest.eps,
        }
    for name, value in said.items():
        if value is not None:
            yield name, number(value)


def movers(rows: Iterable[Mover], received_at: datetime) -> Sequence[Quote]:
    """Return quotes of those whose symbols can be read, in their order."""
    found: dict[Ticker, Quote] = {}
    for row in rows:
        ticker = ticker_of(row.symbol)
        if ticker is None:
            continue
        price = number(row.price)
        found[ticker] = Quote(
            ticker=ticker,
            currency=_DOLLAR,
            price=price,
            provenance=_provenance(received_at, received_at),
            previous_close=number(EXACT.subtract(price, number(row.change))),
            name=label(row.name),
        )
    return list(found.values())


def earnings(rows: Iterable[Earnings], first: date, last: date, received_at: datetime) -> Sequence[EarningsReport]:
    """Return the reports of these days that American companies give."""
    return reports_between((_report(row, received_at) for row in rows), first, last)


def _report(row: Earnings, received_at: datetime) -> EarningsReport | None:
    ticker, day = ticker_of(row.symbol), day_of(row.date)
    if ticker is None:
        return None
    return EarningsReport(
        ticker=ticker,
        day=day,
        provenance=_provenance(received_at, received_at),
        earnings_estimate=optional(row.eps_estimated),
        earnings=optional(row.eps_actual),
        revenue_estimate=optional(row.revenue_estimated),
        revenue=optional(row.revenue_actual),
    )


def releases(rows: Iterable[Release], first: date, last: date, received_at: datetime) -> Sequence[EconomicRelease]:
    """Return the figures of these days that have a name."""
    return releases_between((_release(row, received_at) for row in rows), first, last)


def _release(row: Release, received_at: datetime) -> EconomicRelease | None:
    when, name = instant_of(row.date), label(row.event)
    if name is None:
        return None
    return EconomicRelease(
        at=when,
        country=label(row.country) or "",
        name=name,
        provenance=_provenance(received_at, received_at),
        impact=_IMPACTS.get((row.impact or "").lower()),
        unit=label(row.unit),
        actual=optional(row.actual),
        estimate=optional(row.estimate),
        previous=optional(row.previous),
    )


def _count(value: Decimal | None) -> Decimal | None:
    counted = optional(value)
    if counted is not None and counted < ZERO:
        raise unreadable("a count is less than nothing")
    return counted


def _provenance(as_of: datetime, received_at: datetime) -> Provenance:
    return Provenance(provider=PROVIDER, as_of=as_of, received_at=received_at)
