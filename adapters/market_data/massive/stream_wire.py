"""What Massive's stream sends: the members that are read, by kind of message. Times are in milliseconds."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct, field


class StockTrade(Struct, frozen=True, tag_field="ev", tag="T"):
    """A trade in a share; `q` counts within a day."""

    sym: str
    p: Decimal
    t: int
    s: Decimal | None = None
    q: int | None = None


class StockQuote(Struct, frozen=True, tag_field="ev", tag="Q"):
    """The best bid and ask for a share."""

    sym: str
    t: int
    bp: Decimal | None = None
    bs: Decimal | None = None
    ap: Decimal | None = None
    ask_size: Decimal | None = field(default=None, name="as")
    q: int | None = None


class SecondBar(Struct, frozen=True, tag_field="ev", tag="A"):
    """A second of a share or an index, which ends at `e`: the day's volume and first price so far."""

    sym: str
    e: int
    av: Decimal | None = None
    op: Decimal | None = None


class MinuteBar(Struct, frozen=True, tag_field="ev", tag="AM"):
    """A minute of a share or an index; as a second."""

    sym: str
    e: int
    av: Decimal | None = None
    op: Decimal | None = None


class CoinTrade(Struct, frozen=True, tag_field="ev", tag="XT"):
    """A trade in a coin, such as BTC-USD."""

    pair: str
    p: Decimal
    t: int
    s: Decimal | None = None


class CoinQuote(Struct, frozen=True, tag_field="ev", tag="XQ"):
    """The best bid and ask for a coin."""

    pair: str
    t: int
    bp: Decimal | None = None
    bs: Decimal | None = None
    ap: Decimal | None = None
    ask_size: Decimal | None = field(default=None, name="as")


class CurrencyQuote(Struct, frozen=True, tag_field="ev", tag="C"):
    """Bid and ask for a currency, such as EUR/USD."""

    p: str
    t: int
    b: Decimal | None = None
    a: Decimal | None = None


class IndexValue(Struct, frozen=True, tag_field="ev", tag="V"):
    """An index, such as I:SPX."""

    index: str = field(name="T")
    val: Decimal
    t: int


class Status(Struct, frozen=True, tag_field="ev", tag="status"):
    """What they say of the connection."""

    status: str = ""
    message: str = ""


Message: TypeAlias = (
    StockTrade | StockQuote | SecondBar | MinuteBar | CoinTrade | CoinQuote | CurrencyQuote | IndexValue | Status
)
