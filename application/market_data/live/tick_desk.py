"""What one process makes of the feeds it hears: whole ticks with numbers, waiting to be told and to be stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, final

from application.market_data.live.ports import LiveTick
from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.tick_book import TickBook
from domain.market_data.ticker import Ticker

_MOST_TO_STORE: Final = 200_000
_MICROSECONDS: Final = 1_000_000
# so many ticks of a symbol may be on their way from the process that had it before
_MARGIN: Final = 1_000_000

_NOTHING_SHOWN: Final[Mapping[Ticker, datetime]] = {}


def first_sequence(now: datetime, kept: int) -> int:
    """Return the number to begin a symbol with: the microseconds since 1970, or past the last if that is larger.

    It fits 53 bits, so that programs which know but one kind of number read it exactly.
    """
    return max(int(now.timestamp() * _MICROSECONDS), kept + _MARGIN)


@final
class TickDesk:
    """Merges updates of what this process follows, numbers them and has each encoded once.

    What waits to be told shrinks to the last tick of each symbol when it is given back. What waits to be stored is
    limited, and what is too much is counted in `unstored`; what is made up is not stored.
    """

    def __init__(self, encode: Callable[[Tick], bytes]) -> None:
        self._encode = encode
        self._book = TickBook()
        # the text of each ticker that is followed, and the number of its last tick
        self._symbols: dict[Ticker, str] = {}
        self._numbers: dict[Ticker, int] = {}
        self._to_tell: list[LiveTick] = []
        self._to_store: list[Tick] = []
        self.ticks = 0
        self.unstored = 0

    @property
    def regressed(self) -> int:
        """How many updates were older than what was known."""
        return self._book.regressed

    @property
    def repeated(self) -> int:
        """How many updates said nothing new."""
        return self._book.repeated

    @property
    def followed(self) -> frozenset[Ticker]:
        """What is followed."""
        return frozenset(self._symbols)

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._to_tell)

    def follow(self, first: Mapping[Ticker, int], shown: Mapping[Ticker, datetime] = _NOTHING_SHOWN) -> None:
        """Follow these as well, with the numbers of their first ticks; what is older than was `shown` is not told."""
        for ticker, number in first.items():
            self._symbols[ticker] = str(ticker)
            self._numbers[ticker] = number - 1
        for ticker, as_of in shown.items():
            self._book.begin(ticker, as_of)

    def leave(self, tickers: Collection[Ticker]) -> None:
        """Follow these no more: somebody else does, or nobody."""
        for ticker in tickers:
            self._book.forget(ticker)
            self._symbols.pop(ticker, None)
            self._numbers.pop(ticker, None)

    def receive(self, updates: Sequence[TickUpdate]) -> None:
        """Take what a feed said; what is not followed any more is nothing."""
        symbols, numbers = self._symbols, self._numbers
        for said in updates:
            ticker = said.ticker
            symbol = symbols.get(ticker)
            if symbol is None:
                continue
            tick = self._book.apply(said)
            if tick is None:
                continue
            number = numbers[ticker] = numbers[ticker] + 1
            self._to_tell.append(LiveTick(symbol, number, self._encode(tick)))
            if not tick.simulated:
                # what is made up can be made up again
                self._to_store.append(tick)
            self.ticks += 1
        if len(self._to_store) > _MOST_TO_STORE:
            self.unstored += len(self._to_store) - _MOST_TO_STORE
            del self._to_store[:-_MOST_TO_STORE]

    def take(self, most: int) -> list[LiveTick]:
        """Return the next ticks to tell, in order, and count them as told."""
        taken, self._to_tell = self._to_tell[:most], self._to_tell[most:]
        return taken

    def give_back(self, ticks: Sequence[LiveTick]) -> None:
        """Take back ticks that could not be told: of all that waits, the last of each symbol is kept for later."""
        last = {tick.symbol: tick for tick in (*ticks, *self._to_tell)}
        self._to_tell = list(last.values())

    def take_to_store(self, most: int) -> list[Tick]:
        """Return the next ticks to store, and count them as stored."""
        taken, self._to_store = self._to_store[:most], self._to_store[most:]
        return taken
