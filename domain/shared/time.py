"""Instants are aware datetimes in UTC; local times exist only together with an IANA zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.shared.errors import Invalid

# files of the time zone database that are no IANA zones, or depend on the machine
_NOT_ZONES = frozenset({"localtime", "Factory", "posixrules"})
_NOT_ZONE_FOLDERS = ("posix/", "right/")


def instant(value: datetime, field: str) -> datetime:
    """Return the instant in UTC; raise Invalid for a time without an offset, whose meaning nobody knows."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise Invalid(f"{field} has no offset; write it like 2026-01-31T09:15:00+05:30 or with Z.", field=field)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(f"{field} lies outside the years 1 to 9999; check the year.", field=field) from error


def zone(name: str, field: str = "timeZone") -> ZoneInfo:
    """Return the IANA time zone of that name or raise Invalid."""
    if name not in _NOT_ZONES and not name.startswith(_NOT_ZONE_FOLDERS):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise Invalid(f"{name[:64]!r} is not an IANA time zone such as Asia/Kolkata.", field=field)
