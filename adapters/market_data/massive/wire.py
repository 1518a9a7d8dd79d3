"""What Massive sends: the members that are read. Their short names are explained where they are not plain."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Session(Struct, frozen=True):
    """The session under way, or the last one."""

    close: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    previous_close: Decimal | None = None
    volume: Decimal | None = None


class LastTrade(Struct, frozen=True):
    """Times are in nanoseconds."""

    price: Decimal | None = None
    sip_timestamp: int | None = None
    last_updated: int | None = None
    timeframe: str | None = None


class LastQuote(Struct, frozen=True):
    """Times are in nanoseconds."""

    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    midpoint: Decimal | None = None
    last_updated: int | None = None
    timeframe: str | None = None


class Snapshot(Struct, frozen=True):
    """One of GET /v3/snapshot; `error` says why there is nothing about a ticker."""

    ticker: str
    error: str | None = None
    name: str | None = None
    value: Decimal | None = None
    last_updated: int | None = None
    timeframe: str | None = None
    session: Session = Session()
    last_trade: LastTrade = LastTrade()
    last_quote: LastQuote = LastQuote()


class SnapshotReply(Struct, frozen=True):
    """GET /v3/snapshot."""

    results: list[Snapshot]


class Aggregate(Struct, frozen=True):
    """A bar that starts at `t`, in milliseconds."""

    t: int
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741 - their name
    c: Decimal
    v: Decimal | None = None


class AggregatesReply(Struct, frozen=True):
    """GET /v2/aggs/ticker/...; `next_url` leads to what did not fit."""

    status: str
    results: list[Aggregate] = field(default_factory=list[Aggregate])
    next_url: str | None = None


class SplitRow(Struct, frozen=True):
    """So many for so many."""

    execution_date: str
    split_from: Decimal
    split_to: Decimal


class SplitsReply(Struct, frozen=True):
    """GET /v3/reference/splits."""

    results: list[SplitRow]


class DividendRow(Struct, frozen=True):
    """For a unit of its day."""

    ex_dividend_date: str
    cash_amount: Decimal
    currency: str | None = None


class DividendsReply(Struct, frozen=True):
    """GET /v3/reference/dividends."""

    results: list[DividendRow]


class TickerRow(Struct, frozen=True):
    """Something that is, or was, traded."""

    ticker: str
    name: str
    market: str
    type: str | None = None
    primary_exchange: str | None = None
    currency_name: str | None = None
    composite_figi: str | None = None
    delisted_utc: str | None = None
    market_cap: Decimal | None = None
    share_class_shares_outstanding: Decimal | None = None
    sic_description: str | None = None
    homepage_url: str | None = None
    description: str | None = None
    locale: str | None = None


class TickersReply(Struct, frozen=True):
    """GET /v3/reference/tickers."""

    results: list[TickerRow]


class TickerReply(Struct, frozen=True):
    """GET /v3/reference/tickers/{ticker}."""

    results: TickerRow


class Day(Struct, frozen=True):
    """A session: open, high, low, close and volume."""

    o: Decimal | None = None
    h: Decimal | None = None
    l: Decimal | None = None  # noqa: E741 - their name
    c: Decimal | None = None
    v: Decimal | None = None


class Trade(Struct, frozen=True):
    """A price."""

    p: Decimal | None = None


class Moved(Struct, frozen=True, rename="camel"):
    """A share that moved, as of a time in nanoseconds."""

    ticker: str
    updated: int | None = None
    day: Day = Day()
    prev_day: Day = Day()
    last_trade: Trade = Trade()


class MoversReply(Struct, frozen=True):
    """GET /v2/snapshot/locale/us/markets/stocks/gainers and losers."""

    tickers: list[Moved]
