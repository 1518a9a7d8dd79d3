"""What is asked about the days on which exchanges are closed, or trade for other hours than on most days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from domain.market_data.calendar import SpecialDay
from domain.market_data.exchange import Exchange


class TradingCalendar(Protocol):
    """Knows holidays, half days and special sessions."""

    def special_days(self, exchange: Exchange, first: date, last: date) -> Mapping[date, SpecialDay]:
        """Return the special days from the first date to the last; ordinary weekends are none."""
        ...
