"""Which tickers a process follows, and over which of its feeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, final

from adapters.market_data.live.frames import shard_of
from application.market_data.live.ports import TickFeed
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

# whoever connects again after a moment finds that nobody let go
_LINGER: Final = timedelta(seconds=10)
# a connection that is lost for a moment is made again sooner than another feed has begun
_GRACE: Final = timedelta(seconds=10)
# the rank of a feed, and what it follows
_Place: TypeAlias = tuple[int, Ticker]


class Division(NamedTuple):
    """How tickers were divided over feeds: `untold` are told by none, `moved` by another than before."""

    untold: frozenset[Ticker]
    moved: frozenset[Ticker]


@final
class Following:
    """Feeds are asked in their order: the first that carries a ticker, and has room for it, tells it.

    Where that falters for a while, the next feed stands in. The first is followed on all the while, and tells the
    ticker again from the moment at which it says something of it: that it is connected again is not enough.
    """

    def __init__(self, feeds: Sequence[TickFeed], grace: timedelta = _GRACE) -> None:
        self._feeds = feeds
        self._grace = grace
        self._ranks = {feed.provider: rank for rank, feed in enumerate(feeds)}
        self._wanted_at: dict[Ticker, datetime] = {}
        self._tellers: dict[Ticker, int] = {}
        # since when a feed falters, and of what it is not expected to tell until it does
        self._faltering: dict[_Place, datetime] = {}
        self._given_up: set[_Place] = set()
        self._returned: set[Ticker] = set()

    def of(
        self, symbols: Collection[str], held: Collection[Ticker], shards: Collection[int], now: datetime
    ) -> frozenset[Ticker]:
        """Return what is to be followed: what is held, and what was wanted in the last ten seconds, of these shards."""
        for symbol in symbols:
            ticker = _ticker(symbol)
            if ticker is not None:
                self._wanted_at[ticker] = now
        self._wanted_at = {ticker: at for ticker, at in self._wanted_at.items() if now - at <= _LINGER}
        return frozenset(ticker for ticker in {*self._wanted_at, *held} if shard_of(str(ticker)) in shards)

    def follow(self, tickers: frozenset[Ticker], now: datetime) -> Division:
        """Divide the tickers over the feeds."""
        tellers: dict[Ticker, int] = {}
        left = tickers
        for rank, feed in enumerate(self._feeds):
            carried = frozenset(ticker for ticker in left if feed.carries(ticker))
            taken = carried - feed.follow(carried)
            given_up = self._given_up_of(rank, taken, feed.faltering(), now)
            for ticker in taken:
                if ticker not in given_up or ticker not in tellers:
                    tellers[ticker] = rank
            left -= taken - given_up
        known, self._tellers = self._tellers, tellers
        moved = {ticker for ticker, rank in tellers.items() if known.get(ticker, rank) != rank} | self._returned
        self._returned = set()
        return Division(tickers - tellers.keys(), frozenset(moved))

    def _given_up_of(
        self, rank: int, taken: frozenset[Ticker], faltering: frozenset[Ticker], now: datetime
    ) -> frozenset[Ticker]:
        """Return what another feed has to tell, of what this one has taken."""
        if not faltering and not self._faltering and not self._given_up:
            return frozenset()
        late = {(rank, ticker) for ticker in taken & faltering}
        self._faltering = {place: at for place, at in self._faltering.items() if place[0] != rank or place in late} | {
            place: self._faltering.get(place, now) for place in late
        }
        followed = {(rank, ticker) for ticker in taken}
        self._given_up = {place for place in self._given_up if place[0] != rank or place in followed}
        self._given_up |= {place for place in late if now - self._faltering[place] >= self._grace}
        return frozenset(ticker for each, ticker in self._given_up if each == rank)

    def told(self, updates: Sequence[TickUpdate]) -> Sequence[TickUpdate]:
        """Return those of the feed that tells their ticker; a feed that was given up and speaks tells it again."""
        if self._given_up:
            return [said for said in updates if self._tells(said)]
        # what another feed said before the ticker moved may arrive long after
        tellers, ranks = self._tellers, self._ranks
        return [said for said in updates if tellers.get(said.ticker) == ranks[said.provider]]

    def _tells(self, said: TickUpdate) -> bool:
        rank, ticker = self._ranks[said.provider], said.ticker
        teller = self._tellers.get(ticker)
        if teller is not None and (rank, ticker) in self._given_up:
            self._given_up.discard((rank, ticker))
            # where all were given up, the one that is said to tell is no better than another
            if rank < teller or (teller, ticker) in self._given_up:
                self._tellers[ticker] = teller = rank
                self._returned.add(ticker)
        return rank == teller

    def tellers(self, tickers: Collection[Ticker]) -> Mapping[str, Collection[Ticker]]:
        """Return which of these each provider tells."""
        found: dict[str, list[Ticker]] = {}
        for ticker in tickers:
            rank = self._tellers.get(ticker)
            if rank is not None:
                found.setdefault(self._feeds[rank].provider, []).append(ticker)
        return found

    def standing_in(self) -> Mapping[str, int]:
        """Return for how many tickers each provider stands in."""
        found = dict.fromkeys(self._ranks, 0)
        for ticker in {ticker for _, ticker in self._given_up}:
            rank = self._tellers.get(ticker)
            if rank is not None and (rank, ticker) not in self._given_up:
                found[self._feeds[rank].provider] += 1
        return found


@lru_cache(maxsize=100_000)
def _ticker(symbol: str) -> Ticker | None:
    """Return the ticker whose text this is; None for everything else."""
    try:
        ticker = Ticker.parse(symbol)
    except Invalid:
        return None
    return ticker if str(ticker) == symbol else None
