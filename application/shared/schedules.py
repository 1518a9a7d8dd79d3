"""What is done at times of the clock: which entries there are, and what of a slot that was missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from application.shared.cron import Cron, Slot
from domain.shared.access import Actor

_ON_TIME: Final = timedelta(minutes=5)


class CatchUp(StrEnum):
    """What becomes of slots that came while no scheduler was there."""

    SKIP = "skip"
    LATEST = "latest"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An entry: its name is unique and never changes, as it stands in the record of what was done."""

    name: str
    cron: Cron
    zone: ZoneInfo
    catch_up: CatchUp

    def due(self, last: datetime, done: Collection[datetime], now: datetime) -> Iterator[tuple[Slot, bool]]:
        """Yield the slots since `last` whose local times are not `done`, each with whether to do it or let it pass."""
        since = last - timedelta(microseconds=1)
        slots = [slot for slot in self.cron.slots(since, now, self.zone) if slot.local not in done]
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
USAGE_PURGE: Final = Schedule(name="usage_purge", cron=Cron.parse("30 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST)
IMPORT_FILES_PURGE: Final = Schedule(
    name="import_files_purge", cron=Cron.parse("50 3 * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
# it finds by itself where it is two in the morning: zones differ from each other by quarters of an hour
NIGHTLY_VERIFICATION: Final = Schedule(
    name="nightly_verification", cron=Cron.parse("*/15 * * * *"), zone=_UTC, catch_up=CatchUp.LATEST
)
SCHEDULES: Final = (DONE_EVENTS_PURGE, IDEMPOTENCY_PURGE, IMPORT_FILES_PURGE, NIGHTLY_VERIFICATION, USAGE_PURGE)


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
