"""What goes over the wire for backfills and for what histories lack."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from application.market_data.backfill.request_backfill import MOST_SYMBOLS, RequestBackfillCommand
from application.market_data.history import Range
from application.market_data.read_gaps import GapsView
from domain.market_data.bar import Interval
from domain.market_data.ticker import Ticker
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.market_data.texts import SymbolText
from entrypoints.http.types import DateText, to_date


class BackfillRequest(Struct, rename={"first": "from"}, kw_only=True, forbid_unknown_fields=True):
    """Which histories should be there before they are asked for."""

    symbols: Annotated[
        list[SymbolText],
        Meta(min_length=1, max_length=MOST_SYMBOLS, description="Each is fetched once.", examples=[["AAPL", "MSFT"]]),
    ]
    interval: Annotated[
        Interval, Meta(description="The length of a bar; weeks and months are made of days.", examples=["1d"])
    ] = Interval.DAY
    range: Annotated[Range, Meta(description="How far back; a year if nothing is said.", examples=["10y"])] | None = (
        None
    )
    first: Annotated[DateText, Meta(description="From which day on, in place of a range.")] | None = None

    def to_command(self) -> RequestBackfillCommand:
        """Read what is wanted; raise Invalid for what can be no symbol."""
        return RequestBackfillCommand(
            tickers=[Ticker.parse(symbol) for symbol in self.symbols],
            interval=self.interval,
            range=self.range,
            first=None if self.first is None else to_date(self.first, "from"),
        )


class GapBody(Struct, rename={"first": "from", "last": "to"}, kw_only=True):
    """Days of trading that follow each other, without a bar."""

    first: DateText
    last: DateText
    days: Annotated[int, Meta(ge=1, description="How many days of trading that are.", examples=[1])]


class GapsBody(Struct, rename="camel", kw_only=True):
    """Which days of trading a history has no bar of."""

    symbol: Annotated[str, Meta(examples=["AAPL"])]
    interval: Annotated[Interval, Meta(examples=["1d"])]
    exchange: Annotated[str, Meta(description="Whose calendar says when there was trading.", examples=["NYSE"])]
    first_day: Annotated[
        DateText | None, Meta(description="The first day with a bar, before which nothing is missing.")
    ]
    last_day: Annotated[DateText | None, Meta(description="The last day that is looked at.")]
    days: Annotated[int, Meta(ge=0, description="How many days have a bar.", examples=[251])]
    missing_days: Annotated[int, Meta(ge=0, description="How many days of trading have none.", examples=[0])]
    gaps: list[GapBody]
    provenance: ProvenanceBody


def gaps_body(view: GapsView) -> GapsBody:
    """Render what is missing."""
    series = view.history.value
    return GapsBody(
        symbol=str(series.ticker),
        interval=series.interval,
        exchange=view.exchange.code,
        first_day=None if view.first is None else view.first.isoformat(),
        last_day=None if view.last is None else view.last.isoformat(),
        days=view.days,
        missing_days=sum(gap.days for gap in view.gaps),
        gaps=[GapBody(first=gap.first.isoformat(), last=gap.last.isoformat(), days=gap.days) for gap in view.gaps],
        provenance=provenance_body(series.provenance),
    )
