"""What the timetable promises: each slot is done once, whatever number of schedulers looks at the clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.market_data.calendars.trading_sessions import packaged_sessions
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.ids import Uuid7Factory
from adapters.platform.timetable import SqlScheduleQueries, Timetable
from application.shared.chores import Chore
from application.shared.cron import Cron
from application.shared.ports import Clock
from application.shared.schedules import CatchUp, Schedule
from application.shared.sessions import AtSessions, Edge
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.contracts.platform.events import Counted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]

SESSIONS = packaged_sessions()


class Wall(Clock):
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return what it was set to."""
        return self.at


class LeaveEvent(Chore):
    """Leaves an event in a unit of work of its own, and can be told to fail or to wait."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.calls = 0
        self.fails = False
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._engine = engine

    async def __call__(self) -> int:
        """Leave an event."""
        self.calls += 1
        organisation_id = OrganisationId(Uuid7Factory().new())
        async with SqlUnitOfWork(self._engine, Tenant(organisation_id)) as work:
            await work.outbox.add([Counted(organisation_id=organisation_id)])
            await work.commit()
        self.has_begun.set()
        await self.may_end.wait()
        if self.fails:
            raise ZeroDivisionError
        return 1


def _entry(cron: str, catch_up: CatchUp = CatchUp.SKIP) -> Schedule:
    return Schedule(name=f"entry {uuid4()}", cron=Cron.parse(cron), zone=ZoneInfo("Europe/Berlin"), catch_up=catch_up)


async def _slots(engine: AsyncEngine, entry: Schedule) -> Counter[str]:
    async with read(engine, Tenant(purpose="housekeeping")) as connection:
        found = await connection.execute(
            text("SELECT to_char(slot, 'DD HH24:MI') FROM schedule_slots WHERE entry = :e AND finished_at IS NOT NULL"),
            {"e": entry.name},
        )
        return Counter(found.scalars())


async def _effects(engine: AsyncEngine) -> int:
    async with read(engine, Tenant(purpose="housekeeping")) as connection:
        return int((await connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one())


@pytest.mark.parametrize(
    ("day", "local"),
    [
        pytest.param(datetime(2026, 3, 28, 23, tzinfo=UTC), "29", id="an hour too few"),
        pytest.param(datetime(2026, 10, 24, 22, tzinfo=UTC), "25", id="an hour too many"),
    ],
)
async def test_two_schedulers_do_each_local_slot_once_on_both_days(
    engine: AsyncEngine, day: datetime, local: str
) -> None:
    entry, chore, wall = _entry("30 * * * *"), LeaveEvent(engine), Wall(day)
    schedulers = [Timetable(engine, wall, SESSIONS), Timetable(engine, wall, SESSIONS)]
    await asyncio.gather(*(each.do(entry, chore) for each in schedulers))
    while wall.at < day + timedelta(hours=23 if local == "29" else 25):
        wall.at += timedelta(minutes=5)
        await asyncio.gather(*(each.do(entry, chore) for each in schedulers))
    assert await _slots(engine, entry) == Counter(f"{local} {hour:02}:30" for hour in range(24))
    assert (chore.calls, await _effects(engine)) == (24, 24), await _slots(engine, entry)


async def test_an_entry_begins_to_count_when_it_is_first_seen(engine: AsyncEngine) -> None:
    entry, chore = _entry("* * * * *", CatchUp.ALL), LeaveEvent(engine)
    wall = Wall(datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC))
    assert await Timetable(engine, wall, SESSIONS).do(entry, chore)
    assert chore.calls == 0
    wall.at += timedelta(minutes=3)
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    assert chore.calls == 3


async def test_a_slot_whose_work_fails_is_left_to_be_done(engine: AsyncEngine) -> None:
    entry, chore = _entry("0 * * * *", CatchUp.LATEST), LeaveEvent(engine)
    wall = Wall(datetime(2026, 1, 1, 11, 30, tzinfo=UTC))
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    wall.at += timedelta(hours=1)
    chore.fails = True
    with pytest.raises(ZeroDivisionError):
        await Timetable(engine, wall, SESSIONS).do(entry, chore)
    assert (await _slots(engine, entry), await _effects(engine)) == (Counter(), 0)
    chore.fails = False
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    assert (await _slots(engine, entry), await _effects(engine)) == (Counter({"01 13:00": 1}), 1)


async def test_while_one_scheduler_is_at_a_slot_no_other_is(engine: AsyncEngine) -> None:
    entry, chore = _entry("0 * * * *"), LeaveEvent(engine)
    wall = Wall(datetime(2026, 1, 1, 11, 59, tzinfo=UTC))
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    wall.at += timedelta(minutes=2)
    chore.may_end.clear()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(Timetable(engine, wall, SESSIONS).do(entry, chore))
        await chore.has_begun.wait()
        assert not await Timetable(engine, wall, SESSIONS).do(entry, chore)
        chore.may_end.set()
    assert first.result()
    assert chore.calls == 1


async def test_the_last_run_and_the_next_are_there_to_see(engine: AsyncEngine) -> None:
    entry, chore = _entry("0 2 * * *"), LeaveEvent(engine)
    wall = Wall(datetime(2026, 1, 1, tzinfo=UTC))
    queries = SqlScheduleQueries(engine, wall, SESSIONS, [entry])
    actor = Actor(
        user_id=UserId(uuid4()),
        organisation_id=OrganisationId(uuid4()),
        session_id=SessionId(uuid4()),
        scopes=frozenset({Scope.LEDGER_READ}),
    )
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    [view] = await queries.schedules(actor)
    assert (view.last_due_at, view.next_at) == (None, datetime(2026, 1, 1, 1, tzinfo=UTC))
    wall.at += timedelta(hours=1, minutes=1)
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    [view] = await queries.schedules(actor)
    assert (view.last_due_at, view.next_at) == (
        datetime(2026, 1, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 2, 1, tzinfo=UTC),
    )
    assert view.last_finished_at is not None


async def test_old_slots_go(engine: AsyncEngine) -> None:
    entry, chore = _entry("0 * * * *"), LeaveEvent(engine)
    wall = Wall(datetime(2026, 1, 1, 11, 59, tzinfo=UTC))
    rows = [
        {"e": entry.name, "slot": datetime(2025, 9, 1), "due_at": datetime(2025, 9, 1, tzinfo=UTC)},  # noqa: DTZ001 - a local time
        {"e": entry.name, "slot": datetime(2026, 1, 1, 12), "due_at": datetime(2026, 1, 1, 11, tzinfo=UTC)},  # noqa: DTZ001 - a local time
    ]
    async with begin(engine, Tenant(purpose="housekeeping")) as block:
        statement = text("INSERT INTO schedule_slots (entry, slot, due_at) VALUES (:e, :slot, :due_at)")
        await block.connection.execute(statement, rows)
        await block.commit()
    wall.at += timedelta(minutes=2)
    await Timetable(engine, wall, SESSIONS).do(entry, chore)
    async with read(engine, Tenant(purpose="housekeeping")) as connection:
        found = await connection.execute(
            text("SELECT count(*) FROM schedule_slots WHERE entry = :e"), {"e": entry.name}
        )
        assert found.scalar_one() == 2


async def test_an_entry_that_follows_an_exchange_comes_once_at_each_of_its_closes(engine: AsyncEngine) -> None:
    """The week of Independence Day has a half day, a holiday and a weekend; two schedulers look at the clock."""
    entry = Schedule(
        name=f"entry {uuid4()}",
        at_sessions=AtSessions(edge=Edge.CLOSE, exchanges=frozenset({"NYSE"}), delays=(timedelta(minutes=30),)),
        zone=ZoneInfo("UTC"),
        catch_up=CatchUp.ALL,
    )
    wall, chore = Wall(datetime(2025, 7, 2, 12, tzinfo=UTC)), LeaveEvent(engine)
    schedulers = [Timetable(engine, wall, SESSIONS), Timetable(engine, wall, SESSIONS)]
    while wall.at < datetime(2025, 7, 8, tzinfo=UTC):
        for scheduler in schedulers:
            await scheduler.do(entry, chore)
        wall.at += timedelta(hours=2)
    assert chore.calls == 3
    assert await _slots(engine, entry) == dict.fromkeys(("02 20:30", "03 17:30", "07 20:30"), 1)
