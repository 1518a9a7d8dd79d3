"""What moved on which day, once from the sums that are kept of days and once from the disposals themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.ledger.dated_reads import SqlDatedQueries
from adapters.ledger.disposal_days import sum_up
from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.projection_tables import disposal_days
from adapters.platform.database.transaction import Tenant, begin
from application.ledger.currencies.queries import Display
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Closed, Opened
from domain.ledger.pnl import Realised
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency
from tests.fakes.exchange_rates import FakeExchangeRates
from tests.ledgers import START

EVER = PnlFilter(from_date=date(1900, 1, 1), to_date=date(2100, 1, 1))
ELSEWHERE = Display(Currency("CHF"))
LATER = Moment(as_of=datetime(2100, 1, 1, tzinfo=UTC))
_DAY = ("account_id", "currency", "day")
Moved = list[tuple[list[Closed], list[Opened]]]


async def moved(engine: AsyncEngine, actor: Actor, wanted: PnlFilter) -> Moved:
    """Return what was closed and opened by day, for each pair of currencies; no currency is that of any account."""
    told = await SqlDatedQueries(engine).dated(actor, wanted, ELSEWHERE, FakeExchangeRates({}))
    pairs = [(sorted(each.closed), sorted(each.opened)) for each in told.movements]
    return [pair for pair in pairs if pair != ([], [])]


async def days_agree(engine: AsyncEngine, actor: Actor) -> None:
    """The sums that are kept are those over the disposals, and so are those of periods and of what is held."""
    await sums_are_those_of_their_rows(engine, actor)
    kept = await moved(engine, actor, PnlFilter())
    assert kept == await moved(engine, actor, EVER)
    assert await realised(engine, actor, EVER) == await realised(engine, actor, EVER, LATER)
    assert await held(engine, actor) == await held(engine, actor, LATER)


async def sums_are_those_of_their_rows(engine: AsyncEngine, actor: Actor) -> None:
    """Summed up anew, by a transaction that is undone, they are what they were: no writer has booked anything else."""
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        kept = await _sums(block.connection)
        for account_id in (await block.connection.execute(text("SELECT id FROM accounts"))).scalars().all():
            await sum_up(block.connection, actor.organisation_id, account_id)
        assert kept == await _sums(block.connection)


async def _sums(connection: AsyncConnection) -> list[tuple[object, ...]]:
    amounts = [column.name for column in disposal_days.c if column.name not in {"organisation_id", "id", *_DAY}]
    sums = ", ".join(f"sum({name})" for name in amounts)
    found = await connection.execute(
        text(f"SELECT {', '.join(_DAY)}, {sums} FROM disposal_days GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")  # noqa: S608 - names of columns
    )
    return [tuple(row) for row in found if any(row[len(_DAY) :])]


async def held(engine: AsyncEngine, actor: Actor, moment: Moment = NOW) -> list[list[Opened]]:
    """Return what open positions cost by the day they were opened on; reads of any moment but now add lots up."""
    rates = FakeExchangeRates({START.date(): {"CHF": "0.9", "INR": "90", "USD": "1.1"}})
    told = await SqlDatedQueries(engine).at(moment).dated(actor, PnlFilter(), ELSEWHERE, rates)
    return [sorted(each.lots) for each in told.movements]


async def realised(engine: AsyncEngine, actor: Actor, wanted: PnlFilter, moment: Moment = NOW) -> list[Realised]:
    """Return what disposals of a period realised; reads of any moment but now add disposals up."""
    told = await SqlFigureQueries(engine).at(moment).pnl(actor, wanted)
    return sorted(told.realised, key=lambda each: each.currency.code)
