"""Speaks with Finnhub's stream: trades of American shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from adapters.market_data.coverage import is_american
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.live.dialect import Dialect, Named
from adapters.market_data.numbers import at_milliseconds, number, unreadable
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

PROVIDER: Final = "finnhub"
_DOLLAR: Final = Currency("USD")


class Trade(Struct, frozen=True):
    """Symbol, price, milliseconds and volume, which is 0 where nothing was traded."""

    s: str
    p: Decimal
    t: int
    v: Decimal | None = None


class Frame(Struct, frozen=True):
    """Trades, several at a time; or a ping, or an error."""

    type: str
    data: list[Trade] | None = None
    msg: str = ""


_FRAME: Final = msgspec.json.Decoder(Frame)


@final
class FinnhubDialect(Dialect):
    """One connection for each key, which is part of the address; a message for each symbol."""

    def __init__(self, settings: FinnhubSettings) -> None:
        self._settings = settings

    @property
    def provider(self) -> str:
        """Finnhub's name."""
        return PROVIDER

    @property
    def most_symbols(self) -> int:
        """As the settings say."""
        return self._settings.stream_symbols

    @property
    def most_connections(self) -> int:
        """A second one would end the first."""
        return 1

    @property
    def heartbeat_s(self) -> float | None:
        """They need none."""
        return None

    def carries(self, ticker: Ticker) -> bool:
        """Whether it is an American share."""
        return is_american(ticker)

    def place_of(self, _: Ticker, /) -> str:
        """There is one kind."""
        return "all"

    def symbol_of(self, ticker: Ticker) -> str:
        """A class of shares follows a dot."""
        return ticker.symbol.replace("-", ".")

    def url(self, _: str, /) -> str:
        """The address with the key."""
        return f"{self._settings.stream_url}?token={quote(self._settings.key.reveal(), safe='')}"

    def sign_in(self) -> str | None:
        """The address says who comes."""
        return None

    def is_signed_in(self, _: str | bytes, /) -> bool:
        """Whoever is connected is."""
        return True

    def follow(self, symbols: Sequence[str]) -> Sequence[str]:
        """One message for each."""
        return [_say("subscribe", symbol) for symbol in symbols]

    def leave(self, symbols: Sequence[str]) -> Sequence[str]:
        """One message for each."""
        return [_say("unsubscribe", symbol) for symbol in symbols]

    def understand(self, message: str | bytes, named: Named, received_at: datetime) -> Sequence[TickUpdate]:
        """Return the trades of a frame."""
        try:
            frame = _FRAME.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise unreadable("a frame is not what it should be") from None
        if frame.type == "error":
            # one symbol that they do not know; whose key they do not know is not even connected
            raise unreadable("they refuse a symbol")
        return [update for trade in frame.data or () for update in _updates(trade, named, received_at)]


def _say(kind: str, symbol: str) -> str:
    return msgspec.json.encode({"type": kind, "symbol": symbol}).decode()


def _updates(trade: Trade, named: Named, received_at: datetime) -> Iterator[TickUpdate]:
    for ticker in named.get(trade.s, ()):
        size = None if trade.v is None else number(trade.v)
        yield TickUpdate(
            ticker=ticker,
            provider=PROVIDER,
            as_of=at_milliseconds(trade.t),
            received_at=received_at,
            currency=_DOLLAR,
            last=number(trade.p),
            last_size=size if size is not None and size > 0 else None,
        )
