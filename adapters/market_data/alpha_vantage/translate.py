"""What Alpha Vantage's answers mean. Nothing here waits or asks; what cannot be true raises Unknown, `unreadable`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from adapters.market_data.alpha_vantage.symbols import ticker_of, unit_of
from adapters.market_data.alpha_vantage.wire import (
    GlobalQuote,
    Match,
    Mover,
    Overview,
    Rate,
    Row,
    SeriesReply,
)
from adapters.market_data.numbers import number, unreadable, written
from adapters.market_data.periods import start_of
from adapters.market_data.values import currency_of, day_of, instant_of, label, prose, whole
from application.market_data.ports import Span
from domain.market_data.announcement import EarningsReport, Hour
from domain.market_data.bar import Adjustment, Bar, BarSeries
from domain.market_data.exchange import EXCHANGES
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, Currency
from domain.shared.time import zone

T = TypeVar("T")

PROVIDER: Final = "alpha_vantage"
# a series that is cut off has as many bars
_COMPACT: Final = 100
_AMERICA: Final = "America/New_York"
_CLOSES: Final = time(16)
_NOTHING: Final = frozenset({"", "None", "-", "null"})
_FIGURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "market_capitalization": "market_cap",
        "pe_ratio": "price_to_earnings",
        "forward_pe": "forward_price_to_earnings",
        "price_to_book_ratio": "price_to_book",
        "book_value": "book_value_per_share",
        "dividend_yield": "dividend_yield",
        "eps": "earnings_per_share",
        "revenue": "revenue",
        "ebitda": "ebitda",
        "profit_margin": "profit_margin",
        "return_on_equity": "return_on_equity",
        "beta": "beta",
        "shares_outstanding": "shares_outstanding",
    }
)
_HOURS: Final[Mapping[str, Hour]] = MappingProxyType({"pre-market": Hour.BEFORE_OPEN, "post-market": Hour.AFTER_CLOSE})
_COLUMNS: Final = frozenset({"symbol", "name", "reportDate", "fiscalDateEnding", "estimate"})


def quote(said: GlobalQuote, ticker: Ticker, received_at: datetime) -> Quote | None:
    """Return the quote of a share; None if it has none. It is of the end of its day, or of now."""
    if said.price is None or said.day is None:
        return None
    code = unit_of(ticker)
    local = zone(_AMERICA if ticker.exchange is None else EXCHANGES[ticker.exchange].zone)
    closes = datetime.combine(day_of(said.day), _CLOSES, local).astimezone(UTC)
    return Quote(
        ticker=ticker,
        currency=currency_of(code),
        price=whole(code, written(said.price)),
        provenance=_provenance(min(closes, received_at), received_at),
        previous_close=_price(code, said.previous_close),
        open=_price(code, said.open),
        high=_price(code, said.high),
        low=_price(code, said.low),
        volume=_count(said.volume),
    )


def rate(said: Rate, ticker: Ticker, currency: Currency, received_at: datetime) -> Quote:
    """Return what a currency or a coin costs in another."""
    return Quote(
        ticker=ticker,
        currency=currency,
        price=written(said.rate),
        provenance=_provenance(instant_of(said.refreshed), received_at),
        bid=_optional(said.bid),
        ask=_optional(said.ask),
    )


def bars(reply: SeriesReply, ticker: Ticker, span: Span, received_at: datetime) -> tuple[BarSeries, date | None]:
    """Return the bars that start within the span, and the day of the oldest of all, if they may have been cut off."""
    meta = _part(reply, "Meta Data", dict[str, object])
    local = _zone(next((value for name, value in meta.items() if name.endswith("Time Zone")), None))
    rows = _part(reply, "Time Series", dict[str, Row])
    code = unit_of(ticker)
    found = [
        bar
        for name, row in rows.items()
        if span.since <= (bar := _bar(name, row, code, span, local)).start < span.until
    ]
    found.sort()
    oldest = day_of(min(rows)) if len(rows) >= _COMPACT else None
    try:
        series = BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=currency_of(code),
            bars=found,
            provenance=_provenance(received_at, received_at),
        )
    except Invalid as error:
        raise unreadable("a bar cannot be true") from error
    return series, oldest


def _part(reply: SeriesReply, name: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(next(raw for key, raw in reply.items() if name in key), type=kind)
    except (StopIteration, msgspec.DecodeError, UnicodeDecodeError):
        raise unreadable("there is no series in it") from None


def _zone(name: object) -> ZoneInfo:
    try:
        return zone(str(name).replace("US/Eastern", _AMERICA))
    except Invalid:
        raise unreadable("it is of a time zone that nobody knows") from None


def _bar(name: str, row: Row, code: str, span: Span, local: ZoneInfo) -> Bar:
    if span.interval.length is None:
        start = start_of(day_of(name), span.interval, local)
    else:
        start = instant_of(name).replace(tzinfo=local).astimezone(UTC)
    opened, high, low, close = (whole(code, written(text)) for text in (row.open, row.high, row.low, row.close))
    return Bar(start, opened, high, low, close, written(row.volume))


def listings(matches: Iterable[Match]) -> Sequence[Listing]:
    """Return what of this is listed on an exchange that is known here."""
    known: dict[Ticker, Listing] = {}
    for match in matches:
        ticker, name = ticker_of(match.symbol, match.kind), label(match.name)
        if ticker is not None and name is not None:
            known.setdefault(ticker, Listing(ticker=ticker, name=name, currency=_currency(match.currency)))
    return list(known.values())


def fundamentals(said: Overview, ticker: Ticker, received_at: datetime) -> Fundamentals | None:
    """Return what the overview says; None if it does not even name the company."""
    name = label(said.name)
    if name is None:
        return None
    return Fundamentals(
        ticker=ticker,
        name=name,
        currency=_currency(said.currency),
        provenance=_provenance(received_at, received_at),
        sector=_text(said.sector),
        industry=_text(said.industry),
        country=_text(said.country),
        website=_text(said.official_site),
        description=None if said.description in _NOTHING else prose(said.description),
        fiscal_period_end=None if said.latest_quarter in _NOTHING else day_of(said.latest_quarter),
        figures=dict(_figures(said)),
    )


def _figures(said: Overview) -> Iterator[tuple[str, Decimal]]:
    for theirs, ours in _FIGURES.items():
        text: str = getattr(said, theirs)
        if text not in _NOTHING:
            yield ours, written(text)


def movers(said: Iterable[Mover], updated: str, received_at: datetime) -> Sequence[Quote]:
    """Return quotes of those whose symbols can be read, in their order."""
    text, _, name = updated.rpartition(" ")
    as_of = instant_of(text).replace(tzinfo=_zone(name)).astimezone(UTC)
    found: dict[Ticker, Quote] = {}
    for mover in said:
        ticker = ticker_of(mover.ticker, "Equity")
        if ticker is None:
            continue
        price = written(mover.price)
        found[ticker] = Quote(
            ticker=ticker,
            currency=Currency("USD"),
            price=price,
            provenance=_provenance(as_of, received_at),
            previous_close=number(EXACT.subtract(price, written(mover.change_amount))),
            volume=_count(mover.volume),
        )
    return list(found.values())


def earnings(body: bytes, first: date, last: date, received_at: datetime) -> Sequence[EarningsReport]:
    """Return the reports of these days that companies of known symbols give."""
    try:
        rows = csv.DictReader(body.decode("utf-8").splitlines(), strict=True)
        if not set(rows.fieldnames or ()) >= _COLUMNS:
            raise unreadable("it is not the table it should be")
        found = [report for row in rows if (report := _report(row, received_at)) is not None]
    except (csv.Error, UnicodeDecodeError):
        raise unreadable("it is not the table it should be") from None
    return sorted((each for each in found if first <= each.day <= last), key=lambda each: (each.day, each.ticker))


def _report(row: Mapping[str, str | None], received_at: datetime) -> EarningsReport | None:
    ticker = ticker_of(row["symbol"] or "", "Equity")
    if ticker is None:
        return None
    ends = row["fiscalDateEnding"] or ""
    return EarningsReport(
        ticker=ticker,
        day=day_of(row["reportDate"] or ""),
        provenance=_provenance(received_at, received_at),
        name=label(row["name"]),
        hour=_HOURS.get(row.get("timeOfTheDay") or ""),
        fiscal_period_end=day_of(ends) if ends else None,
        earnings_estimate=_optional(row["estimate"]),
    )


def _provenance(as_of: datetime, received_at: datetime) -> Provenance:
    return Provenance(provider=PROVIDER, as_of=as_of, received_at=received_at)


def _optional(text: str | None) -> Decimal | None:
    return None if text is None or text in _NOTHING else written(text)


def _price(code: str, text: str | None) -> Decimal | None:
    value = _optional(text)
    return None if value is None else whole(code, value)


def _count(text: str | None) -> Decimal | None:
    value = _optional(text)
    if value is not None and value < ZERO:
        raise unreadable("a count is less than nothing")
    return value


def _currency(code: str) -> Currency | None:
    return None if code in _NOTHING else currency_of(code)


def _text(text: str) -> str | None:
    return None if text in _NOTHING else label(text)
