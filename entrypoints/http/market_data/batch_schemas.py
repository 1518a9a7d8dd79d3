"""What goes over the wire for many questions at once."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from application.market_data.history import Range
from domain.market_data.bar import Adjustment, Interval
from entrypoints.http.market_data.coin_schemas import CoinBody
from entrypoints.http.market_data.fx_schemas import FxRateBody
from entrypoints.http.market_data.history_schemas import HistoryBody
from entrypoints.http.market_data.overview_schemas import FundamentalsBody
from entrypoints.http.market_data.quote_schemas import QuoteBody
from entrypoints.http.market_data.texts import CoinCurrency, CoinIdText, SymbolText
from entrypoints.http.types import CurrencyText


class _Part(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True, tag_field="kind"):
    """What every kind has: a tag."""


class QuotePart(_Part, tag="quote"):
    """What something costs now."""

    symbol: SymbolText


class HistoryPart(_Part, tag="history"):
    """What something has cost."""

    symbol: SymbolText
    interval: Interval = Interval.DAY
    range: Range = Range.YEAR
    adjustment: Adjustment = Adjustment.SPLITS


class FxPart(_Part, tag="fx"):
    """What one currency is worth in another now."""

    base: Annotated[CurrencyText, Meta(examples=["EUR"])]
    quote: CurrencyText


class FundamentalsPart(_Part, tag="fundamentals"):
    """What a company is and reports."""

    symbol: SymbolText


class CoinPart(_Part, tag="coin"):
    """What a crypto currency costs now, by its id."""

    id: CoinIdText
    vs_currency: CoinCurrency = "usd"


PartRequest: TypeAlias = QuotePart | HistoryPart | FxPart | FundamentalsPart | CoinPart


class BatchRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """1 to 20 questions."""

    parts: Annotated[list[PartRequest], Meta(min_length=1, max_length=20)]


class PartErrorBody(Struct, rename="camel", kw_only=True):
    """Why a part has no answer."""

    code: Annotated[str, Meta(pattern="^[a-z_]{3,64}$", examples=["unknown_symbol"])]
    message: Annotated[str, Meta(examples=["There is no symbol APPL. Did you mean NASDAQ:AAPL?"])]
    suggestions: Annotated[list[str], Meta(description="Symbols that resemble it.", examples=[["NASDAQ:AAPL"]])]


class PartBody(Struct, rename="camel", kw_only=True):
    """The answer to one question: what its kind is called, or an error; the rest is null."""

    quote: QuoteBody | None = None
    history: HistoryBody | None = None
    fx: FxRateBody | None = None
    fundamentals: FundamentalsBody | None = None
    coin: CoinBody | None = None
    error: PartErrorBody | None = None
