"""What Massive's answers mean. Nothing here waits or asks; what cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from adapters.market_data.massive.symbols import currency_of, share_of, symbol_of
from adapters.market_data.massive.wire import Aggregate, DividendRow, Moved, Snapshot, SplitRow, TickerRow
from adapters.market_data.numbers import at, number, optional, unreadable
from adapters.market_data.periods import start_of
from adapters.market_data.values import currency_of as currency_named
from adapters.market_data.values import day_of, label, prose
from adapters.platform.resilience.failures import Permanent, Reason
from application.market_data.ports import Span
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Interval, Split
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.identifier import is_figi
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO
from domain.shared.time import zone

PROVIDER: Final = "massive"
_AMERICA: Final = "America/New_York"
_NANO: Final = -9
_MILLI: Final = -3
_NOT_FOUND: Final = "NOT_FOUND"
_DELAYS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {"REAL-TIME": timedelta(0), "DELAYED": timedelta(minutes=15)}
)


class Actions(NamedTuple):
    """What changed the number of shares, or was paid for one."""

    splits: Sequence[SplitRow]
    dividends: Sequence[DividendRow]


def quotes(said: Iterable[Snapshot], asked: Collection[Ticker], received_at: datetime) -> Mapping[Ticker, Quote]:
    """Return the quotes of what was asked for; what they do not find or has no price is not known."""
    by_symbol = {symbol_of(ticker): ticker for ticker in asked}
    found: dict[Ticker, Quote] = {}
    for each in said:
        ticker = by_symbol.get(each.ticker)
        if ticker is None or each.error == _NOT_FOUND:
            continue
        if each.error is not None:
            raise Permanent(Reason.UNAUTHORISED, "The plan does not include this.")
        quote = _quote(each, ticker, received_at)
        if quote is not None:
            found[ticker] = quote
    return found


def _quote(said: Snapshot, ticker: Ticker, received_at: datetime) -> Quote | None:
    trade, offer, session = said.last_trade, said.last_quote, said.session
    price = next((each for each in (said.value, trade.price, offer.midpoint, session.close) if each is not None), None)
    if price is None:
        return None
    times = (said.last_updated, trade.sip_timestamp, trade.last_updated, offer.last_updated)
    time = next((each for each in times if each is not None), None)
    frame = trade.timeframe or offer.timeframe or said.timeframe or ""
    return Quote(
        ticker=ticker,
        currency=currency_of(ticker),
        price=number(price),
        provenance=Provenance(
            provider=PROVIDER,
            as_of=received_at if time is None else _at(time, _NANO),
            received_at=received_at,
            delay=_DELAYS.get(frame),
        ),
        previous_close=optional(session.previous_close),
        open=optional(session.open),
        high=optional(session.high),
        low=optional(session.low),
        volume=_count(session.volume),
        bid=optional(offer.bid),
        ask=optional(offer.ask),
        bid_size=_count(offer.bid_size),
        ask_size=_count(offer.ask_size),
        name=label(said.name),
    )


def bars(said: Iterable[Aggregate], actions: Actions, ticker: Ticker, span: Span, received_at: datetime) -> BarSeries:
    """Return the bars of the span as they were traded, with the splits and dividends of its days."""
    local = zone("UTC" if ticker.pair is not None else _AMERICA)
    first, last = span.since.astimezone(local).date(), span.until.astimezone(local).date()
    found: list[Bar] = []
    for each in said:
        start = _at(each.t, _MILLI)
        if span.interval.length is None:
            # a week of theirs begins on a Sunday, and a day before the days of the others
            day = start.astimezone(local).date() + timedelta(days=1 if span.interval is Interval.WEEK else 0)
            start = start_of(day, span.interval, local)
        if span.since <= start < span.until:
            volume = ZERO if each.v is None else number(each.v)
            found.append(Bar(start, number(each.o), number(each.h), number(each.l), number(each.c), volume))
    currency = currency_of(ticker)
    try:
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.NONE,
            currency=currency,
            bars=sorted(found),
            provenance=Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at),
            splits=sorted(_split(row) for row in actions.splits if first <= day_of(row.execution_date) <= last),
            dividends=sorted(
                Dividend(day_of(row.ex_dividend_date), number(row.cash_amount))
                for row in actions.dividends
                if first <= day_of(row.ex_dividend_date) <= last and (row.currency or currency.code) == currency.code
            ),
        )
    except Invalid as error:
        raise unreadable("a bar cannot be true") from error


def _split(row: SplitRow) -> Split:
    new, old = number(row.split_to), number(row.split_from)
    if new <= ZERO or old <= ZERO:
        raise unreadable("a split is not so many for so many")
    ratio = Fraction(new) / Fraction(old)
    return Split(day_of(row.execution_date), ratio.numerator, ratio.denominator)


def listings(rows: Iterable[TickerRow]) -> Sequence[Listing]:
    """Return the American shares of this."""
    known: dict[Ticker, Listing] = {}
    for row in rows:
        name = label(row.name)
        ticker = share_of(row.ticker, row.type or "", row.primary_exchange) if row.market == "stocks" else None
        if ticker is None or name is None:
            continue
        figi = row.composite_figi
        known.setdefault(
            ticker,
            Listing(
                ticker=ticker,
                name=name,
                currency=currency_named(row.currency_name) if row.currency_name else None,
                figi=figi if figi is not None and is_figi(figi) else None,
                delisted_on=_day(row.delisted_utc),
            ),
        )
    return list(known.values())


def fundamentals(row: TickerRow, ticker: Ticker, received_at: datetime) -> Fundamentals | None:
    """Return what is said of a company; None if it is not even named."""
    name = label(row.name)
    if name is None:
        return None
    said = {"market_cap": row.market_cap, "shares_outstanding": row.share_class_shares_outstanding}
    return Fundamentals(
        ticker=ticker,
        name=name,
        currency=currency_named(row.currency_name) if row.currency_name else None,
        provenance=Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at),
        industry=label(row.sic_description),
        country=label((row.locale or "").upper()),
        website=label(row.homepage_url),
        description=prose(row.description),
        figures={each: number(value) for each, value in said.items() if value is not None},
    )


def movers(said: Iterable[Moved], received_at: datetime) -> Sequence[Quote]:
    """Return quotes of those whose symbols can be read and that have a price, in their order."""
    found: dict[Ticker, Quote] = {}
    for each in said:
        ticker = share_of(each.ticker)
        price = each.day.c if each.last_trade.p is None else each.last_trade.p
        if ticker is None or price is None or ticker.asset_class is not AssetClass.STOCK:
            continue
        found[ticker] = Quote(
            ticker=ticker,
            currency=currency_of(ticker),
            price=number(price),
            provenance=Provenance(
                provider=PROVIDER,
                as_of=received_at if each.updated is None else _at(each.updated, _NANO),
                received_at=received_at,
            ),
            previous_close=optional(each.prev_day.c),
            open=optional(each.day.o),
            high=optional(each.day.h),
            low=optional(each.day.l),
            volume=_count(each.day.v),
        )
    return list(found.values())


def _at(count: int, power: int) -> datetime:
    return at(EXACT.scaleb(number(Decimal(count)), power))


def _count(value: Decimal | None) -> Decimal | None:
    counted = optional(value)
    if counted is not None and counted < ZERO:
        raise unreadable("a count is less than nothing")
    return counted


def _day(text: str | None) -> date | None:
    return None if text is None else day_of(text)
