"""Ask for histories to be fetched and kept before anybody needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID

from application.market_data.backfill.ports import BackfillUnits
from application.market_data.history import LONGEST, Range
from application.shared.ports import Clock, IdFactory
from domain.market_data.bar import Interval
from domain.market_data.events import BackfillRequested
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid

MOST_SYMBOLS: Final = 1_000
_MADE_OF_DAYS: Final = frozenset({Interval.WEEK, Interval.MONTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBackfillCommand:
    """Bars of this length of these symbols, over a range until now, or from a day on."""

    tickers: Sequence[Ticker]
    interval: Interval = Interval.DAY
    range: Range | None = None
    first: date | None = None


@dataclass(frozen=True, slots=True)
class RequestBackfill:
    """Asks for a backfill, which a worker does; what is there already is not fetched again."""

    units: BackfillUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: RequestBackfillCommand) -> UUID:
        """Return the id of the backfill, which is the subject of its job.

        Raises Invalid for no or too many symbols, for what is made of days, and for more than providers tell of bars
        this short; Forbidden without market:write.
        """
        actor.require(Scope.MARKET_WRITE)
        backfill_id = self.ids.new()
        event = BackfillRequested(
            organisation_id=actor.organisation_id,
            backfill_id=backfill_id,
            symbols=_symbols(command.tickers),
            interval=command.interval,
            since=self._since(command),
        )
        async with self.units(actor.organisation_id) as unit:
            await unit.outbox.add([event])
            await unit.commit()
        return backfill_id

    def _since(self, command: RequestBackfillCommand) -> datetime:
        now = self.clock.now()
        if command.interval in _MADE_OF_DAYS:
            raise Invalid("Weeks and months are made of days; ask for those of 1d.", field="interval")
        if command.range is not None and command.first is not None:
            raise Invalid("Give a range, or the day from which on, and not both.", field="range")
        first = command.first or (command.range or Range.YEAR).before(now.date())
        since = datetime.combine(first, time(), UTC)
        if since > now:
            raise Invalid("A history begins before now.", field="from")
        longest = LONGEST.get(command.interval)
        if longest is not None and now - since > longest + longest / longest.days:
            raise Invalid(
                f"Of bars of {command.interval.value} at most {longest.days} days are told.", field="interval"
            )
        return since


def _symbols(tickers: Sequence[Ticker]) -> str:
    distinct = tuple(dict.fromkeys(str(ticker) for ticker in tickers))
    if not 1 <= len(distinct) <= MOST_SYMBOLS:
        raise Invalid(f"1 to {MOST_SYMBOLS} symbols may be asked for at once; got {len(distinct)}.", field="symbols")
    return " ".join(distinct)
