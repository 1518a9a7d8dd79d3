"""What goes over the wire for crypto currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.coin import Coin, CoinHistory, CoinPoint, ListedCoin
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.types import AmountText, CurrencyText, Instant, decimal_text

CoinId = Annotated[
    str,
    Meta(
        description="What tells the coin from all others; many share a symbol.",
        examples=["bitcoin"],
    ),
]


class CoinBody(Struct, rename="camel", kw_only=True):
    """A coin and what it costs; `change`, `high`, `low` and `volume` are of the last 24 hours."""

    id: CoinId
    symbol: Annotated[str, Meta(examples=["BTC"])]
    name: Annotated[str, Meta(examples=["Bitcoin"])]
    ticker: Annotated[
        str | None, Meta(description="The symbol of its quotes, where its letters make one.", examples=["BTC-USD"])
    ]
    rank: Annotated[int | None, Meta(description="Its place by what all of it is worth.", examples=[1])]
    currency: CurrencyText
    price: AmountText
    change: AmountText | None
    change_percent: AmountText | None
    high: AmountText | None
    low: AmountText | None
    volume: Annotated[AmountText | None, Meta(description="What was traded, in the currency.")]
    market_cap: AmountText | None
    circulating_supply: AmountText | None
    total_supply: AmountText | None
    max_supply: AmountText | None
    provenance: ProvenanceBody


class ListedCoinBody(Struct, rename="camel", kw_only=True):
    """A coin that was found."""

    id: CoinId
    symbol: Annotated[str, Meta(examples=["BTC"])]
    name: Annotated[str, Meta(examples=["Bitcoin"])]
    rank: Annotated[int | None, Meta(description="Its place by what all of it is worth.", examples=[1])]
    provenance: ProvenanceBody


class CoinPointBody(Struct, rename="camel", kw_only=True):
    """What a coin cost at a time."""

    at: Instant
    price: AmountText
    market_cap: AmountText | None
    volume: Annotated[AmountText | None, Meta(description="What was traded, in the currency.")]


class TopCoinsBody(Struct, rename="camel", kw_only=True, tag_field="action", tag="top"):
    """The coins worth most."""

    coins: list[CoinBody]


class OneCoinBody(Struct, rename="camel", kw_only=True, tag_field="action", tag="coin"):
    """One coin."""

    coin: CoinBody


class CoinHistoryBody(Struct, rename="camel", kw_only=True, tag_field="action", tag="history"):
    """The prices of a coin, oldest first, the closer together the fewer days were asked for."""

    id: CoinId
    currency: CurrencyText
    points: list[CoinPointBody]
    provenance: ProvenanceBody


class FoundCoinsBody(Struct, rename="camel", kw_only=True, tag_field="action", tag="search"):
    """Coins that go by such words, best first."""

    coins: list[ListedCoinBody]


CryptoBody = TopCoinsBody | OneCoinBody | CoinHistoryBody | FoundCoinsBody


def coin_body(coin: Coin) -> CoinBody:
    """Render a coin."""
    return CoinBody(
        id=coin.id,
        symbol=coin.symbol,
        name=coin.name,
        ticker=None if coin.ticker is None else str(coin.ticker),
        rank=coin.rank,
        currency=coin.currency.code,
        price=decimal_text(coin.price),
        change=_text(coin.change),
        change_percent=_text(coin.change_percent),
        high=_text(coin.high),
        low=_text(coin.low),
        volume=_text(coin.volume),
        market_cap=_text(coin.market_cap),
        circulating_supply=_text(coin.circulating_supply),
        total_supply=_text(coin.total_supply),
        max_supply=_text(coin.max_supply),
        provenance=provenance_body(coin.provenance),
    )


def listed_coin_body(coin: ListedCoin) -> ListedCoinBody:
    """Render a coin that was found."""
    return ListedCoinBody(
        id=coin.id,
        symbol=coin.symbol,
        name=coin.name,
        rank=coin.rank,
        provenance=provenance_body(coin.provenance),
    )


def coin_history_body(history: CoinHistory) -> CoinHistoryBody:
    """Render the prices of a coin."""
    return CoinHistoryBody(
        id=history.id,
        currency=history.currency.code,
        points=[_point_body(point) for point in history.points],
        provenance=provenance_body(history.provenance),
    )


def _point_body(point: CoinPoint) -> CoinPointBody:
    return CoinPointBody(
        at=point.at,
        price=decimal_text(point.price),
        market_cap=_text(point.market_cap),
        volume=_text(point.volume),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
