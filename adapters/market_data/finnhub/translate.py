"""What Finnhub's answers mean. Nothing here waits or asks; what cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from adapters.market_data.announcements import releases_between, reports_between
from adapters.market_data.finnhub.wire import Earnings, Found, Metric, Profile, QuoteReply, Release
from adapters.market_data.numbers import at, number, optional
from adapters.market_data.values import currency_of, day_of, instant_of, label
from domain.market_data.announcement import EarningsReport, EconomicRelease, Hour, Impact
from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import BY_SUFFIX
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, Currency

PROVIDER: Final = "finnhub"
_DOLLAR: Final = Currency("USD")
_PERCENT: Final = -2
_MILLIONS: Final = 6
_CLASSES: Final[Mapping[str, AssetClass]] = MappingProxyType(
    {"Common Stock": AssetClass.STOCK, "ADR": AssetClass.STOCK, "REIT": AssetClass.STOCK, "ETP": AssetClass.FUND}
)
_HOURS: Final[Mapping[str, Hour]] = MappingProxyType(
    {"bmo": Hour.BEFORE_OPEN, "dmh": Hour.DURING_MARKET, "amc": Hour.AFTER_CLOSE}
)
_IMPACTS: Final[Mapping[str, Impact]] = MappingProxyType({each.value: each for each in Impact})
_AS_THEY_ARE: Final = ("price_to_earnings", "earnings_per_share", "book_value_per_share", "price_to_book", "beta")
_IN_PERCENT: Final = ("dividend_yield", "profit_margin", "return_on_equity")


def quote(said: QuoteReply, ticker: Ticker, received_at: datetime) -> Quote | None:
    """Return the quote of an American share; None if it has none."""
    price = number(said.c)
    if said.t <= 0 or price <= ZERO:
        return None
    return Quote(
        ticker=ticker,
        currency=_DOLLAR,
        price=price,
        provenance=_provenance(at(said.t), received_at),
        previous_close=optional(said.pc) or None,
        open=optional(said.o) or None,
        high=optional(said.h) or None,
        low=optional(said.l) or None,
    )


def listings(found: Iterable[Found]) -> Sequence[Listing]:
    """Return what of this is listed on an exchange that is known here."""
    known: dict[Ticker, Listing] = {}
    for each in found:
        asset_class, name = _CLASSES.get(each.type), label(each.description)
        ticker = _ticker(each.symbol)
        if asset_class is not None and name is not None and ticker is not None:
            listed = Ticker(ticker.symbol, ticker.exchange, asset_class)
            known.setdefault(listed, Listing(ticker=listed, name=name, currency=listed.currency))
    return list(known.values())


def _ticker(symbol: str) -> Ticker | None:
    """What their symbol means; a mark after a dot is an exchange's, or a letter for a class of shares."""
    _, dot, mark = symbol.rpartition(".")
    if dot and len(mark) > 1 and dot + mark not in BY_SUFFIX:
        return None
    try:
        ticker = Ticker.parse(symbol)
    except Invalid:
        return None
    return ticker if ticker.asset_class is AssetClass.STOCK else None


def fundamentals(profile: Profile, metric: Metric, ticker: Ticker, received_at: datetime) -> Fundamentals | None:
    """Return profile and figures; None if the profile does not even name the company."""
    name = label(profile.name)
    if name is None:
        return None
    return Fundamentals(
        ticker=ticker,
        name=name,
        currency=currency_of(profile.currency) if profile.currency else None,
        provenance=_provenance(received_at, received_at),
        industry=label(profile.finnhub_industry),
        country=label(profile.country),
        website=label(profile.weburl),
        figures=dict(_figures(profile, metric)),
    )


def _figures(profile: Profile, metric: Metric) -> Iterator[tuple[str, Decimal]]:
    millions = {"market_cap": profile.market_capitalization, "shares_outstanding": profile.share_outstanding}
    for name, value in millions.items():
        if value is not None:
            yield name, number(EXACT.scaleb(number(value), _MILLIONS))
    for name in (*_AS_THEY_ARE, *_IN_PERCENT):
        figure: Decimal | None = getattr(metric, name)
        if figure is not None:
            yield name, number(EXACT.scaleb(number(figure), _PERCENT if name in _IN_PERCENT else 0))


def earnings(said: Iterable[Earnings], first: date, last: date, received_at: datetime) -> Sequence[EarningsReport]:
    """Return the reports of these days that companies of known symbols give."""
    return reports_between((_report(each, received_at) for each in said), first, last)


def _report(each: Earnings, received_at: datetime) -> EarningsReport | None:
    ticker, day = _ticker(each.symbol), day_of(each.date)
    if ticker is None:
        return None
    return EarningsReport(
        ticker=ticker,
        day=day,
        provenance=_provenance(received_at, received_at),
        hour=_HOURS.get(each.hour),
        fiscal_year=each.year or None,
        fiscal_quarter=each.quarter or None,
        earnings_estimate=optional(each.eps_estimate),
        earnings=optional(each.eps_actual),
        revenue_estimate=optional(each.revenue_estimate),
        revenue=optional(each.revenue_actual),
    )


def releases(said: Iterable[Release], first: date, last: date, received_at: datetime) -> Sequence[EconomicRelease]:
    """Return the figures of these days that have a name."""
    return releases_between((_release(each, received_at) for each in said), first, last)


def _release(each: Release, received_at: datetime) -> EconomicRelease | None:
    when, name = instant_of(each.time), label(each.event)
    if name is None:
        return None
    return EconomicRelease(
        at=when,
        country=label(each.country) or "",
        name=name,
        provenance=_provenance(received_at, received_at),
        impact=_IMPACTS.get(each.impact.lower()),
        unit=label(each.unit),
        actual=optional(each.actual),
        estimate=optional(each.estimate),
        previous=optional(each.prev),
    )


def _provenance(as_of: datetime, received_at: datetime) -> Provenance:
    return Provenance(provider=PROVIDER, as_of=as_of, received_at=received_at)
