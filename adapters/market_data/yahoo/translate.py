"""What Yahoo's answers mean. Nothing here waits or asks; what cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from adapters.market_data.numbers import at, number, of_single, optional, unreadable
from adapters.market_data.values import currency_of, label, optional_whole, whole
from adapters.market_data.yahoo.symbols import symbol_of, ticker_of
from adapters.market_data.yahoo.wire import (
    ChartResult,
    Columns,
    Events,
    Found,
    QuoteResult,
    Summary,
)
from application.market_data.ports import Span
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Interval, Split
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Trend
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import ZERO
from domain.shared.time import zone

PROVIDER: Final = "yahoo"
INTERVALS: Final[Mapping[Interval, str]] = MappingProxyType(
    {
        Interval.MINUTE: "1m",
        Interval.FIVE_MINUTES: "5m",
        Interval.FIFTEEN_MINUTES: "15m",
        Interval.HALF_HOUR: "30m",
        Interval.HOUR: "1h",
        Interval.DAY: "1d",
        Interval.WEEK: "1wk",
        Interval.MONTH: "1mo",
    }
)
# what the figures of a summary are called here; each part of it by itself
_FIGURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trailing_pe": "price_to_earnings",
        "forward_pe": "forward_price_to_earnings",
        "dividend_yield": "dividend_yield",
        "payout_ratio": "payout_ratio",
        "beta": "beta",
        "trailing_eps": "earnings_per_share",
        "forward_eps": "forward_earnings_per_share",
        "book_value": "book_value_per_share",
        "price_to_book": "price_to_book",
        "shares_outstanding": "shares_outstanding",
        "total_revenue": "revenue",
        "ebitda": "ebitda",
        "total_cash": "cash",
        "total_debt": "debt",
        "free_cashflow": "free_cash_flow",
        "profit_margins": "profit_margin",
        "return_on_equity": "return_on_equity",
        "debt_to_equity": "debt_to_equity",
    }
)


def quotes(results: Sequence[QuoteResult], asked: Collection[Ticker], received_at: datetime) -> Mapping[Ticker, Quote]:
    """Return the quotes of what was asked for, by ticker; what has no price, currency or time is not known."""
    by_symbol = {symbol_of(ticker).upper(): ticker for ticker in asked}
    found: dict[Ticker, Quote] = {}
    for result in results:
        ticker = by_symbol.get(result.symbol.upper())
        quote = None if ticker is None else _quote(ticker, result, received_at)
        if quote is not None:
            found[quote.ticker] = quote
    return found


def tickers(results: Sequence[QuoteResult]) -> Sequence[Ticker]:
    """Return the tickers of these, in their order, without those that no rule reads."""
    found: dict[Ticker, None] = {}
    for result in results:
        with suppress(Invalid):
            found.setdefault(Ticker.parse(result.symbol))
    return list(found)


def trends(ranked: Sequence[Ticker], quoted: Mapping[Ticker, Quote], received_at: datetime) -> Sequence[Trend]:
    """Return those of these that have a name, in their order."""
    named = [(ticker, quote.name) for ticker in ranked if (quote := quoted.get(ticker)) is not None and quote.name]
    provenance = Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at)
    return [
        Trend(ticker=ticker, name=name, rank=rank, provenance=provenance)
        for rank, (ticker, name) in enumerate(named, start=1)
    ]


def _quote(ticker: Ticker, result: QuoteResult, received_at: datetime) -> Quote | None:
    code, price, seconds = result.currency, result.regular_market_price, result.regular_market_time
    if code is None or price is None or seconds is None:
        return None
    currency = currency_of(code)
    delay = result.exchange_data_delayed_by
    return Quote(
        ticker=ticker,
        currency=currency,
        price=whole(code, price),
        provenance=Provenance(
            provider=PROVIDER,
            as_of=at(seconds),
            received_at=received_at,
            delay=None if delay is None else timedelta(minutes=delay),
        ),
        previous_close=optional_whole(code, result.regular_market_previous_close),
        open=optional_whole(code, result.regular_market_open),
        high=optional_whole(code, result.regular_market_day_high),
        low=optional_whole(code, result.regular_market_day_low),
        volume=optional(result.regular_market_volume),
        bid=optional_whole(code, result.bid) or None,
        ask=optional_whole(code, result.ask) or None,
        bid_size=optional(result.bid_size) or None,
        ask_size=optional(result.ask_size) or None,
        market_cap=optional(result.market_cap),
        name=label(result.long_name or result.short_name),
    )


def bars(result: ChartResult, ticker: Ticker, span: Span, received_at: datetime) -> BarSeries:
    """Return the bars that start within the span; a row with a hole in it is none."""
    meta = result.meta
    code = meta.currency or (ticker.currency.code if ticker.currency is not None else None)
    if code is None:
        raise unreadable("it does not say in which currency")
    try:
        local = zone(meta.exchange_timezone_name)
    except Invalid:
        raise unreadable("it is of a time zone that nobody knows") from None
    by_start: dict[datetime, Bar] = {}
    for bar in _rows(result, code):
        start = bar.start if span.interval.length is not None else _midnight(bar.start, local)
        # what trades now comes as a row of its own, later than the bar that it belongs to, and replaces it
        if span.since <= start < span.until:
            by_start[start] = bar._replace(start=start)
    seconds = meta.regular_market_time
    try:
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.SPLITS,
            currency=currency_of(code),
            bars=[by_start[start] for start in sorted(by_start)],
            provenance=Provenance(
                provider=PROVIDER,
                as_of=received_at if seconds is None else at(seconds),
                received_at=received_at,
            ),
            splits=_splits(result.events, local),
            dividends=_dividends(result.events, local, code),
        )
    except Invalid as error:
        raise unreadable("a bar cannot be true") from error


def _rows(result: ChartResult, code: str) -> Iterator[Bar]:
    columns = result.indicators.quote[0] if result.indicators.quote else Columns()
    lists = (columns.open, columns.high, columns.low, columns.close)
    if any(len(column) != len(result.timestamp) for column in (*lists, columns.volume)):
        if any(lists):
            raise unreadable("its columns are not as long as its times")
        return
    for seconds, opened, high, low, close, volume in zip(result.timestamp, *lists, columns.volume, strict=True):
        if opened is None or high is None or low is None or close is None:
            continue
        yield Bar(
            at(seconds),
            whole(code, of_single(opened)),
            whole(code, of_single(high)),
            whole(code, of_single(low)),
            whole(code, of_single(close)),
            ZERO if volume is None else number(volume),
        )


def _midnight(start: datetime, local: ZoneInfo) -> datetime:
    there = datetime.combine(start.astimezone(local).date(), time(), local)
    return there.astimezone(start.tzinfo)


def _splits(events: Events, local: ZoneInfo) -> Sequence[Split]:
    splits: list[Split] = []
    for event in events.splits.values():
        new, old = number(event.numerator), number(event.denominator)
        if new <= ZERO or old <= ZERO:
            raise unreadable("a split is not so many for so many")
        ratio = Fraction(new) / Fraction(old)
        splits.append(Split(_day(event.date, local), ratio.numerator, ratio.denominator))
    return sorted(splits)


def _dividends(events: Events, local: ZoneInfo, code: str) -> Sequence[Dividend]:
    return sorted(
        Dividend(_day(event.date, local), whole(code, of_single(event.amount))) for event in events.dividends.values()
    )


def _day(seconds: int, local: ZoneInfo) -> date:
    return at(seconds).astimezone(local).date()


def listings(found: Sequence[Found]) -> Sequence[Listing]:
    """Return what of this is listed under a symbol that can be read."""
    known: dict[Ticker, Listing] = {}
    for each in found:
        try:
            ticker = ticker_of(each.symbol, each.exchange, each.quotetype)
        except Invalid:
            continue
        name = label(each.longname or each.shortname)
        if ticker is not None and name is not None:
            known.setdefault(ticker, Listing(ticker=ticker, name=name, currency=ticker.currency))
    return list(known.values())


def fundamentals(summary: Summary, ticker: Ticker, received_at: datetime) -> Fundamentals | None:
    """Return what the summary says; None if it does not even name the thing."""
    price, profile, statistics = summary.price, summary.asset_profile, summary.default_key_statistics
    name = None if price is None else label(price.long_name or price.short_name)
    if price is None or name is None:
        return None
    figures: dict[str, Decimal] = {}
    if price.market_cap is not None:
        figures["market_cap"] = number(price.market_cap)
    for part in (summary.summary_detail, statistics, summary.financial_data):
        figures |= _figures(part)
    quarter = None if statistics is None else statistics.most_recent_quarter
    seconds = price.regular_market_time
    return Fundamentals(
        ticker=ticker,
        name=name,
        currency=None if price.currency is None else currency_of(price.currency),
        provenance=Provenance(
            provider=PROVIDER, as_of=received_at if seconds is None else at(seconds), received_at=received_at
        ),
        sector=None if profile is None else profile.sector,
        industry=None if profile is None else profile.industry,
        country=None if profile is None else profile.country,
        website=None if profile is None else profile.website,
        description=None if profile is None else profile.long_business_summary,
        fiscal_period_end=None if quarter is None else at(quarter).date(),
        figures=figures,
    )


def _figures(part: object) -> Iterator[tuple[str, Decimal]]:
    for theirs, ours in _FIGURES.items():
        value: Decimal | None = getattr(part, theirs, None)
        # a ratio to nothing is infinite to them, and none to us
        if value is not None and value.is_finite():
            yield ours, number(value)
