"""Speaks with Yahoo's stream: a message in protocol buffers for each price, written in letters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, final

import msgspec
from msgspec import Struct

from adapters.market_data.live.dialect import Dialect, Named
from adapters.market_data.numbers import at_milliseconds, unreadable
from adapters.market_data.values import currency_of, optional_whole
from adapters.market_data.yahoo.protobuf import fields_of, of_single, signed
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.market_data.yahoo.symbols import symbol_of
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker

PROVIDER: Final = "yahoo"
_ID, _PRICE, _TIME, _CURRENCY, _DAY_VOLUME, _DAY_HIGH, _DAY_LOW = 1, 2, 3, 4, 9, 10, 11
_OPEN, _PREVIOUS_CLOSE, _LAST_SIZE, _BID, _BID_SIZE, _ASK, _ASK_SIZE, _VOLUME_24_HOURS = 15, 16, 22, 23, 24, 25, 26, 28
_PRICES: Final[Mapping[int, str]] = MappingProxyType(
    {
        _PRICE: "last",
        _DAY_HIGH: "high",
        _DAY_LOW: "low",
        _OPEN: "open",
        _PREVIOUS_CLOSE: "previous_close",
        _BID: "bid",
        _ASK: "ask",
    }
)
_COUNTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        _DAY_VOLUME: "volume",
        _VOLUME_24_HOURS: "volume",
        _LAST_SIZE: "last_size",
        _BID_SIZE: "bid_size",
        _ASK_SIZE: "ask_size",
    }
)


class Envelope(Struct, frozen=True):
    """A message of the second version; the first has none around it."""

    message: str = ""
    type: str = "pricing"


_ENVELOPE: Final = msgspec.json.Decoder(Envelope)


@final
class YahooDialect(Dialect):
    """They forget what is not asked for again and again."""

    def __init__(self, settings: YahooSettings) -> None:
        self._settings = settings

    @property
    def provider(self) -> str:
        """Yahoo's name."""
        return PROVIDER

    @property
    def most_symbols(self) -> int:
        """As the settings say."""
        return self._settings.stream_symbols

    @property
    def most_connections(self) -> int:
        """As the settings say."""
        return self._settings.stream_connections

    @property
    def heartbeat_s(self) -> float | None:
        """As their page does."""
        return 15.0

    def carries(self, _: Ticker, /) -> bool:
        """They carry everything."""
        return True

    def place_of(self, _: Ticker, /) -> str:
        """There is one kind."""
        return "all"

    def symbol_of(self, ticker: Ticker) -> str:
        """What they call it."""
        return symbol_of(ticker)

    def url(self, _: str, /) -> str:
        """Where the stream is."""
        return self._settings.stream_url

    def sign_in(self) -> str | None:
        """Nobody needs to."""
        return None

    def is_signed_in(self, _: str | bytes, /) -> bool:
        """Everybody is."""
        return True

    def follow(self, symbols: Sequence[str]) -> Sequence[str]:
        """All in one message."""
        return [msgspec.json.encode({"subscribe": symbols}).decode()]

    def leave(self, symbols: Sequence[str]) -> Sequence[str]:
        """All in one message."""
        return [msgspec.json.encode({"unsubscribe": symbols}).decode()]

    def understand(self, message: str | bytes, named: Named, received_at: datetime) -> Sequence[TickUpdate]:
        """Return what a message of either version says."""
        content = _content(message)
        return [] if content is None else _updates(content, named, received_at)


def _content(message: str | bytes) -> bytes | None:
    """Return the protocol buffer of a message; None for one that is about something else."""
    try:
        text = message if isinstance(message, str) else message.decode("ascii")
        if text.lstrip().startswith("{"):
            envelope = _ENVELOPE.decode(text)
            if envelope.type != "pricing" or not envelope.message:
                return None
            text = envelope.message
        return base64.b64decode(text, validate=True)
    except (binascii.Error, UnicodeError, ValueError, msgspec.DecodeError):
        raise unreadable("a message is not written in letters") from None


def _updates(content: bytes, named: Named, received_at: datetime) -> Sequence[TickUpdate]:
    prices: dict[str, Decimal] = {}
    counts: dict[str, Decimal] = {}
    symbol, code, milliseconds = "", "", None
    for field, value in fields_of(content):
        if isinstance(value, bytes):
            if field == _ID:
                symbol = value.decode(errors="replace")
            elif field == _CURRENCY:
                code = value.decode(errors="replace")
            elif field in _PRICES:
                prices[_PRICES[field]] = of_single(value)
        elif field == _TIME:
            milliseconds = signed(value)
        elif field in _COUNTS:
            counts[_COUNTS[field]] = Decimal(max(signed(value), 0))
    as_of = received_at if milliseconds is None else at_milliseconds(milliseconds)
    return [_update(ticker, code, as_of, received_at, prices, counts) for ticker in named.get(symbol, ())]


def _update(  # noqa: PLR0917 - all that a message says
    ticker: Ticker,
    code: str,
    as_of: datetime,
    received_at: datetime,
    prices: Mapping[str, Decimal],
    counts: Mapping[str, Decimal],
) -> TickUpdate:
    # prices in London come in pence, and say so; where nothing is said, it is the currency of the place
    own = ticker.currency
    quoted = code or ("USD" if own is None else own.code)
    return TickUpdate(
        ticker=ticker,
        provider=PROVIDER,
        as_of=as_of,
        received_at=received_at,
        currency=currency_of(quoted),
        last=optional_whole(quoted, prices.get("last")),
        bid=optional_whole(quoted, prices.get("bid")),
        ask=optional_whole(quoted, prices.get("ask")),
        last_size=counts.get("last_size"),
        bid_size=counts.get("bid_size"),
        ask_size=counts.get("ask_size"),
        volume=counts.get("volume"),
        open=optional_whole(quoted, prices.get("open")),
        high=optional_whole(quoted, prices.get("high")),
        low=optional_whole(quoted, prices.get("low")),
        previous_close=optional_whole(quoted, prices.get("previous_close")),
    )
