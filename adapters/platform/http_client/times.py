"""When a provider wants to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, None without it or if it cannot be read.

    A date is compared with the answer's own `Date`, so that a clock of ours that is wrong does no harm.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    then = _read_date(said)
    if then is None:
        return None
    return max(0.0, (then - (_read_date(headers.get("date", "")) or now)).total_seconds())


def _read_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    # HTTP knows only GMT; a date that does not say so means it too
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
