"""Does what is due by the clock: each slot of an entry once, whichever of several schedulers comes first.

The row of the slot is written in the transaction of the work. Whoever finds it has nothing to do; a scheduler that dies
in between leaves neither.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, final

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, ambient, read
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.schedule_table import schedule_slots as table
from application.shared.chores import Chore
from application.shared.cron import Slot
from application.shared.ports import Clock
from application.shared.schedules import Schedule, ScheduleQueries, ScheduleView
from application.shared.sessions import Sessions
from domain.shared.access import Actor, Scope

_PURPOSE: Final = Tenant(purpose="housekeeping")
_LOOK_EVERY_S: Final = 1.0
_AGAIN_AFTER: Final = timedelta(seconds=30)
_KEPT: Final = timedelta(days=90)


@final
class Timetable:
    """Looks at the clock and does what is due."""

    def __init__(self, engine: AsyncEngine, clock: Clock, sessions: Sessions) -> None:
        self._engine = engine
        self._clock = clock
        self._sessions = sessions
        self._database = Availability("database")
        self._log = structlog.stdlib.get_logger("tapedeck.scheduler")

    async def run(self, entries: Mapping[Schedule, Chore], stop: asyncio.Event) -> None:
        """Do what is due until `stop` is set; what fails is tried again soon."""
        look_at = dict.fromkeys(entries, self._clock.now())
        while not stop.is_set():
            for schedule, chore in entries.items():
                now = self._clock.now()
                if now >= look_at[schedule]:
                    look_at[schedule] = await self._try(schedule, chore, now)
            await pause(stop, _LOOK_EVERY_S)

    async def _try(self, schedule: Schedule, chore: Chore, now: datetime) -> datetime:
        """Do it and return when to look again."""
        try:
            is_settled = await self.do(schedule, chore)
        except DatabaseUnavailable as error:
            return now + timedelta(seconds=self._database.down(error))
        except Exception as error:  # noqa: BLE001 - one entry that fails must not stop the others
            self._log.error("schedule failed", schedule=schedule.name, exc_info=error)
            return now + _AGAIN_AFTER
        self._database.up()
        following = schedule.next_after(now, self._sessions)
        # a slot that another scheduler is at may yet fail there
        return now + _AGAIN_AFTER if not is_settled or following is None else following.at

    async def do(self, schedule: Schedule, chore: Chore) -> bool:
        """Do all slots that are due; return False where another scheduler is at it."""
        now = self._clock.now()
        async with read(self._engine, _PURPOSE) as connection:
            of_entry = table.c.entry == schedule.name
            newest = select(func.max(table.c.due_at)).where(of_entry).scalar_subquery()
            found = (
                await connection.execute(select(table.c.slot, table.c.due_at).where(of_entry, table.c.due_at == newest))
            ).all()
        if not found:
            # its time begins now: nobody has missed what came before
            local = now.astimezone(schedule.zone).replace(tzinfo=None)
            return await self._settle(schedule, Slot(local, now), None)
        last, done = found[0].due_at.astimezone(UTC), {row.slot for row in found}
        for slot, is_to_be_done in schedule.due(last, done, now, self._sessions):
            if not await self._settle(schedule, slot, chore if is_to_be_done else None):
                return False
        return True

    async def _settle(self, schedule: Schedule, slot: Slot, chore: Chore | None) -> bool:
        number = int.from_bytes(hashlib.sha256(f"schedule {schedule.name}".encode()).digest()[:8], signed=True)
        row = {"entry": schedule.name, "slot": slot.local, "due_at": slot.at}
        async with ambient(self._engine, _PURPOSE) as block:
            if not (await block.connection.execute(select(func.pg_try_advisory_xact_lock(number)))).scalar_one():
                return False
            adding = insert(table).values(row).on_conflict_do_nothing().returning(table.c.slot)
            is_new = (await block.connection.execute(adding)).first() is not None
            if is_new and chore is not None:
                dealt_with = await chore()
                await block.connection.execute(
                    update(table)
                    .where(table.c.entry == schedule.name, table.c.slot == slot.local)
                    .values(finished_at=func.clock_timestamp(), dealt_with=dealt_with)
                )
                await block.connection.execute(
                    delete(table).where(table.c.entry == schedule.name, table.c.due_at < slot.at - _KEPT)
                )
                self._log.info("schedule done", schedule=schedule.name, slot=slot.local.isoformat())
            await block.commit()
        return True


@final
class SqlScheduleQueries(ScheduleQueries):
    """Reads the record, and looks ahead."""

    def __init__(self, engine: AsyncEngine, clock: Clock, sessions: Sessions, schedules: Sequence[Schedule]) -> None:
        self._engine = engine
        self._clock = clock
        self._sessions = sessions
        self._schedules = schedules

    async def schedules(self, actor: Actor) -> Sequence[ScheduleView]:
        """Return all entries by name."""
        actor.require(Scope.LEDGER_READ)
        done = select(table.c.entry, func.max(table.c.due_at), func.max(table.c.finished_at))
        async with read(self._engine, _PURPOSE) as connection:
            found = await connection.execute(done.where(table.c.finished_at.is_not(None)).group_by(table.c.entry))
            last = {entry: (due_at, finished_at) for entry, due_at, finished_at in found}
        now = self._clock.now()
        return [self._view(each, now, *last.get(each.name, (None, None))) for each in _sorted(self._schedules)]

    def _view(
        self, schedule: Schedule, now: datetime, due_at: datetime | None, finished_at: datetime | None
    ) -> ScheduleView:
        following = schedule.next_after(now, self._sessions)
        return ScheduleView(
            schedule=schedule,
            last_due_at=due_at,
            last_finished_at=finished_at,
            next_at=None if following is None else following.at,
        )


def _sorted(schedules: Sequence[Schedule]) -> Sequence[Schedule]:
    return sorted(schedules, key=lambda schedule: schedule.name)
