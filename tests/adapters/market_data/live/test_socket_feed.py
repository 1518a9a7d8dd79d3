"""Streams over real sockets: connections sign in, share the symbols, come back, and are not trusted when silent."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.finnhub.stream import FinnhubDialect
from adapters.market_data.live.dialect import Dialect
from adapters.market_data.live.socket_feed import SocketFeed
from adapters.market_data.live.socket_line import LineTerms
from adapters.market_data.live.trading import OpenMarkets
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.stream import MassiveDialect
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.market_data.yahoo.stream import YahooDialect
from adapters.platform.clock import SystemClock
from adapters.platform.http_client.sockets import SocketLost, open_socket
from adapters.platform.secret import Secret
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

PATIENCE_S = 60
KEY = "a key of sixteen"
SIGNED_IN = '[{"ev":"status","status":"auth_success","message":"authenticated"}]'


class FakeStream:
    """A provider: it knows who is connected and what each follows, and says what it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.is_silent = False
        self.refuses = False
        self.opened = 0
        self.connections: dict[ServerConnection, set[str]] = {}
        self.said: list[str] = []
        self.news = asyncio.Event()

    async def serve(self, connection: ServerConnection) -> None:
        """Answer one connection until it ends."""
        self.opened += 1
        self.connections[connection] = set()
        self.news.set()
        try:
            async for message in connection:
                await self._answer(connection, json.loads(message))
        finally:
            del self.connections[connection]
            self.news.set()

    async def _answer(self, connection: ServerConnection, said: dict[str, object]) -> None:
        followed = self.connections[connection]
        match said:
            case {"action": "auth", "params": key}:
                self.said.append(str(key))
                refusal = '[{"ev":"status","status":"auth_failed","message":"no"}]'
                await connection.send('[{"ev":"status","status":"connected"}]')
                await connection.send(refusal if self.refuses else SIGNED_IN)
            case {"action": "subscribe", "params": str(symbols)}:
                followed.update(each[2:] for each in symbols.split(",") if each.startswith("T."))
            case {"action": "unsubscribe", "params": str(symbols)}:
                followed.difference_update(each[2:] for each in symbols.split(","))
            case {"type": "subscribe", "symbol": str(symbol)}:
                followed.add(symbol)
            case {"type": "unsubscribe", "symbol": str(symbol)}:
                followed.discard(symbol)
            case _:
                raise AssertionError(f"nobody says {said}")
        self.news.set()

    async def tell(self, message: str) -> None:
        """Say something to everybody."""
        for connection in list(self.connections):
            with suppress(ConnectionClosed):
                await connection.send(message)

    async def cut(self) -> None:
        """End all connections."""
        for connection in list(self.connections):
            connection.transport.abort()

    @property
    def followed(self) -> list[set[str]]:
        """What each connection follows."""
        return sorted((symbols for symbols in self.connections.values() if symbols), key=sorted)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that comes of what clients say."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self.news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self.news.wait()


@pytest.fixture
async def stream() -> AsyncIterator[FakeStream]:
    """A provider that listens."""
    fake = FakeStream()
    async with serve(fake.serve, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        fake.url = f"ws://127.0.0.1:{port}"
        yield fake


def massive(stream: FakeStream, *, symbols: int = 1000, connections: int = 1) -> MassiveDialect:
    """Return a dialect that leads to the fake."""
    return MassiveDialect(
        MassiveSettings(key=Secret(KEY), stream_url=stream.url, stream_symbols=symbols, stream_connections=connections)
    )


def terms(*, silent_s: float = 60.0, is_trading: bool = True, share: float = 0.0) -> LineTerms:
    """Return terms with which nobody waits before connecting again."""
    return LineTerms(
        open=open_socket,
        clock=SystemClock(),
        silent_s=silent_s,
        is_trading=lambda _tickers, _since, _until: is_trading,
        share=lambda: share,
    )


@asynccontextmanager
async def running(dialect: Dialect, around: LineTerms) -> AsyncIterator[tuple[SocketFeed, list[TickUpdate]]]:
    """A feed that runs, and what it heard."""
    heard: list[TickUpdate] = []
    feed = SocketFeed(dialect, around)
    task = asyncio.create_task(feed.run(heard.extend))
    try:
        yield feed, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tickers(*symbols: str) -> frozenset[Ticker]:
    """Return these."""
    return frozenset(map(Ticker.parse, symbols))


def trade(symbol: str, number: int) -> str:
    """Return a frame with a trade."""
    return json.dumps([{"ev": "T", "sym": symbol, "p": number, "s": 1, "t": 1_769_785_200_000 + number, "q": number}])


async def test_what_is_followed_is_heard_and_heard_again_after_a_cut(stream: FakeStream) -> None:
    """The connection is made again, signs in and follows everything that is followed by then."""
    async with running(massive(stream), terms()) as (feed, heard):
        assert feed.follow(tickers("AAPL", "MSFT")) == frozenset()
        await stream.until(lambda: stream.followed == [{"AAPL", "MSFT"}])
        await stream.tell(trade("AAPL", 1))
        await stream.until(lambda: len(heard) == 1)
        await stream.cut()
        feed.follow(tickers("MSFT", "TSLA"))
        await stream.until(lambda: stream.followed == [{"MSFT", "TSLA"}])
        await stream.tell(trade("TSLA", 2))
        await stream.until(lambda: len(heard) == 2)
        assert [str(each.ticker) for each in heard] == ["AAPL", "TSLA"]
        assert (feed.health().reconnects, feed.health().is_alive) == (1, True)
    assert stream.said == [KEY, KEY]


async def test_connections_share_the_symbols_and_respect_what_they_may_carry(stream: FakeStream) -> None:
    """What there is no room for is said; a symbol stays where it is; a connection without symbols is closed."""
    async with running(massive(stream, symbols=2, connections=2), terms()) as (feed, _):
        refused = feed.follow(tickers("A", "B", "C", "D", "E"))
        assert refused == tickers("E")
        await stream.until(lambda: stream.followed == [{"A", "B"}, {"C", "D"}])
        assert feed.follow(tickers("A", "D", "E")) == frozenset()
        await stream.until(lambda: stream.followed == [{"A", "E"}, {"D"}])
        feed.follow(tickers("A"))
        await stream.until(lambda: stream.followed == [{"A"}] and len(stream.connections) == 1)
        assert (feed.health().followed, feed.health().connections) == (1, 1)
        feed.follow(frozenset())
        await stream.until(lambda: not stream.connections)
        assert stream.opened == 2


async def test_each_kind_of_thing_has_a_connection_of_its_own(stream: FakeStream) -> None:
    async with running(massive(stream), terms()) as (feed, _):
        assert feed.follow(tickers("AAPL", "BTC-USD")) == frozenset()
        await stream.until(lambda: len(stream.connections) == 2)
        paths = {connection.request.path for connection in stream.connections if connection.request is not None}
        assert paths == {"/stocks", "/crypto"}


async def test_connected_is_not_alive(stream: FakeStream) -> None:
    """A connection over which nothing comes, though the market is open, is made anew, again and again."""
    async with running(massive(stream), terms(silent_s=0.2)) as (feed, heard):
        feed.follow(tickers("AAPL"))
        await stream.until(lambda: stream.opened >= 3)
        assert heard == []
        await stream.until(lambda: not feed.health().is_alive)
        # what comes in the meantime makes it alive, for as long as the next does not take too long
        await stream.until(lambda: stream.followed == [{"AAPL"}])
        numbers = itertools.count(1)
        async with asyncio.timeout(PATIENCE_S):
            while not (heard and feed.health().is_alive):
                await stream.tell(trade("AAPL", next(numbers)))
                await asyncio.sleep(0.01)  # the connection may be about to be made anew
        assert {str(each.ticker) for each in heard} == {"AAPL"}


async def test_a_quiet_market_is_no_silent_feed(stream: FakeStream) -> None:
    async with running(massive(stream), terms(silent_s=0.05, is_trading=False)) as (feed, _):
        feed.follow(tickers("AAPL"))
        await stream.until(lambda: (feed.health().silent_s or 0) > 0.5)
        assert (stream.opened, feed.health().is_alive) == (1, True)


async def test_new_symbols_make_no_silent_connection_alive(stream: FakeStream) -> None:
    """Somebody may begin another every moment; what was followed before could have been heard all the while."""
    clock = FakeClock()
    async with running(massive(stream), replace(terms(), clock=clock)) as (feed, _):
        feed.follow(tickers("A"))
        await stream.until(lambda: stream.followed == [{"A"}])
        for symbol in "BCD":
            clock.advance(seconds=25)
            feed.follow(tickers("A", symbol))
        assert (feed.health().is_alive, feed.health().silent_s) == (False, 75)
        assert feed.faltering() == tickers("A", "D")
        await stream.until(lambda: stream.opened == 2)


async def test_what_is_new_where_nothing_could_be_heard_has_time_to_be(stream: FakeStream) -> None:
    """A stock may have been quiet since Friday: what is traded at all hours is no sign of silence at once."""
    clock = FakeClock()

    def is_trading(followed: Collection[Ticker], *_: datetime) -> bool:
        return tickers("B") <= {*followed}

    async with running(massive(stream), replace(terms(), clock=clock, is_trading=is_trading)) as (feed, _):
        feed.follow(tickers("A"))
        await stream.until(lambda: stream.followed == [{"A"}])
        clock.advance(days=2)
        feed.follow(tickers("A", "B"))
        assert (feed.health().is_alive, feed.health().silent_s) == (True, 0)
        clock.advance(seconds=61)
        assert not feed.health().is_alive


async def test_what_has_just_opened_has_had_no_time_to_be_heard(stream: FakeStream) -> None:
    """It was heard yesterday, and may be quiet for another moment."""
    clock = FakeClock()
    closes, opens = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=12)

    def is_trading(_: object, *times: datetime) -> bool:
        return all(at < closes or at >= opens for at in times)

    async with running(massive(stream), replace(terms(), clock=clock, is_trading=is_trading)) as (feed, _):
        feed.follow(tickers("A"))
        await stream.until(lambda: stream.followed == [{"A"}])
        clock.advance(hours=12, seconds=5)
        feed.follow(tickers("A", "B"))
        assert feed.health().silent_s == 0


async def test_junk_ends_no_connection(stream: FakeStream) -> None:
    async with running(massive(stream), terms()) as (feed, heard):
        feed.follow(tickers("AAPL"))
        await stream.until(lambda: stream.followed == [{"AAPL"}])
        for message in ("junk", "[1]", '[{"ev":"T","sym":"AAPL"}]', "[]", trade("AAPL", 1)):
            await stream.tell(message)
        await stream.until(lambda: len(heard) == 1)
        assert stream.opened == 1


async def test_who_is_refused_says_so_and_does_not_insist(stream: FakeStream) -> None:
    stream.refuses = True
    async with running(massive(stream), terms(share=1.0)) as (feed, _):
        feed.follow(tickers("AAPL"))
        await stream.until(lambda: not feed.health().is_alive and feed.health().reconnects == 1)
        assert stream.opened == 1


async def test_finnhub_follows_one_by_one_over_one_connection(stream: FakeStream) -> None:
    dialect = FinnhubDialect(FinnhubSettings(key=Secret(KEY), stream_url=stream.url, stream_symbols=2))
    async with running(dialect, terms()) as (feed, heard):
        assert len(feed.follow(tickers("AAPL", "BRK-B", "MSFT"))) == 1
        await stream.until(lambda: stream.followed == [{"AAPL", "BRK.B"}])
        await stream.tell('{"type":"trade","data":[{"p":1.5,"s":"BRK.B","t":1769785200000,"v":1}]}')
        await stream.until(lambda: len(heard) == 1)
        assert str(heard[0].ticker) == "BRK-B"


async def test_nobody_there_is_no_error_that_ends_anything() -> None:
    """It tries again; the feed says that it is not alive."""
    settings = YahooSettings(stream_url="ws://127.0.0.1:1/")
    async with running(YahooDialect(settings), terms()) as (feed, _):
        feed.follow(tickers("AAPL"))
        await FakeStream().until(lambda: feed.health().reconnects >= 3)
        assert not feed.health().is_alive


async def test_without_tls_nobody_outside_is_spoken_to() -> None:
    """A key would be read by whoever is on the way; the message quotes no address."""
    with pytest.raises(SocketLost, match="own network"):
        async with open_socket("ws://8.8.8.8/?token=secret"):
            pass


@pytest.mark.parametrize(
    ("symbols", "at", "is_open"),
    [
        (["AAPL"], datetime(2026, 1, 30, 15, 30, tzinfo=UTC), True),
        (["AAPL"], datetime(2026, 1, 30, 14, 30, 30, tzinfo=UTC), False),
        (["AAPL"], datetime(2026, 1, 31, 15, tzinfo=UTC), False),
        (["AAPL"], datetime(2026, 12, 25, 16, tzinfo=UTC), False),
        (["AAPL", "BTC-USD"], datetime(2026, 1, 31, 15, tzinfo=UTC), True),
        (["EURUSD=X"], datetime(2026, 1, 31, 15, tzinfo=UTC), False),
        (["EURUSD=X"], datetime(2026, 1, 30, 3, tzinfo=UTC), True),
        (["^GSPC"], datetime(2026, 1, 30, 15, 30, tzinfo=UTC), False),
    ],
)
def test_a_market_is_open_for_the_whole_time_or_it_may_be_quiet(
    symbols: Sequence[str], at: datetime, *, is_open: bool
) -> None:
    """The minute before is looked at: right after an opening nothing can have come."""
    since = at.replace(minute=at.minute - 1) if at.minute else at
    assert OpenMarkets(PackagedCalendar()).are_open(tickers(*symbols), since, at) is is_open
