"""When the bars of providers begin, who name them by their last day, or by a Sunday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.market_data.bar import Interval


def start_of(day: date, interval: Interval, local: ZoneInfo) -> datetime:
    """Return the midnight that begins the day, the week from Monday, or the month that a date lies in."""
    first = day
    if interval is Interval.WEEK:
        first = day - timedelta(days=day.weekday())
    elif interval is Interval.MONTH:
        first = day.replace(day=1)
    return datetime.combine(first, time(), local).astimezone(UTC)
