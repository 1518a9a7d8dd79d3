"""Tell which exchanges trade now, and when each opens or closes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.market_data.calendars import TradingCalendar
from application.shared.ports import Clock
from domain.market_data.calendar import LONGEST_PAUSE, MarketStatus, status
from domain.market_data.exchange import EXCHANGES, Exchange, exchange_named
from domain.shared.access import Actor, Scope
from domain.shared.time import zone


@dataclass(frozen=True, slots=True)
class ReadMarketStatus:
    """Works the status out from hours and holidays; nobody outside is asked."""

    trading_calendar: TradingCalendar
    clock: Clock

    async def __call__(self, actor: Actor, names: Collection[str] = ()) -> Sequence[MarketStatus]:
        """Return the status of these exchanges, or of all, in the order of their codes; once for those named twice.

        Raise Invalid for a name that no exchange has, Forbidden without market:read.
        """
        actor.require(Scope.MARKET_READ)
        wanted = {exchange_named(name) for name in names} or set(EXCHANGES.values())
        return [self._status(exchange) for exchange in sorted(wanted, key=lambda each: each.code)]

    def _status(self, exchange: Exchange) -> MarketStatus:
        now = self.clock.now()
        first = now.astimezone(zone(exchange.zone)).date()
        # the pause is looked through from the local date on, and a day more is never wrong
        special_days = self.trading_calendar.special_days(exchange, first, first + LONGEST_PAUSE + timedelta(days=1))
        return status(exchange, special_days, now)
