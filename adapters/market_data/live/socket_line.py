"""One connection to a provider's stream, which is made again whenever it is lost, or silent though it should not be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias, final

import structlog

from adapters.market_data.live.dialect import Dialect, Refused
from adapters.platform.http_client.sockets import Socket, SocketLost
from adapters.platform.resilience.failures import ProviderFailure
from application.shared.ports import Clock
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker

Receive: TypeAlias = Callable[[Sequence[TickUpdate]], None]

_SIGN_IN_S: Final = 10.0
_WATCH_S: Final = 0.25
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_REFUSED_PAUSE_S: Final = 60.0
# a market that is said to be open may be quiet all the same: patience grows while it stays so
_MOST_PATIENCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTerms:
    """What connections stand on.

    `is_trading` tells whether the market of any of these was open at both times. `share` gives a number from 0 to 1 by
    which pauses are shortened, so that not all come back at once.
    """

    open: Callable[[str], AbstractAsyncContextManager[Socket]]
    clock: Clock
    silent_s: float
    is_trading: Callable[[Collection[Ticker], datetime, datetime], bool]
    share: Callable[[], float]


@final
class SocketLine:
    """What it follows is told to the provider as it changes, and all of it again after the connection was lost."""

    def __init__(self, dialect: Dialect, place: str, terms: LineTerms) -> None:
        self.place: Final = place
        self._dialect = dialect
        self._terms = terms
        self._named: Mapping[str, Sequence[Ticker]] = {}
        self._changed = asyncio.Event()
        self._heard_at = terms.clock.now()
        self._fruitless = 0
        self._log = structlog.stdlib.get_logger("tapedeck.feed").bind(provider=dialect.provider, place=place)
        self.is_connected = False
        self.has_failed = False
        self.reconnects = 0
        self.unreadable = 0

    @property
    def named(self) -> Mapping[str, Sequence[Ticker]]:
        """What is followed, by the provider's names."""
        return self._named

    @property
    def room(self) -> int:
        """How many more symbols it can follow."""
        return self._dialect.most_symbols - len(self._named)

    @property
    def silent_s(self) -> float:
        """For how long no price has come."""
        return (self._terms.clock.now() - self._heard_at).total_seconds()

    @property
    def is_alive(self) -> bool:
        """Whether prices come, or none can."""
        return self.is_connected and not self.has_failed and not self._is_silent(1)

    def follow(self, named: Mapping[str, Sequence[Ticker]]) -> None:
        """Follow these and no others."""
        if named.keys() - self._named.keys() and not self._was_audible():
            # what is new has had no time to be heard of; what is not, however often something new begins, has had it
            self._heard_at = self._terms.clock.now()
        self._named = dict(named)
        self._changed.set()

    async def run(self, receive: Receive) -> None:
        """Be connected and hand over what comes, until cancelled."""
        pauses = self._pauses()
        while True:
            heard_at, pause_s = self._heard_at, 0.0
            try:
                async with self._terms.open(self._dialect.url(self.place)) as socket:
                    await self._sign_in(socket)
                    self.is_connected = True
                    await self._listen(socket, receive)
            except (SocketLost, TimeoutError) as error:
                self._log.info("lost", error=str(error) or type(error).__name__)
                pause_s = next(pauses)
            except Refused as error:
                self.has_failed = True
                self._log.warning("refused", error=str(error))
                pause_s = _REFUSED_PAUSE_S
            finally:
                self.is_connected = False
            self.reconnects += 1
            if self._heard_at > heard_at:
                # it worked: the next time begins with short pauses
                pauses = self._pauses()
            await asyncio.sleep(pause_s * self._terms.share())

    async def _sign_in(self, socket: Socket) -> None:
        said = self._dialect.sign_in()
        if said is None:
            return
        async with asyncio.timeout(_SIGN_IN_S):
            await socket.send(said)
            while not self._dialect.is_signed_in(await socket.receive()):
                pass
        self.has_failed = False

    async def _listen(self, socket: Socket, receive: Receive) -> None:
        self._changed.set()
        self._heard_at = self._terms.clock.now()
        keeper = asyncio.create_task(self._keep(socket))
        try:
            while True:
                message = await socket.receive()
                now = self._terms.clock.now()
                try:
                    updates = self._dialect.understand(message, self._named, now)
                except ProviderFailure:
                    # one message that nobody understands is no reason to hear no more
                    self.unreadable += 1
                    continue
                if updates:
                    self._heard_at = now
                    self._fruitless = 0
                    self.has_failed = False
                    receive(updates)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self, socket: Socket) -> None:
        """Say what is followed as it changes, and end a connection that is silent though it should not be."""
        told: frozenset[str] = frozenset()
        beat_s, loop = self._dialect.heartbeat_s, asyncio.get_running_loop()
        beaten_at = loop.time()
        with suppress(SocketLost):
            while True:
                self._changed.clear()
                wanted = frozenset(self._named)
                for message in self._changes(told, wanted):
                    await socket.send(message)
                told = wanted
                if beat_s is not None and loop.time() - beaten_at >= beat_s and told:
                    beaten_at = loop.time()
                    for message in self._dialect.follow(sorted(told)):
                        await socket.send(message)
                if self._is_silent(min(2**self._fruitless, _MOST_PATIENCE)):
                    self._fruitless += 1
                    self._log.warning("silent", seconds=round(self.silent_s))
                    await socket.close()
                    return
                # not `wait_for`, which forgets that it was cancelled where the event comes at the same time
                with suppress(TimeoutError):
                    async with asyncio.timeout(_WATCH_S):
                        await self._changed.wait()

    def _changes(self, told: frozenset[str], wanted: frozenset[str]) -> Sequence[str]:
        new, gone = sorted(wanted - told), sorted(told - wanted)
        return [*(self._dialect.follow(new) if new else ()), *(self._dialect.leave(gone) if gone else ())]

    def _is_silent(self, patience: int) -> bool:
        limit = timedelta(seconds=self._terms.silent_s * patience)
        now = self._terms.clock.now()
        if not self._named or now - self._heard_at <= limit:
            return False
        return self._is_trading(now - limit, now)

    def _was_audible(self) -> bool:
        """Return whether something that is followed could have been heard since the last price came."""
        now = self._terms.clock.now()
        # a market that opened within that time may have been quiet since
        return self._is_trading(max(self._heard_at, now - timedelta(seconds=self._terms.silent_s)), now)

    def _is_trading(self, since: datetime, until: datetime) -> bool:
        tickers = [ticker for tickers in self._named.values() for ticker in tickers]
        return self._terms.is_trading(tickers, since, until)

    @staticmethod
    def _pauses() -> Iterator[float]:
        pause_s = _FIRST_PAUSE_S
        while True:
            yield pause_s
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
