"""Does a backfill, a few symbols at a step: one that was stopped or died goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from application.market_data.backfill.ports import Filling, Unfilled
from application.market_data.ports import Span
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Payload, Progress, Reaction
from domain.market_data.bar import Interval
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable

SYMBOLS_PER_STEP: Final = 20
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class _Place:
    """How many symbols were begun, how many are there, and which nobody could tell of so far."""

    begun: int = 0
    filled: int = 0
    unanswered: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> Self:
        if text is None:
            return cls()
        # no symbol has a blank in it
        begun, filled, *unanswered = text.split()
        return cls(int(begun), int(filled), tuple(unanswered))

    def written(self) -> str:
        return " ".join([str(self.begun), str(self.filled), *self.unanswered])


@dataclass(frozen=True, slots=True)
class FillBars(Reaction):
    """Reacts to `market_data.backfill_requested`. Symbols that nobody knows are never counted as done.

    Those that no provider could tell of are tried again at the end; if that fails too the job fails, and names them.
    """

    filling: Filling
    clock: Clock

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Fill the next symbols; raise Unavailable if, at the end, some are left."""
        symbols, interval, since = _asked(delivery.payload)
        place = _Place.read(delivery.place)
        span = Span(interval=interval, since=since, until=self.clock.now())
        batch = symbols[place.begun : place.begun + SYMBOLS_PER_STEP]
        if batch:
            filled, unanswered = await self._fill(batch, span)
            begun = place.begun + len(batch)
            place = _Place(begun, place.filled + filled, (*place.unanswered, *unanswered))
        elif place.unanswered:
            batch = place.unanswered[:SYMBOLS_PER_STEP]
            filled, unanswered = await self._fill(batch, span)
            if not filled and len(unanswered) == len(batch):
                raise Unavailable(_complaint(place.unanswered))
            place = replace(
                place,
                filled=place.filled + filled,
                unanswered=(*place.unanswered[SYMBOLS_PER_STEP:], *unanswered),
            )
        progress = Progress(place.filled, len(symbols))
        if place.begun >= len(symbols) and not place.unanswered:
            return Done(progress)
        return Again(progress, place.written())

    async def _fill(self, symbols: Sequence[str], span: Span) -> tuple[int, tuple[str, ...]]:
        """Return how many are there now, and which could not be told of."""
        found = await self.filling.fill([Ticker.parse(symbol) for symbol in symbols], span)
        left = tuple(str(ticker) for ticker, what in found.items() if what is Unfilled.NO_ANSWER)
        unknown = sum(what is Unfilled.UNKNOWN for what in found.values())
        return len(symbols) - len(left) - unknown, left


def _asked(payload: Payload) -> tuple[tuple[str, ...], Interval, datetime]:
    symbols, interval, since = (str(payload[name]) for name in ("symbols", "interval", "since"))
    return tuple(symbols.split()), Interval(interval), datetime.fromisoformat(since)


def _complaint(symbols: Sequence[str]) -> str:
    named = ", ".join(symbols[:_NAMED])
    more = f" and {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
    return f"No provider tells of {named}{more} now. The others are kept; try this job again later."
