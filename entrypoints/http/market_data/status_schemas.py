"""What goes over the wire for the status of markets."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.calendar import MarketState, MarketStatus
from entrypoints.http.types import DateText, Instant


class MarketStatusBody(Struct, rename="camel", kw_only=True):
    """Whether an exchange trades now."""

    exchange: Annotated[str, Meta(description="Its code here.", examples=["NYSE"])]
    mic: Annotated[str | None, Meta(description="Its market identifier code.", examples=["XNYS"])]
    name: Annotated[str, Meta(examples=["New York Stock Exchange"])]
    time_zone: Annotated[str, Meta(description="The IANA time zone of its clock.", examples=["America/New_York"])]
    state: Annotated[MarketState, Meta(description="`break` lies between two sessions of one day.", examples=["open"])]
    date: Annotated[DateText, Meta(description="The date by its clock.")]
    special: Annotated[
        str | None,
        Meta(description="What makes the day different: a holiday, a half day.", examples=["Thanksgiving Day"]),
    ]
    opens_at: Annotated[Instant | None, Meta(description="The next opening; null for what never closes.")]
    closes_at: Annotated[Instant | None, Meta(description="The end of the session under way, or else of the next one.")]


def market_status_body(status: MarketStatus) -> MarketStatusBody:
    """Render the status of one exchange."""
    return MarketStatusBody(
        exchange=status.exchange.code,
        mic=status.exchange.mic,
        name=status.exchange.name,
        time_zone=status.exchange.zone,
        state=status.state,
        date=status.day.isoformat(),
        special=None if status.special is None else status.special.name,
        opens_at=status.opens_at,
        closes_at=status.closes_at,
    )
