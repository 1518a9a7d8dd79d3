"""What Alpha Vantage sends: texts under numbered names."""

from __future__ import annotations

from msgspec import Raw, Struct, field


class GlobalQuote(Struct, frozen=True):
    """A quote; without any member if there is no such thing."""

    price: str | None = field(default=None, name="05. price")
    day: str | None = field(default=None, name="07. latest trading day")
    open: str | None = field(default=None, name="02. open")
    high: str | None = field(default=None, name="03. high")
    low: str | None = field(default=None, name="04. low")
    volume: str | None = field(default=None, name="06. volume")
    previous_close: str | None = field(default=None, name="08. previous close")


class QuoteReply(Struct, frozen=True):
    """function=GLOBAL_QUOTE."""

    quote: GlobalQuote = field(name="Global Quote")


class Rate(Struct, frozen=True):
    """What one currency costs in another."""

    rate: str = field(name="5. Exchange Rate")
    refreshed: str = field(name="6. Last Refreshed")
    bid: str | None = field(default=None, name="8. Bid Price")
    ask: str | None = field(default=None, name="9. Ask Price")


class RateReply(Struct, frozen=True):
    """function=CURRENCY_EXCHANGE_RATE; times are in UTC."""

    rate: Rate = field(name="Realtime Currency Exchange Rate")


class Row(Struct, frozen=True):
    """A bar; what it begins with is its name in the series."""

    open: str = field(name="1. open")
    high: str = field(name="2. high")
    low: str = field(name="3. low")
    close: str = field(name="4. close")
    volume: str = field(name="5. volume")


SeriesReply = dict[str, Raw]
"""function=TIME_SERIES_...: `Meta Data`, and rows under a name that has `Time Series` in it."""


class Match(Struct, frozen=True):
    """Something that goes by the words searched for."""

    symbol: str = field(default="", name="1. symbol")
    name: str = field(default="", name="2. name")
    kind: str = field(default="", name="3. type")
    currency: str = field(default="", name="8. currency")


class SearchReply(Struct, frozen=True):
    """function=SYMBOL_SEARCH."""

    matches: list[Match] = field(name="bestMatches")


class Overview(Struct, frozen=True, rename="pascal"):
    """function=OVERVIEW; nothing if there is no such company, and None or a hyphen for what is not known."""

    name: str = ""
    currency: str = ""
    country: str = ""
    sector: str = ""
    industry: str = ""
    official_site: str = ""
    description: str = ""
    latest_quarter: str = ""
    market_capitalization: str = ""
    pe_ratio: str = field(default="", name="PERatio")
    forward_pe: str = field(default="", name="ForwardPE")
    price_to_book_ratio: str = ""
    book_value: str = ""
    dividend_yield: str = ""
    eps: str = field(default="", name="EPS")
    revenue: str = field(default="", name="RevenueTTM")
    ebitda: str = field(default="", name="EBITDA")
    profit_margin: str = ""
    return_on_equity: str = field(default="", name="ReturnOnEquityTTM")
    beta: str = ""
    shares_outstanding: str = ""


class Mover(Struct, frozen=True):
    """A share that moved."""

    ticker: str
    price: str
    change_amount: str
    volume: str


class MoversReply(Struct, frozen=True):
    """function=TOP_GAINERS_LOSERS; `last_updated` ends with the name of a time zone."""

    last_updated: str
    top_gainers: list[Mover]
    top_losers: list[Mover]
