"""What goes over the wire for histories."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from application.market_data.read_history import HistoriesView
from domain.market_data.bar import Adjustment, Bar, BarSeries, Interval
from domain.shared.money import plain
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.market_data.quote_schemas import MissingBody, missing_body
from entrypoints.http.types import AmountText, CurrencyText, DateText, Instant, decimal_text


class BarBody(Struct, rename="camel"):
    """A period of trading."""

    start: Annotated[
        Instant, Meta(description="When it begins; from a day on, the exchange's midnight of its first day.")
    ]
    open: AmountText
    high: AmountText
    low: AmountText
    close: AmountText
    volume: AmountText


class SplitBody(Struct, rename="camel", kw_only=True):
    """From the morning of the date on, `new` units are what `old` units were."""

    date: DateText
    new: Annotated[int, Meta(ge=1, examples=[4])]
    old: Annotated[int, Meta(ge=1, examples=[1])]


class DividendBody(Struct, rename="camel", kw_only=True):
    """Paid for each unit held when the date begins."""

    date: DateText
    amount: AmountText


class HistoryBody(Struct, rename="camel", kw_only=True):
    """What something has cost: bars of one provider, oldest first, with splits and dividends beside them."""

    symbol: Annotated[str, Meta(examples=["AAPL"])]
    interval: Annotated[Interval, Meta(examples=["1d"])]
    adjustment: Annotated[
        Adjustment,
        Meta(description="What prices are restated for; a provider may not be able to tell as was wanted."),
    ]
    currency: CurrencyText
    bars: list[BarBody]
    splits: list[SplitBody]
    dividends: list[DividendBody]
    provenance: ProvenanceBody


class HistoriesBody(Struct, rename="camel", kw_only=True):
    """Histories of several symbols, and which of them have none."""

    histories: list[HistoryBody]
    missing: list[MissingBody]


def history_body(series: BarSeries) -> HistoryBody:
    """Render a series."""
    return HistoryBody(
        symbol=str(series.ticker),
        interval=series.interval,
        adjustment=series.adjustment,
        currency=series.currency.code,
        bars=[_bar(bar) for bar in series.bars],
        splits=[SplitBody(date=each.day.isoformat(), new=each.new, old=each.old) for each in series.splits],
        dividends=[
            DividendBody(date=each.day.isoformat(), amount=decimal_text(each.amount)) for each in series.dividends
        ],
        provenance=provenance_body(series.provenance),
    )


def histories_body(view: HistoriesView) -> HistoriesBody:
    """Render histories, and what is missing."""
    return HistoriesBody(
        histories=[history_body(each.value) for each in view.histories],
        missing=[missing_body(each) for each in view.missing],
    )


def _bar(bar: Bar) -> BarBody:
    start, opened, high, low, close, volume = bar
    # written out, as a history has thousands
    return BarBody(start, plain(opened), plain(high), plain(low), plain(close), plain(volume))
