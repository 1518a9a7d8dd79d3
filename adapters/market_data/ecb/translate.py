"""What the rates mean for a pair of currencies. What cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Final

from adapters.market_data.ecb.wire import Table
from adapters.market_data.numbers import number, unreadable
from adapters.market_data.periods import start_of
from application.market_data.ports import Span
from domain.market_data.bar import Adjustment, Bar, BarSeries, Interval
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import ZERO, Currency, round_share
from domain.shared.time import zone

PROVIDER: Final = "ecb"
_FRANKFURT: Final = zone("Europe/Berlin")
_PUBLISHED: Final = time(16)
_ONE: Final = Decimal(1)


def quotes(table: Table, asked: Collection[Ticker], received_at: datetime) -> Mapping[Ticker, Quote]:
    """Return the rates of the newest row."""
    day, row = next(table.days(), (None, ()))
    if day is None:
        raise unreadable("there is no rate in it")
    found: dict[Ticker, Quote] = {}
    for ticker in asked:
        base, currency = _pair(ticker)
        price = _rate(table, row, base, currency)
        if price is not None:
            found[ticker] = Quote(
                ticker=ticker, currency=currency, price=price, provenance=_provenance(day, received_at)
            )
    return found


def bars(table: Table, ticker: Ticker, span: Span, received_at: datetime) -> BarSeries | None:
    """Return a bar for each day of the span that has a rate; None if no row of all has both currencies."""
    base, currency = _pair(ticker)
    found: list[Bar] = []
    newest: date | None = None
    for day, row in table.days():
        price = _rate(table, row, base, currency)
        if price is None:
            continue
        newest = newest or day
        start = start_of(day, Interval.DAY, zone("UTC"))
        if span.since <= start < span.until:
            found.append(Bar(start, price, price, price, price, ZERO))
    if newest is None:
        return None
    ordered = sorted(found)
    if any(one.start == other.start for one, other in pairwise(ordered)):
        raise unreadable("a day has two rates")
    return BarSeries(
        ticker=ticker,
        interval=Interval.DAY,
        adjustment=Adjustment.NONE,
        currency=currency,
        bars=ordered,
        provenance=_provenance(newest, received_at),
    )


def _pair(ticker: Ticker) -> tuple[Currency, Currency]:
    pair = ticker.pair
    if pair is None:
        raise AssertionError("only pairs of currencies are asked for")
    return pair


def _rate(table: Table, row: Sequence[str], base: Currency, currency: Currency) -> Decimal | None:
    per_base, per_currency = table.rate(row, base.code), table.rate(row, currency.code)
    if per_base is None or per_currency is None:
        return None
    # a rate to the euro is what they say, to the last digit
    return per_currency if per_base == _ONE else number(round_share(per_currency, _ONE, per_base))


def _provenance(day: date, received_at: datetime) -> Provenance:
    published = datetime.combine(day, _PUBLISHED, _FRANKFURT).astimezone(UTC)
    return Provenance(provider=PROVIDER, as_of=min(published, received_at), received_at=received_at)
