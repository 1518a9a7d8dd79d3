"""Longer bars made of shorter ones, by the sessions and the calendar of the exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from domain.market_data.bar import Bar, Interval
from domain.market_data.calendar import SpecialDay, sessions
from domain.market_data.exchange import Exchange
from domain.market_data.restating import DayOf
from domain.shared.errors import Invalid
from domain.shared.money import ZERO
from domain.shared.time import zone


def by_calendar(bars: Sequence[Bar], interval: Interval, day_of: DayOf, exchange: Exchange | None) -> list[Bar]:
    """Return bars of a day, a week from Monday, or a month, which start at the exchange's midnight; UTC's for None.

    Prices must be restated for splits before, or the week of one mixes units.
    """
    local = UTC if exchange is None else zone(exchange.zone)
    first: Callable[[date], date]
    match interval:
        case Interval.DAY:
            first = _same
        case Interval.WEEK:
            first = _monday
        case Interval.MONTH:
            first = _first_of_month
        case _:
            raise Invalid(f"{interval.value} is no length of the calendar.", field="interval")
    return [
        _joined(datetime.combine(day, time(), local).astimezone(UTC), part)
        for day, part in groupby(bars, lambda bar: first(day_of(bar.start)))
    ]


def by_session(
    bars: Sequence[Bar], interval: Interval, exchange: Exchange, special_days: Mapping[date, SpecialDay]
) -> list[Bar]:
    """Return bars of minutes or an hour, counted from the opening of the session that they lie in.

    The last of a session ends with it. What was traded before the first opening or after a close is counted from there.
    """
    length = interval.length
    if length is None:
        raise Invalid(f"{interval.value} is a length of the calendar.", field="interval")
    local = zone(exchange.zone)
    anchors: dict[date, list[datetime]] = {}

    def start_of(bar: Bar) -> datetime:
        day = bar.start.astimezone(local).date()
        if day not in anchors:
            hours = sessions(exchange, day, special_days.get(day))
            midnight = datetime.combine(day, time(), local).astimezone(UTC)
            anchors[day] = [at for session in hours for at in session] or [midnight]
        anchor = max((at for at in anchors[day] if at <= bar.start), default=anchors[day][0])
        return anchor + (bar.start - anchor) // length * length

    return [_joined(start, part) for start, part in groupby(bars, start_of)]


def _same(day: date) -> date:
    return day


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _joined(start: datetime, bars: Iterable[Bar]) -> Bar:
    part = list(bars)
    _, first, *_ = part[0]
    return Bar(
        start,
        first,
        max(bar.high for bar in part),
        min(bar.low for bar in part),
        part[-1].close,
        sum((bar.volume for bar in part), ZERO),
    )
