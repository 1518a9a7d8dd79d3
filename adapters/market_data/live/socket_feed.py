"""A provider's stream over as many connections as its symbols need and its contract allows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import final

from adapters.market_data.live.dialect import Dialect
from adapters.market_data.live.socket_line import LineTerms, SocketLine
from application.market_data.live.ports import FeedHealth, TickFeed
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker


@final
class SocketFeed(TickFeed):
    """A symbol stays on the connection that follows it; connections without symbols are closed."""

    def __init__(self, dialect: Dialect, terms: LineTerms) -> None:
        self._dialect = dialect
        self._terms = terms
        self._lines: list[SocketLine] = []
        self._changed = asyncio.Event()
        self._reconnects_of_closed = 0

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self._dialect.provider

    def carries(self, ticker: Ticker) -> bool:
        """Whether the stream has it."""
        return self._dialect.carries(ticker)

    def follow(self, tickers: frozenset[Ticker]) -> frozenset[Ticker]:
        """Divide the tickers over connections; return those for which there is no room."""
        wanted: dict[str, dict[str, list[Ticker]]] = {}
        for ticker in sorted(tickers):
            place = wanted.setdefault(self._dialect.place_of(ticker), {})
            place.setdefault(self._dialect.symbol_of(ticker), []).append(ticker)
        for line in self._lines:
            place = wanted.get(line.place, {})
            kept = {symbol: place.pop(symbol) for symbol in line.named if symbol in place}
            if kept != line.named:
                line.follow(kept)
        self._close_empty()
        refused: list[Ticker] = []
        for name, place in wanted.items():
            refused += self._place(name, place)
        return frozenset(refused)

    def _close_empty(self) -> None:
        empty = [line for line in self._lines if not line.named]
        if empty:
            self._reconnects_of_closed += sum(line.reconnects for line in empty)
            self._lines = [line for line in self._lines if line.named]
            self._changed.set()

    def _place(self, name: str, symbols: dict[str, list[Ticker]]) -> list[Ticker]:
        """Find connections for new symbols of a kind; return the tickers of those for which there is none."""
        left = list(symbols.items())
        for line in [line for line in self._lines if line.place == name]:
            left = _fill(line, left)
        while left and sum(line.place == name for line in self._lines) < self._dialect.most_connections:
            line = SocketLine(self._dialect, name, self._terms)
            left = _fill(line, left)
            self._lines.append(line)
            self._changed.set()
        return [ticker for _, tickers in left for ticker in tickers]

    def faltering(self) -> frozenset[Ticker]:
        """Return what lies on connections that are lost or silent."""
        lost = [line for line in self._lines if not line.is_alive]
        return frozenset(ticker for line in lost for tickers in line.named.values() for ticker in tickers)

    async def run(self, receive: Callable[[Sequence[TickUpdate]], None]) -> None:
        """Keep a task for each connection there is to be."""
        running: dict[SocketLine, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                lines = list(self._lines)
                for line in [line for line in running if line not in lines]:
                    running.pop(line).cancel()
                for line in lines:
                    if line not in running:
                        running[line] = tasks.create_task(line.run(receive))
                await self._changed.wait()

    def health(self) -> FeedHealth:
        """Return how the connections are, taken together: the feed is as silent as its liveliest connection."""
        lines = self._lines
        return FeedHealth(
            provider=self.provider,
            is_alive=all(line.is_alive for line in lines),
            connections=sum(line.is_connected for line in lines),
            followed=sum(len(line.named) for line in lines),
            silent_s=min((line.silent_s for line in lines), default=None),
            reconnects=self._reconnects_of_closed + sum(line.reconnects for line in lines),
        )


def _fill(line: SocketLine, symbols: list[tuple[str, list[Ticker]]]) -> list[tuple[str, list[Ticker]]]:
    """Give a connection as many symbols as it has room for; return the others."""
    room = line.room
    if room > 0 and symbols:
        line.follow({**line.named, **dict(symbols[:room])})
    return symbols[max(room, 0) :]
