"""What of the market concerns anybody here, and by which rules it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, final

from adapters.ledger.market.tickers import InstrumentTickers, Traded
from application.market_data.calendars import TradingCalendar
from application.market_data.live.ports import BusAway, TickPublisher
from domain.market_data.calendar import LONGEST_PAUSE, SpecialDay
from domain.market_data.exchange import Exchange
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

_DAY: Final = timedelta(days=1)
# rates are told over the euro, and most who ask for another currency ask for this one
_ALWAYS: Final = frozenset({"USD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRules:
    """What is looked at besides what is held, and whether what is made up may value holdings.

    With `is_scarce` providers allow so few calls that only the last prices of days are asked for. What nobody holds is
    waited for `patience_s` at most, a third of the time after which PostgreSQL ends the transaction around the job.
    """

    popular: Sequence[Ticker] = ()
    simulated: bool = False
    is_scarce: bool = False
    patience_s: float = 60


@final
class Watched:
    """What people hold, over all organisations, and the currencies that they hold it in."""

    def __init__(self, tickers: InstrumentTickers) -> None:
        self._tickers = tickers

    async def traded(self, *, anew: bool = False) -> Sequence[Traded]:
        """Return the instruments of all organisations; `anew` has all of their past looked up again."""
        found: list[Traded] = []
        for organisation_id in await self._tickers.organisations():
            if anew:
                await self._tickers.forget_looked(organisation_id)
            found.extend(await self._tickers.traded(organisation_id))
        return found

    async def rates(self) -> Sequence[Ticker]:
        """Return what tells the euro in each currency."""
        codes = set(_ALWAYS)
        for organisation_id in await self._tickers.organisations():
            codes |= await self._tickers.currencies(organisation_id)
        tickers: list[Ticker] = []
        for code in sorted(codes):
            # not all that anybody enters is the money of a country, and the euro in itself needs no rate
            with suppress(Invalid):
                tickers.append(Ticker.parse(f"EUR{code}=X"))
        return tickers


@final
class Followed:
    """What clients that are connected follow now."""

    def __init__(self, publisher: TickPublisher) -> None:
        self._publisher = publisher

    async def tickers(self) -> frozenset[Ticker]:
        """Return it; nothing while that cannot be told."""
        try:
            symbols = await self._publisher.wanted()
        except BusAway:
            return frozenset()
        found: set[Ticker] = set()
        for symbol in symbols:
            # what lies there was written by another process, maybe of another version
            with suppress(Invalid):
                found.add(Ticker.parse(symbol))
        return frozenset(found)


def special_days(calendar: TradingCalendar, home: Exchange, now: datetime) -> Mapping[date, SpecialDay]:
    """Return the special days around now: as far back and ahead as a market may pause."""
    return calendar.special_days(home, now.date() - LONGEST_PAUSE - _DAY, now.date() + LONGEST_PAUSE + _DAY)
