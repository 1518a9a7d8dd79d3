"""When exchanges open and close, for what is done at such times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, final

from adapters.market_data.calendars.packaged import PackagedCalendar
from application.market_data.calendars import TradingCalendar
from application.shared.sessions import Edge, Sessions
from domain.market_data.calendar import sessions
from domain.market_data.exchange import EXCHANGES, Exchange

_DAY: Final = timedelta(days=1)


@final
class TradingSessions(Sessions):
    """Asks a calendar; a day with a break opens once and closes once."""

    def __init__(self, calendar: TradingCalendar) -> None:
        self._calendar = calendar

    def edges(self, edge: Edge, exchanges: frozenset[str], after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield when these exchanges open or close."""
        # local dates lie up to a day beside those of UTC
        first, last = after.astimezone(UTC).date() - _DAY, until.astimezone(UTC).date() + _DAY
        for exchange in EXCHANGES.values() if not exchanges else [EXCHANGES[code] for code in sorted(exchanges)]:
            for opens_at, closes_at in self._days(exchange, first, last):
                at = opens_at if edge is Edge.OPEN else closes_at
                if after < at <= until:
                    yield at

    def _days(self, exchange: Exchange, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        special = self._calendar.special_days(exchange, first, last)
        for ahead in range((last - first).days + 1):
            day = first + ahead * _DAY
            if exchange.is_always_open:
                midnight = datetime.combine(day, time(), UTC)
                yield midnight, midnight + _DAY
                continue
            of_day = sessions(exchange, day, special.get(day))
            if of_day:
                yield of_day[0].opens_at, of_day[-1].closes_at


def packaged_sessions() -> TradingSessions:
    """Return the sessions of the calendar that Tapedeck comes with."""
    return TradingSessions(PackagedCalendar())
