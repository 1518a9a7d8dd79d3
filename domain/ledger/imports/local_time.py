"""From a clock on a wall to an instant, or a refusal: a local time is never guessed at.

When clocks go back, an hour happens twice; when they go forward, one does not happen. A time in either is
refused with its zone, because a wrong guess would put fills in the wrong order.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from domain.shared.errors import Invalid


def localise(naive: datetime, zone: ZoneInfo, field: str) -> datetime:
    """Return the instant, in UTC, at which clocks of the zone show the time; raise Invalid unless there is one."""
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    try:
        instant = first.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(f"{naive.isoformat()} is out of the range of dates.", field=field) from error
    if first.utcoffset() == second.utcoffset():
        return instant
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != naive.replace(fold=0):
        raise Invalid(
            f"{naive.isoformat()} does not exist in {zone.key}: clocks went forward over it. "
            "Write the time with its offset.",
            field=field,
        )
    raise Invalid(
        f"{naive.isoformat()} happens twice in {zone.key}: clocks went back over it. Write the time with its offset.",
        field=field,
    )


def at_noon(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant that stands for a day without a time of day: its noon.

    That is the same day in nearly every zone, and an hour that no clock change touches.
    """
    return datetime.combine(day, time(12), zone).astimezone(UTC)


def at_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day, from which a corporate action without a time of day takes effect."""
    # the earlier reading of a midnight that clocks skip is the moment at which they do
    return datetime.combine(day, time(0), zone).astimezone(UTC)
