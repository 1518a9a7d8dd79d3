"""When exchanges trade: their ordinary hours, the days that are different, and where an instant lies among these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from domain.market_data.exchange import Exchange
from domain.shared.time import zone

LONGEST_PAUSE: Final = timedelta(days=15)
"""No market pauses longer: whoever looks for the next session need not look further."""

_SATURDAY: Final = 5


class SpecialDay(NamedTuple):
    """A day that is not like others of its weekday: closed if it has no sessions, and open at these hours else."""

    name: str
    sessions: tuple[tuple[time, time], ...] = ()


class Session(NamedTuple):
    """A time of continuous trading, from one instant until before another."""

    opens_at: datetime
    closes_at: datetime


class MarketState(StrEnum):
    """Whether a market trades: a break lies between two sessions of one day."""

    OPEN = "open"
    BREAK = "break"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStatus:
    """Where an instant lies. `day` is the exchange's local date, `special` what is special about it, if anything.

    `opens_at` is the next opening after the instant, `closes_at` the end of the session under way, or else of the next
    one; both are None for a market that never closes.
    """

    exchange: Exchange
    at: datetime
    state: MarketState
    day: date
    special: SpecialDay | None
    opens_at: datetime | None
    closes_at: datetime | None


def sessions(exchange: Exchange, day: date, special: SpecialDay | None) -> tuple[Session, ...]:
    """Return the sessions that begin on a local date; none for a market without hours, which never closes."""
    hours = exchange.sessions if special is None else special.sessions
    if special is None and day.weekday() >= _SATURDAY:
        hours = ()
    local = zone(exchange.zone)
    return tuple(
        Session(*(datetime.combine(day, hour, local).astimezone(UTC) for hour in session)) for session in hours
    )


def sessions_from(exchange: Exchange, special_days: Mapping[date, SpecialDay], first: date) -> Iterator[Session]:
    """Yield the sessions of a date and of as many days after it as a market may pause."""
    for ahead in range(LONGEST_PAUSE.days + 1):
        day = first + timedelta(days=ahead)
        yield from sessions(exchange, day, special_days.get(day))


def last_close(exchange: Exchange, special_days: Mapping[date, SpecialDay], at: datetime) -> datetime | None:
    """Return when the last session ended by then; None for a market that never closes, or has been closed for long."""
    day = at.astimezone(zone(exchange.zone)).date()
    for ago in range(LONGEST_PAUSE.days + 1):
        before = day - timedelta(days=ago)
        that_day = sessions(exchange, before, special_days.get(before))
        ended = [session.closes_at for session in that_day if session.closes_at <= at]
        if ended:
            return ended[-1]
    return None


def status(exchange: Exchange, special_days: Mapping[date, SpecialDay], at: datetime) -> MarketStatus:
    """Tell where the instant lies; the special days are those from its date on for `LONGEST_PAUSE`."""
    day = at.astimezone(zone(exchange.zone)).date()
    ahead = [session for session in sessions_from(exchange, special_days, day) if session.closes_at > at]
    today = sessions(exchange, day, special_days.get(day))
    if exchange.is_always_open or any(session.opens_at <= at < session.closes_at for session in today):
        state = MarketState.OPEN
    elif today and today[0].opens_at <= at < today[-1].closes_at:
        state = MarketState.BREAK
    else:
        state = MarketState.CLOSED
    return MarketStatus(
        exchange=exchange,
        at=at,
        state=state,
        day=day,
        special=special_days.get(day),
        opens_at=next((session.opens_at for session in ahead if session.opens_at > at), None),
        closes_at=ahead[0].closes_at if ahead else None,
    )
