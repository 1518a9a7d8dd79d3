"""Speaks with Massive: trades and offers of American shares, of coins and currencies, and values of indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, final

import msgspec

from adapters.market_data.live.dialect import Dialect, Named, Refused
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.stream_wire import (
    CoinQuote,
    CoinTrade,
    CurrencyQuote,
    IndexValue,
    Message,
    MinuteBar,
    SecondBar,
    Status,
    StockQuote,
    StockTrade,
)
from adapters.market_data.massive.symbols import currency_of, is_carried, symbol_of
from adapters.market_data.numbers import at_milliseconds, optional, unreadable
from adapters.platform.resilience.failures import ProviderFailure
from domain.market_data.asset_class import AssetClass
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker

PROVIDER: Final = "massive"
_PLACES: Final[Mapping[AssetClass, str]] = MappingProxyType(
    {AssetClass.CRYPTO: "crypto", AssetClass.CURRENCY: "forex", AssetClass.INDEX: "indices"}
)
# which kinds of messages are asked for
_KINDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {"stocks": ("T", "Q", "AM"), "crypto": ("XT", "XQ"), "forex": ("C",), "indices": ("V",)}
)
_SIGNED_IN: Final = "auth_success"
# a kind of message that the plan does not include is refused by itself, and the others come
_REFUSALS: Final = frozenset({"auth_failed", "auth_timeout", "max_connections"})
_AT_ONCE: Final = 200
_MESSAGES: Final = msgspec.json.Decoder(list[Message])
_PARTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ONE: Final = msgspec.json.Decoder(Message)
_CODE: Final = 3


class _Kind(msgspec.Struct, frozen=True):
    """What a message is about."""

    ev: str


_KIND: Final = msgspec.json.Decoder(_Kind)
_KNOWN: Final = frozenset({"T", "Q", "A", "AM", "XT", "XQ", "C", "V", "status"})


@final
class MassiveDialect(Dialect):
    """Messages come several in a frame, in an array; each kind of thing has connections of its own."""

    def __init__(self, settings: MassiveSettings) -> None:
        self._settings = settings

    @property
    def provider(self) -> str:
        """Massive's name."""
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
        """They need none."""
        return None

    def carries(self, ticker: Ticker) -> bool:
        """Whether they have prices of it."""
        return is_carried(ticker)

    def place_of(self, ticker: Ticker) -> str:
        """The kind of thing, as it stands in the address."""
        return _PLACES.get(ticker.asset_class, "stocks")

    def symbol_of(self, ticker: Ticker) -> str:
        """What they call it in messages, after the kind of thing where its name alone would not say that."""
        match ticker.asset_class:
            case AssetClass.CRYPTO:
                return f"crypto {ticker.symbol}"
            case AssetClass.CURRENCY:
                return f"forex {ticker.symbol[:_CODE]}/{ticker.symbol[_CODE:]}"
            case _:
                return symbol_of(ticker)

    def url(self, place: str) -> str:
        """One address for each kind of thing."""
        return f"{self._settings.stream_url}/{place}"

    def sign_in(self) -> str | None:
        """The key."""
        return _say("auth", self._settings.key.reveal())

    def is_signed_in(self, message: str | bytes) -> bool:
        """Whether the key was accepted."""
        return any(each.status == _SIGNED_IN for each in _messages(message) if isinstance(each, Status))

    def follow(self, symbols: Sequence[str]) -> Sequence[str]:
        """Subscriptions, two hundred to a message."""
        return [_say("subscribe", ",".join(part)) for part in _parts(symbols)]

    def leave(self, symbols: Sequence[str]) -> Sequence[str]:
        """The contrary."""
        return [_say("unsubscribe", ",".join(part)) for part in _parts(symbols)]

    def understand(self, message: str | bytes, named: Named, received_at: datetime) -> Sequence[TickUpdate]:
        """Return what the messages of a frame say; kinds that nobody asked for say nothing."""
        found: list[TickUpdate] = []
        broken: ProviderFailure | None = None
        for each in _messages(message):
            try:
                found += _updates(each, named, received_at)
            except ProviderFailure as failure:
                broken = failure
        if broken is not None and not found:
            raise broken
        return found


def _say(action: str, params: str) -> str:
    return msgspec.json.encode({"action": action, "params": params}).decode()


def _parts(symbols: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(symbols), _AT_ONCE):
        yield [channel for symbol in symbols[start : start + _AT_ONCE] for channel in _channels(symbol)]


def _channels(symbol: str) -> Iterator[str]:
    place, _, name = symbol.rpartition(" ")
    kinds = _KINDS[place or ("indices" if name.startswith("I:") else "stocks")]
    return (f"{kind}.{name}" for kind in kinds)


def _messages(frame: str | bytes) -> Sequence[Message]:
    try:
        messages = _MESSAGES.decode(frame)
    except msgspec.ValidationError:
        messages = _known(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise unreadable("a frame is no array") from None
    for each in messages:
        if isinstance(each, Status) and each.status in _REFUSALS:
            raise Refused(each.status)
    return messages


def _known(frame: str | bytes) -> list[Message]:
    """Return the messages of kinds that are known, where others are among them, or broken ones."""
    found: list[Message] = []
    is_broken = False
    for part in _split(frame):
        try:
            if _KIND.decode(part).ev in _KNOWN:
                found.append(_ONE.decode(part))
        except msgspec.DecodeError:
            is_broken = True
    if is_broken and not found:
        raise unreadable("a message is not what it should be")
    return found


def _split(frame: str | bytes) -> Sequence[msgspec.Raw]:
    try:
        return _PARTS.decode(frame)
    except msgspec.DecodeError:
        raise unreadable("a frame is no array") from None


def _updates(said: Message, named: Named, received_at: datetime) -> Iterator[TickUpdate]:
    match said:
        case StockTrade():
            yield from _told(named, said.sym, said.t, received_at, last=said.p, last_size=_size(said.s), order=said.q)
        case StockQuote():
            yield from _told(
                named,
                said.sym,
                said.t,
                received_at,
                bid=said.bp,
                bid_size=_size(said.bs),
                ask=said.ap,
                ask_size=_size(said.ask_size),
                order=said.q,
            )
        case SecondBar() | MinuteBar():
            yield from _told(named, said.sym, said.e, received_at, volume=_size(said.av), opened=said.op)
        case CoinTrade():
            yield from _told(named, f"crypto {said.pair}", said.t, received_at, last=said.p, last_size=_size(said.s))
        case CoinQuote():
            yield from _told(
                named,
                f"crypto {said.pair}",
                said.t,
                received_at,
                bid=said.bp,
                bid_size=_size(said.bs),
                ask=said.ap,
                ask_size=_size(said.ask_size),
            )
        case CurrencyQuote():
            yield from _told(named, f"forex {said.p}", said.t, received_at, bid=said.b, ask=said.a)
        case IndexValue():
            yield from _told(named, said.index, said.t, received_at, last=said.val)
        case Status():
            return


def _told(
    named: Named,
    symbol: str,
    milliseconds: int,
    received_at: datetime,
    *,
    last: Decimal | None = None,
    last_size: Decimal | None = None,
    bid: Decimal | None = None,
    bid_size: Decimal | None = None,
    ask: Decimal | None = None,
    ask_size: Decimal | None = None,
    volume: Decimal | None = None,
    opened: Decimal | None = None,
    order: int | None = None,
) -> Iterator[TickUpdate]:
    for ticker in named.get(symbol, ()):
        yield TickUpdate(
            ticker=ticker,
            provider=PROVIDER,
            as_of=at_milliseconds(milliseconds),
            received_at=received_at,
            currency=currency_of(ticker),
            last=optional(last),
            last_size=last_size,
            bid=optional(bid),
            bid_size=bid_size,
            ask=optional(ask),
            ask_size=ask_size,
            volume=volume,
            open=optional(opened),
            order=order,
        )


def _size(value: Decimal | None) -> Decimal | None:
    size = optional(value)
    return None if size is None or size < 0 else size
