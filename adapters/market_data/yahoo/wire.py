"""What Yahoo sends: the members that are read. All others are ignored, and nearly all may be missing."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Trouble(Struct, frozen=True):
    """What went wrong, in their words."""

    code: str = ""


class ChartMeta(Struct, frozen=True, rename="camel"):
    """What the bars are of."""

    symbol: str
    exchange_timezone_name: str
    currency: str | None = None
    regular_market_time: int | None = None


class DividendEvent(Struct, frozen=True):
    """Paid for a unit of today's, to who held it before that day."""

    amount: Decimal
    date: int


class SplitEvent(Struct, frozen=True):
    """So many for so many; not always whole."""

    numerator: Decimal
    denominator: Decimal
    date: int


class Events(Struct, frozen=True):
    """By the time they fell on."""

    dividends: dict[str, DividendEvent] = field(default_factory=dict[str, DividendEvent])
    splits: dict[str, SplitEvent] = field(default_factory=dict[str, SplitEvent])


class Columns(Struct, frozen=True):
    """One number for each time, or null."""

    open: list[Decimal | None] = field(default_factory=list["Decimal | None"])
    high: list[Decimal | None] = field(default_factory=list["Decimal | None"])
    low: list[Decimal | None] = field(default_factory=list["Decimal | None"])
    close: list[Decimal | None] = field(default_factory=list["Decimal | None"])
    volume: list[Decimal | None] = field(default_factory=list["Decimal | None"])


class Indicators(Struct, frozen=True):
    """The columns are in a list of one."""

    quote: list[Columns] = field(default_factory=list[Columns])


class ChartResult(Struct, frozen=True):
    """A series."""

    meta: ChartMeta
    indicators: Indicators
    timestamp: list[int] = field(default_factory=list[int])
    events: Events = field(default_factory=Events)


class Chart(Struct, frozen=True):
    """A series, or what went wrong."""

    result: list[ChartResult] | None = None
    error: Trouble | None = None


class ChartReply(Struct, frozen=True):
    """GET /v8/finance/chart/{symbol}."""

    chart: Chart


class QuoteResult(Struct, frozen=True, rename="camel"):
    """What one thing costs."""

    symbol: str
    quote_type: str = ""
    currency: str | None = None
    regular_market_price: Decimal | None = None
    regular_market_time: int | None = None
    regular_market_previous_close: Decimal | None = None
    regular_market_open: Decimal | None = None
    regular_market_day_high: Decimal | None = None
    regular_market_day_low: Decimal | None = None
    regular_market_volume: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    market_cap: Decimal | None = None
    exchange_data_delayed_by: int | None = None
    long_name: str | None = None
    short_name: str | None = None


class QuoteResponse(Struct, frozen=True):
    """What is known of what was asked for; the rest is left out."""

    result: list[QuoteResult] | None = None
    error: Trouble | None = None


class QuoteReply(Struct, frozen=True, rename="camel"):
    """GET /v7/finance/quote."""

    quote_response: QuoteResponse


class Screened(Struct, frozen=True):
    """What a screen let through, in its order."""

    quotes: list[QuoteResult] = field(default_factory=list[QuoteResult])


class ScreenResults(Struct, frozen=True):
    """One screen."""

    result: list[Screened]


class ScreenReply(Struct, frozen=True):
    """GET /v1/finance/screener/predefined/saved, and GET /v1/finance/trending/US, which tells symbols only."""

    finance: ScreenResults


class Found(Struct, frozen=True, rename="lower"):
    """Something that goes by the words searched for."""

    symbol: str = ""
    exchange: str = ""
    quotetype: str = field(default="", name="quoteType")
    longname: str | None = None
    shortname: str | None = None


class SearchReply(Struct, frozen=True):
    """GET /v1/finance/search."""

    quotes: list[Found] = field(default_factory=list[Found])


class Profile(Struct, frozen=True, rename="camel"):
    """A company in words."""

    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    website: str | None = None
    long_business_summary: str | None = None


class Price(Struct, frozen=True, rename="camel"):
    """What it is called, and in which currency it is quoted."""

    long_name: str | None = None
    short_name: str | None = None
    currency: str | None = None
    market_cap: Decimal | None = None
    regular_market_time: int | None = None


class Detail(Struct, frozen=True):
    """Ratios of the price; they may be infinite."""

    trailing_pe: Decimal | None = field(default=None, name="trailingPE")
    forward_pe: Decimal | None = field(default=None, name="forwardPE")
    dividend_yield: Decimal | None = field(default=None, name="dividendYield")
    payout_ratio: Decimal | None = field(default=None, name="payoutRatio")
    beta: Decimal | None = None


class KeyStatistics(Struct, frozen=True):
    """Figures of the shares."""

    trailing_eps: Decimal | None = field(default=None, name="trailingEps")
    forward_eps: Decimal | None = field(default=None, name="forwardEps")
    book_value: Decimal | None = field(default=None, name="bookValue")
    price_to_book: Decimal | None = field(default=None, name="priceToBook")
    shares_outstanding: Decimal | None = field(default=None, name="sharesOutstanding")
    most_recent_quarter: int | None = field(default=None, name="mostRecentQuarter")


class FinancialData(Struct, frozen=True):
    """Figures of the reports."""

    total_revenue: Decimal | None = field(default=None, name="totalRevenue")
    ebitda: Decimal | None = None
    total_cash: Decimal | None = field(default=None, name="totalCash")
    total_debt: Decimal | None = field(default=None, name="totalDebt")
    free_cashflow: Decimal | None = field(default=None, name="freeCashflow")
    profit_margins: Decimal | None = field(default=None, name="profitMargins")
    return_on_equity: Decimal | None = field(default=None, name="returnOnEquity")
    debt_to_equity: Decimal | None = field(default=None, name="debtToEquity")


class Summary(Struct, frozen=True, rename="camel"):
    """The parts that were asked for and exist."""

    asset_profile: Profile | None = None
    price: Price | None = None
    summary_detail: Detail | None = None
    default_key_statistics: KeyStatistics | None = None
    financial_data: FinancialData | None = None


class SummaryResults(Struct, frozen=True):
    """One summary, or what went wrong."""

    result: list[Summary] | None = None
    error: Trouble | None = None


class SummaryReply(Struct, frozen=True, rename="camel"):
    """GET /v10/finance/quoteSummary/{symbol}."""

    quote_summary: SummaryResults
