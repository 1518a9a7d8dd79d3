"""What disposals moved on which day is kept as sums that follow every change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.projection_tables import disposal_days
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.ids import Uuid7Factory
from application.ledger.amend_account import AmendAccountCommand
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Opened
from domain.ledger.execution import Side
from domain.shared.ids import AccountId
from tests.contracts.ledger.moved_days import EVER, LATER, days_agree, held, moved, realised
from tests.fakes.platform import FakeClock
from tests.ledgers import START, Desk, entry, new_actor

pytestmark = pytest.mark.anyio


async def sold_in_parts(engine: AsyncEngine, parts: int) -> tuple[Desk, AccountId]:
    """Buy, and sell one by one, a minute apart."""
    ids = Uuid7Factory()
    desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(START.replace(year=2026)), ids, new_actor(ids))
    account = (await desk.open()).id
    await desk.record(desk.actor, entry(account, Side.BUY, str(parts), "10", 0))
    for minute in range(1, parts + 1):
        await desk.record(desk.actor, entry(account, Side.SELL, "1", "12", minute))
    return desk, account


async def rows(engine: AsyncEngine, desk: Desk) -> int:
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        return int((await block.connection.execute(text("SELECT count(*) FROM disposal_days"))).scalar_one())


async def test_a_rebuild_makes_one_row_of_each_day(engine: AsyncEngine) -> None:
    desk, _ = await sold_in_parts(engine, 5)
    before = await moved(engine, desk.actor, PnlFilter())
    assert await rows(engine, desk) > len(before[0][0])
    await desk.rebuild(desk.actor)
    assert await moved(engine, desk.actor, PnlFilter()) == before
    ((closed, opened),) = before
    assert await rows(engine, desk) == len({each.day for each in closed} | {each.day for each in opened})
    await days_agree(engine, desk.actor)


async def test_sums_that_are_not_of_all_disposals_are_not_used(engine: AsyncEngine) -> None:
    """The release before does not keep them; what it wrote is summed up by the next rebuild."""
    desk, _ = await sold_in_parts(engine, 2)
    right = await moved(engine, desk.actor, PnlFilter())
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        await block.connection.execute(text("DELETE FROM disposal_days"))
        await block.commit()
    assert await moved(engine, desk.actor, PnlFilter()) == right
    ((told,), (ever,)) = await realised(engine, desk.actor, EVER), await realised(engine, desk.actor, PnlFilter())
    assert (told, told.disposals) == (ever, 2)
    await desk.rebuild(desk.actor)
    assert await rows(engine, desk) == 1
    assert await moved(engine, desk.actor, PnlFilter()) == right


async def move_days(engine: AsyncEngine, desk: Desk) -> None:
    """Put all that is kept on the day after."""
    kept = ", ".join(column.name for column in disposal_days.columns if column.name != "day")
    gone = "WITH gone AS (DELETE FROM disposal_days RETURNING *)"
    move = f"{gone} INSERT INTO disposal_days (day, {kept}) SELECT day + 1, {kept} FROM gone"  # noqa: S608 - its columns
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        await block.connection.execute(text(move))
        await block.commit()


async def test_what_is_kept_of_open_lots_is_what_is_read(engine: AsyncEngine) -> None:
    desk, account = await sold_in_parts(engine, 2)
    await desk.record(desk.actor, entry(account, Side.BUY, "3", "10", 3, fee="0.5"))
    await desk.record(desk.actor, entry(account, Side.SELL, "1", "9", 4))
    before = await held(engine, desk.actor)
    assert before == await held(engine, desk.actor, LATER) == [[Opened(START.date(), Decimal("20.333333333333333333"))]]
    await move_days(engine, desk)
    assert await held(engine, desk.actor) == [[each._replace(day=each.day + timedelta(days=1)) for each in before[0]]]


async def test_what_is_kept_of_days_is_what_is_read(engine: AsyncEngine) -> None:
    """Without a gain to tell them apart, a day that was moved on purpose shows."""
    desk, _ = await sold_in_parts(engine, 2)
    await move_days(engine, desk)
    ((closed, _),) = await moved(engine, desk.actor, PnlFilter())
    ((unmoved, _),) = await moved(engine, desk.actor, EVER)
    assert [each.day - timedelta(days=1) for each in closed] == [each.day for each in unmoved]
    day = PnlFilter(from_date=closed[0].day, to_date=closed[0].day)
    ((told,), added_up) = await realised(engine, desk.actor, day), await realised(engine, desk.actor, day, LATER)
    assert (told.disposals, told.realised) == (2, Decimal(4))
    assert added_up == []


async def test_another_time_zone_moves_the_days(engine: AsyncEngine) -> None:
    """Late on the 5th in UTC is early on the 6th in Tokyo."""
    ids = Uuid7Factory()
    desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(START.replace(year=2026)), ids, new_actor(ids))
    account = await desk.open()
    await desk.amend_account(
        desk.actor, AmendAccountCommand(account_id=account.id, expected=account.version, time_zone="UTC")
    )
    bought, sold = datetime(2024, 1, 4, 12, tzinfo=UTC), datetime(2024, 1, 5, 22, tzinfo=UTC)
    await desk.record(desk.actor, replace(entry(account.id, Side.BUY, "1", "10", 0), executed_at=bought))
    await desk.record(desk.actor, replace(entry(account.id, Side.SELL, "1", "12", 1), executed_at=sold))

    async def days() -> tuple[list[date], list[date]]:
        ((closed, opened),) = await moved(engine, desk.actor, PnlFilter())
        return [each.day for each in closed], [each.day for each in opened]

    assert await days() == ([date(2024, 1, 5)], [date(2024, 1, 4)])
    await desk.amend_account(
        desk.actor, AmendAccountCommand(account_id=account.id, expected=account.version + 1, time_zone="Asia/Tokyo")
    )
    assert await days() == ([date(2024, 1, 6)], [date(2024, 1, 4)])
    await days_agree(engine, desk.actor)


async def test_a_long_and_a_short_of_one_cost_are_not_mistaken_for_nothing(engine: AsyncEngine) -> None:
    """What both cost adds up to what it does where nobody has summed anything up."""
    ids = Uuid7Factory()
    desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(START.replace(year=2026)), ids, new_actor(ids))
    long, short = (await desk.open(label="Long")).id, (await desk.open(label="Short")).id
    await desk.record(desk.actor, entry(long, Side.BUY, "1", "10", 0))
    await desk.record(desk.actor, entry(short, Side.SELL, "1", "10", 60 * 24 * 3))
    right = await held(engine, desk.actor, LATER)
    assert any(right)
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        await block.connection.execute(text("DELETE FROM disposal_days"))
        await block.commit()
    assert await held(engine, desk.actor) == right
