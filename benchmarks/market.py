"""Quotes: one that is kept, one that many ask for at once, and one whose first provider is dead.

Providers are servers on the loopback device that take 20 ms to answer; Valkey is that of the wheel. Measured: how often
a second a kept quote is read in the process, by sixteen who ask in turn; how long five hundred wait for a quote that
nobody has asked for before, over two processes' caches, and how many calls that costs; and the 95th of a hundred waits
for a provider alone, and for the same one behind a dead one whose circuit is open. Run it with
`python benchmarks/market.py`.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from adapters.market_data.fmp.settings import FmpSettings
from adapters.market_data.settings import LifetimeSettings, MarketDataSettings, ProviderSettings
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.secret import Secret
from adapters.platform.settings import AuthSettings, DatabaseSettings, RedisSettings, Settings, SigningKey
from application.market_data.read_quotes import ReadQuotes
from bootstrap import App, build
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, SessionId, UserId

ANSWER_S: Final = 0.02
ASKING: Final = 500
READS: Final = 20_000
WAITS: Final = 100
AAPL: Final = Ticker("AAPL")
ACTOR: Final = Actor(
    UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset({Scope.MARKET_READ})
)
KEY: Final = Secret(secrets.token_urlsafe(48))
# good for longer than the benchmark takes, or old at once
KEPT: Final = LifetimeSettings(delayed_quote_s=600.0)
OLD: Final = LifetimeSettings(live_quote_s=0.001, delayed_quote_s=0.001, stale_s=0.001)


class Vendor:
    """A provider of quotes that counts its calls."""

    def __init__(self, *, is_dead: bool = False) -> None:
        self.calls = 0
        self._is_dead = is_dead

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it is closed."""
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.calls += 1
                if self._is_dead:
                    break
                await asyncio.sleep(ANSWER_S)
                now = int(datetime.now(UTC).timestamp())
                body = f'[{{"symbol": "AAPL", "price": 232.8, "exchange": "NASDAQ", "timestamp": {now}}}]'.encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(vendor: Vendor) -> AsyncIterator[str]:
    """Let the vendor answer for the length of the block; yield its address."""
    server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0, backlog=256)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


def wired(redis: str, lifetimes: LifetimeSettings, *providers: ProviderSettings) -> App:
    """Return an application with these providers."""
    market = MarketDataSettings(providers=providers, lifetimes=lifetimes, budgets={"fmp": ()})
    return build(
        Settings(
            database=DatabaseSettings(url=Secret("postgresql://nobody@localhost/nothing")),
            redis=RedisSettings(url=Secret(redis)),
            auth=AuthSettings(keys=(SigningKey(kid="bench", secret=KEY),)),
            market_data=market,
        )
    )


def fmp(url: str) -> FmpSettings:
    """A provider at this address."""
    return FmpSettings(url=url, key=Secret("bench"))


async def asked_by_many(redis: str) -> tuple[float, int]:
    """Return how long five hundred wait for a cold quote, and the calls that it costs."""
    vendor = Vendor()
    async with listening(vendor) as url:
        apps = [wired(redis, KEPT, fmp(url)) for _ in range(2)]
        async with apps[0].lifespan(), apps[1].lifespan():
            reading = [app.market_data.read_quotes() for app in apps]
            begin = time.perf_counter()
            await asyncio.gather(*(reading[number % 2].one(ACTOR, AAPL) for number in range(ASKING)))
            return time.perf_counter() - begin, vendor.calls


async def kept(redis: str) -> float:
    """Return how many times a second a kept quote is read."""
    async with listening(Vendor()) as url:
        app = wired(redis, KEPT, fmp(url))
        async with app.lifespan():
            read_quotes = app.market_data.read_quotes()
            await read_quotes.one(ACTOR, AAPL)
            begin = time.perf_counter()

            async def client() -> None:
                for _ in range(READS // 16):
                    await read_quotes.one(ACTOR, AAPL)

            await asyncio.gather(*(client() for _ in range(16)))
            return READS / (time.perf_counter() - begin)


async def wait(read_quotes: ReadQuotes) -> float:
    """Return how long one waits for a quote that is old, in seconds."""
    begin = time.perf_counter()
    await read_quotes.one(ACTOR, AAPL)
    took = time.perf_counter() - begin
    # until it is old
    await asyncio.sleep(0.003)
    return took


async def behind_a_dead_one(redis: str) -> tuple[float, float, int]:
    """Return the waits for a provider alone and behind a dead one, and the calls to the dead one meanwhile."""
    dead = Vendor(is_dead=True)
    async with listening(dead) as first, listening(Vendor()) as second:
        alone = wired(redis, OLD, fmp(second))
        app = wired(redis, OLD, YahooSettings(url=first, crumb_url=first, cookie_url=first), fmp(second))
        async with alone.lifespan(), app.lifespan():
            one, behind = alone.market_data.read_quotes(), app.market_data.read_quotes()
            for _ in range(6):
                await wait(behind)
            before = dead.calls
            # in turn, so that whatever else the machine does is in both
            own, chained = zip(*[(await wait(one), await wait(behind)) for _ in range(WAITS)], strict=True)
            return sorted(own)[WAITS * 95 // 100], sorted(chained)[WAITS * 95 // 100], dead.calls - before


async def run(redis: str) -> None:
    """Measure and print."""
    own, chained, calls = await behind_a_dead_one(redis)
    ratio = f"{chained / own:.2f} of that, {calls} call(s) to the dead one"
    # what is kept of the quote until here is old at once
    seconds, asked = await asked_by_many(redis)
    print(f"{'p95 of a provider alone':<44} {own * 1000:>9.1f} ms")
    print(f"{'p95 of it behind a dead one':<44} {chained * 1000:>9.1f} ms  {ratio}")
    print(f"{f'a cold quote for {ASKING} at once':<44} {seconds * 1000:>9.1f} ms  {asked} call(s)")
    print(f"{'a kept quote, in the process':<44} {await kept(redis):>9,.0f} reads/s")


def main() -> None:
    """Measure on a server of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = EmbeddedValkey(folder / "valkey", sockets=socket_folder(folder), password=secrets.token_urlsafe())
        with running(server, folder / "valkey.log"):
            asyncio.run(run(server.url))


if __name__ == "__main__":
    main()
