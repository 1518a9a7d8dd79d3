"""What Finnhub's candles mean: those of days are restated for splits, shorter ones are as they were traded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final, NamedTuple

from adapters.market_data.finnhub.wire import Candles, DividendRow, SplitRow
from adapters.market_data.numbers import at, number, unreadable
from adapters.market_data.periods import start_of
from adapters.market_data.values import day_of
from application.market_data.ports import Span
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Split
from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import ZERO, Currency
from domain.shared.time import zone

PROVIDER: Final = "finnhub"
_AMERICA: Final = "America/New_York"
_DOLLAR: Final = Currency("USD")


class Actions(NamedTuple):
    """What changed the number of shares, or was paid for one."""

    splits: Sequence[SplitRow]
    dividends: Sequence[DividendRow]


def bars(pages: Iterable[Candles], actions: Actions, ticker: Ticker, span: Span, received_at: datetime) -> BarSeries:
    """Return the bars of the span, with the splits and dividends of its days."""
    local = zone(_AMERICA)
    first, last = span.since.astimezone(local).date(), span.until.astimezone(local).date()
    is_daily = span.interval.length is None
    try:
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=Adjustment.SPLITS if is_daily else Adjustment.NONE,
            currency=_DOLLAR,
            bars=sorted({bar.start: bar for page in pages for bar in _bars(page, span)}.values()),
            provenance=Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at),
            splits=sorted(_split(row) for row in actions.splits if first <= day_of(row.date) <= last),
            dividends=sorted(
                Dividend(day_of(row.date), number(row.amount if row.adjusted_amount is None else row.adjusted_amount))
                for row in actions.dividends
                if first <= day_of(row.date) <= last and (row.currency or _DOLLAR.code) == _DOLLAR.code
            ),
        )
    except Invalid as error:
        raise unreadable("a bar cannot be true") from error


def _bars(said: Candles, span: Span) -> Iterator[Bar]:
    columns = (said.t, said.o, said.h, said.l, said.c, said.v)
    if len({len(column) for column in columns}) > 1:
        raise unreadable("its columns differ in length")
    for time, opened, high, low, close, volume in zip(*columns, strict=True):
        start = at(time)
        if span.interval.length is None:
            # a day of theirs is told by its midnight in UTC
            start = start_of(start.astimezone(UTC).date(), span.interval, zone(_AMERICA))
        if span.since <= start < span.until:
            yield Bar(start, number(opened), number(high), number(low), number(close), number(volume))


def _split(row: SplitRow) -> Split:
    new, old = number(row.to_factor), number(row.from_factor)
    if new <= ZERO or old <= ZERO:
        raise unreadable("a split is not so many for so many")
    ratio = Fraction(new) / Fraction(old)
    return Split(day_of(row.date), ratio.numerator, ratio.denominator)
