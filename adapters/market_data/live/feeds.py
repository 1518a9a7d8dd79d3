"""The streams of the configured providers, in the order in which they are asked for a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Final, TypeAlias

from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.finnhub.stream import FinnhubDialect
from adapters.market_data.live.socket_feed import SocketFeed
from adapters.market_data.live.socket_line import LineTerms
from adapters.market_data.live.trading import OpenMarkets
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.stream import MassiveDialect
from adapters.market_data.settings import MarketDataSettings, name_of
from adapters.market_data.simulator.settings import SimulatorSettings
from adapters.market_data.simulator.stream import SimulatedFeed
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.market_data.yahoo.stream import YahooDialect
from adapters.platform.http_client.sockets import open_socket
from application.market_data.calendars import TradingCalendar
from application.market_data.live.ports import TickFeed
from application.shared.ports import Clock

StreamSettings: TypeAlias = SimulatorSettings | MassiveSettings | FinnhubSettings | YahooSettings
_STREAMING: Final = (SimulatorSettings, MassiveSettings, FinnhubSettings, YahooSettings)
_CHANCE: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class FeedPlumbing:
    """What feeds are built of."""

    settings: MarketDataSettings
    calendar: TradingCalendar
    clock: Clock


def streaming(settings: MarketDataSettings) -> Sequence[str]:
    """Return the providers whose streams are heard, in the order in which they are asked."""
    able = {name_of(each) for each in settings.opened if isinstance(each, _STREAMING)}
    return [name for name in settings.chains.get("ticks") or map(name_of, settings.opened) if name in able]


def open_feeds(plumbing: FeedPlumbing) -> Sequence[TickFeed]:
    """Return the feeds in the order of the chain `ticks`, or else of the providers; nothing is opened by that."""
    by_name = {name_of(each): each for each in plumbing.settings.opened if isinstance(each, _STREAMING)}
    return [_feed(by_name[name], plumbing) for name in streaming(plumbing.settings)]


def _feed(settings: StreamSettings, plumbing: FeedPlumbing) -> TickFeed:
    match settings:
        case SimulatorSettings():
            return SimulatedFeed(settings, plumbing.calendar, plumbing.clock)
        case MassiveSettings():
            return SocketFeed(MassiveDialect(settings), _terms(plumbing))
        case FinnhubSettings():
            return SocketFeed(FinnhubDialect(settings), _terms(plumbing))
        case YahooSettings():
            return SocketFeed(YahooDialect(settings), _terms(plumbing))


def _terms(plumbing: FeedPlumbing) -> LineTerms:
    return LineTerms(
        open=open_socket,
        clock=plumbing.clock,
        silent_s=plumbing.settings.live.silent_s,
        is_trading=OpenMarkets(plumbing.calendar).are_open,
        share=_CHANCE.random,
    )
