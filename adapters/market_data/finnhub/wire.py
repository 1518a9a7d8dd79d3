"""What Finnhub sends: the members that are read."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class QuoteReply(Struct, frozen=True):
    """GET /quote: current, high, low, open, previous close; all zero for what does not exist."""

    c: Decimal
    t: int
    h: Decimal | None = None
    l: Decimal | None = None  # noqa: E741 - their name
    o: Decimal | None = None
    pc: Decimal | None = None


class Candles(Struct, frozen=True):
    """GET /stock/candle: a column for each figure; `s` is no_data where there is none."""

    s: str
    t: list[int] = []
    o: list[Decimal] = []
    h: list[Decimal] = []
    l: list[Decimal] = []  # noqa: E741 - their name
    c: list[Decimal] = []
    v: list[Decimal] = []


class SplitRow(Struct, frozen=True, rename="camel"):
    """GET /stock/split: so many become so many."""

    date: str
    from_factor: Decimal
    to_factor: Decimal


class DividendRow(Struct, frozen=True, rename="camel"):
    """GET /stock/dividend: paid for a share of that day, and for one of today."""

    date: str
    amount: Decimal
    adjusted_amount: Decimal | None = None
    currency: str = ""


class Found(Struct, frozen=True):
    """Something that goes by the words searched for."""

    symbol: str = ""
    description: str = ""
    type: str = ""


class SearchReply(Struct, frozen=True):
    """GET /search."""

    result: list[Found]


class Profile(Struct, frozen=True, rename="camel"):
    """GET /stock/profile2, with amounts and counts in millions; empty for what does not exist."""

    name: str = ""
    country: str = ""
    currency: str = ""
    market_capitalization: Decimal | None = None
    share_outstanding: Decimal | None = None
    weburl: str = ""
    finnhub_industry: str = ""


class Metric(Struct, frozen=True):
    """Figures of a company; shares and margins are in per cent."""

    price_to_earnings: Decimal | None = field(default=None, name="peTTM")
    earnings_per_share: Decimal | None = field(default=None, name="epsTTM")
    book_value_per_share: Decimal | None = field(default=None, name="bookValuePerShareQuarterly")
    price_to_book: Decimal | None = field(default=None, name="pbQuarterly")
    beta: Decimal | None = None
    dividend_yield: Decimal | None = field(default=None, name="currentDividendYieldTTM")
    profit_margin: Decimal | None = field(default=None, name="netProfitMarginTTM")
    return_on_equity: Decimal | None = field(default=None, name="roeTTM")


class MetricReply(Struct, frozen=True):
    """GET /stock/metric."""

    metric: Metric = Metric()


class Earnings(Struct, frozen=True, rename="camel"):
    """A report of a day."""

    symbol: str
    date: str
    hour: str = ""
    quarter: int | None = None
    year: int | None = None
    eps_estimate: Decimal | None = None
    eps_actual: Decimal | None = None
    revenue_estimate: Decimal | None = None
    revenue_actual: Decimal | None = None


class EarningsReply(Struct, frozen=True, rename="camel"):
    """GET /calendar/earnings."""

    earnings_calendar: list[Earnings]


class Release(Struct, frozen=True):
    """A figure that is published; its time is in UTC."""

    country: str
    event: str
    time: str
    impact: str = ""
    unit: str = ""
    actual: Decimal | None = None
    estimate: Decimal | None = None
    prev: Decimal | None = None


class ReleasesReply(Struct, frozen=True, rename="camel"):
    """GET /calendar/economic."""

    economic_calendar: list[Release]


class Story(Struct, frozen=True):
    """GET /company-news and GET /news: an article, with its time in seconds since 1970 and symbols between commas."""

    id: int | str
    datetime: int
    headline: str | None = None
    summary: str | None = None
    source: str | None = None
    url: str | None = None
    related: str = ""
