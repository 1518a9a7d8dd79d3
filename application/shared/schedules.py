"""What is done at times of the clock: which entries there are, and what of a slot that was missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from application.shared.cron import Cron, Slot
from application.shared.sessions import AtSessions, Edge, Sessions
from domain.shared.access import Actor

_ON_TIME: Final = timedelta(minutes=5)


class CatchUp(StrEnum):
    """What becomes of slots that came while no scheduler was there."""

    SKIP = "skip"
    LATEST = "latest"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An entry: its name is unique and never changes, as it stands in the record of what was done.

    It comes at the times of a clock or at those of exchanges.
    """

    name: str
    cron: Cron | None = None
    at_sessions: AtSessions | None = None
    zone: ZoneInfo
    catch_up: CatchUp

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.at_sessions is None):
            raise ValueError(f"{self.name} comes either at the times of a clock or at those of exchanges.")

    def slots(self, after: datetime, until: datetime, sessions: Sessions) -> Iterator[Slot]:
        """Yield the slots later than `after` and not later than `until`, in order."""
        if self.cron is not None:
            yield from self.cron.slots(after, until, self.zone)
        if self.at_sessions is not None:
            yield from self.at_sessions.slots(after, until, sessions)

    def next_after(self, after: datetime, sessions: Sessions) -> Slot | None:
        """Return the first slot later than `after`, None if there is none that can be foreseen."""
        if self.cron is not None:
            return self.cron.next_after(after, self.zone)
        return None if self.at_sessions is None else self.at_sessions.next_after(after, sessions)

    def due(
        self, last: datetime, done: Collection[datetime], now: datetime, sessions: Sessions
    ) -> Iterator[tuple[Slot, bool]]:
        """Yield the slots since `last` whose local times are not `done`, each with whether to do it or let it pass."""
        since = last - timedelta(microseconds=1)
        slots = [slot for slot in self.slots(since, now, sessions) if slot.local not in done]
        for slot in slots:
            match self.catch_up:
                case CatchUp.ALL:
                    yield slot, True
                case CatchUp.LATEST:
                    yield slot, slot is slots[-1]
                case CatchUp.SKIP:
                    yield slot, now - slot.at <= _ON_TIME


_UTC: Final = ZoneInfo("UTC")
DONE_EVENTS_PURGE: Final = Schedule(
    name="done_events_purge", cron=Cron.parse("10 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
IDEMPOTENCY_PURGE: Final = Schedule(
    name="idempotency_purge", cron=Cron.parse("20 * * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
SESSIONS_PURGE: Final = Schedule(
    name="sessions_purge", cron=Cron.parse("40 * * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
USAGE_PURGE: Final = Schedule(name="usage_purge", cron=Cron.parse("30 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST)
IMPORT_FILES_PURGE: Final = Schedule(
    name="import_files_purge", cron=Cron.parse("50 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
# it finds by itself where it is two in the morning: zones differ from each other by quarters of an hour
NIGHTLY_VERIFICATION: Final = Schedule(
    name="nightly_verification", cron=Cron.parse("*/15 * * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
# what was missed is out of date
TOP_COINS: Final = Schedule(name="top_coins", cron=Cron.parse("*/2 * * * *"), zone=_UTC, catch_up=CatchUp.SKIP)
# days are those of UTC: a new week begins with each
MARKET_CALENDARS: Final = Schedule(
    name="market_calendars", cron=Cron.parse("1 0 * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
# Days of bars are whole half an hour after the close. Providers are late, and many series take many turns, so the
# quarters of an hour after that are turns too: they are few where nothing is behind, and none come where nobody trades.
END_OF_DAY_BARS: Final = Schedule(
    name="end_of_day_bars",
    at_sessions=AtSessions(
        edge=Edge.CLOSE, delays=tuple(timedelta(minutes=30) + turn * timedelta(minutes=15) for turn in range(32))
    ),
    zone=_UTC,
    catch_up=CatchUp.SKIP,
)
# each finds by itself which exchanges trade, or have closed
MARKET_MARKS: Final = Schedule(name="market_marks", cron=Cron.parse("*/5 * * * *"), zone=_UTC, catch_up=CatchUp.SKIP)
MARKET_CLOSES: Final = Schedule(name="market_closes", cron=Cron.parse("*/15 * * * *"), zone=_UTC, catch_up=CatchUp.SKIP)
# of what was missed, nothing is news any more
MARKET_NEWS: Final = Schedule(name="market_news", cron=Cron.parse("*/5 * * * *"), zone=_UTC, catch_up=CatchUp.SKIP)
STORIES_PURGE: Final = Schedule(name="stories_purge", cron=Cron.parse("40 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST)
USER_EVENTS_PURGE: Final = Schedule(
    name="user_events_purge", cron=Cron.parse("35 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
TICKS_PURGE: Final = Schedule(name="ticks_purge", cron=Cron.parse("15 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST)
SCHEDULES: Final = (
    DONE_EVENTS_PURGE,
    END_OF_DAY_BARS,
    IDEMPOTENCY_PURGE,
    IMPORT_FILES_PURGE,
    MARKET_CALENDARS,
    MARKET_CLOSES,
    MARKET_MARKS,
    MARKET_NEWS,
    NIGHTLY_VERIFICATION,
    SESSIONS_PURGE,
    STORIES_PURGE,
    TICKS_PURGE,
    TOP_COINS,
    USAGE_PURGE,
    USER_EVENTS_PURGE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """An entry with its last run, of which None says that there was none yet, and its next."""

    schedule: Schedule
    last_due_at: datetime | None
    last_finished_at: datetime | None
    next_at: datetime | None


class ScheduleQueries(Protocol):
    """Reads what is done at times of the clock; raises Forbidden without ledger:read."""

    async def schedules(self, actor: Actor) -> Sequence[ScheduleView]:
        """Return all entries in the order of their names."""
        ...
