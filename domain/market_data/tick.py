"""What something costs at this instant: what a feed said, and all that is known once it was said."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


class TickUpdate(NamedTuple):
    """One message of a feed about one thing; None is not said, and leaves what was said before as it is.

    `as_of` is the exchange's time, as far as the feed tells it. `order` is the provider's own count within one kind of
    message, where it has one: of two messages of the same time the larger is the later.
    """

    ticker: Ticker
    provider: str
    as_of: datetime
    received_at: datetime
    currency: Currency
    simulated: bool = False
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    last_size: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    volume: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    previous_close: Decimal | None = None
    order: int | None = None


class Tick(NamedTuple):
    """All that is known of a thing after an update, so that any tick stands for itself; None is not known.

    Sizes belong to the price beside them. `volume`, `open`, `high` and `low` are of the session under way or the last
    one, `previous_close` of the one before it.
    """

    ticker: Ticker
    provider: str
    as_of: datetime
    received_at: datetime
    currency: Currency
    simulated: bool
    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    last_size: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    volume: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    previous_close: Decimal | None
