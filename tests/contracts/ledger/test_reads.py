"""What reading from PostgreSQL promises besides its figures: scopes, versions kept, rows that nobody deletes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.dated_reads import SqlDatedQueries
from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.lot_reads import SqlLotQueries
from adapters.ledger.position_reads import SqlPositionQueries
from adapters.ledger.trade_reads import SqlAccountQueries, SqlTradeQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.ids import Uuid7Factory
from application.ledger.currencies.queries import Display
from application.ledger.patch_trade import PatchTradeCommand, TradePatch
from application.ledger.wanted import (
    DisposalFilter,
    InstrumentFilter,
    LotFilter,
    PnlFilter,
    PositionFilter,
    PriceChoice,
    RoundTripFilter,
    TradeFilter,
    TradeSort,
)
from application.shared.pages import PageRequest
from domain.ledger.execution import Side
from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden
from domain.shared.ids import AccountId, InstrumentId, TradeId
from tests.fakes.exchange_rates import FakeExchangeRates
from tests.fakes.platform import FakeClock
from tests.ledgers import Desk, entry, new_actor

pytestmark = pytest.mark.anyio

Read: TypeAlias = Callable[[AsyncEngine, Actor], Awaitable[object]]
PAGE, PRICES = PageRequest(), PriceChoice.USER
ANY, RATES = Uuid7Factory().new(), FakeExchangeRates({})
READS: dict[str, Read] = {
    "accounts": lambda engine, actor: SqlAccountQueries(engine).accounts(actor, PAGE),
    "account": lambda engine, actor: SqlAccountQueries(engine).account(actor, AccountId(ANY)),
    "instruments": lambda engine, actor: SqlAccountQueries(engine).instruments(actor, InstrumentFilter(), PAGE),
    "price": lambda engine, actor: SqlAccountQueries(engine).price(actor, InstrumentId(ANY)),
    "trades": lambda engine, actor: SqlTradeQueries(engine).trades(actor, TradeFilter(), TradeSort.PRICE, PAGE),
    "trade": lambda engine, actor: SqlTradeQueries(engine).trade(actor, TradeId(ANY)),
    "positions": lambda engine, actor: SqlPositionQueries(engine).positions(actor, PositionFilter(), PAGE),
    "position": lambda engine, actor: SqlPositionQueries(engine).position(actor, ANY, PRICES),
    "totals": lambda engine, actor: SqlPositionQueries(engine).totals(actor, PositionFilter(), PAGE),
    "lots": lambda engine, actor: SqlLotQueries(engine).lots(actor, LotFilter(), PAGE),
    "disposals": lambda engine, actor: SqlLotQueries(engine).disposals(actor, DisposalFilter(), PAGE),
    "disposal": lambda engine, actor: SqlLotQueries(engine).disposal(actor, TradeId(ANY)),
    "round trips": lambda engine, actor: SqlLotQueries(engine).round_trips(actor, RoundTripFilter(), PAGE),
    "pnl": lambda engine, actor: SqlFigureQueries(engine).pnl(actor, PnlFilter()),
    "disposal explained": lambda engine, actor: SqlFigureQueries(engine).of_disposal(actor, TradeId(ANY)),
    "position explained": lambda engine, actor: SqlFigureQueries(engine).of_position(actor, ANY, PRICES, 1),
    "pnl explained": lambda engine, actor: SqlFigureQueries(engine).of_pnl(actor, PnlFilter(), 1),
    "pnl by days": lambda engine, actor: SqlDatedQueries(engine).dated(actor, PnlFilter(), Display(), RATES),
    "pnl by days explained": lambda engine, actor: SqlDatedQueries(engine).evidence(
        actor, PnlFilter(), Display(), RATES, 1
    ),
}


@pytest.fixture
def desk(engine: AsyncEngine) -> Desk:
    ids = Uuid7Factory()
    return Desk(SqlLedgerUnits(engine, ids), FakeClock(), ids, new_actor(ids))


@pytest.mark.parametrize("name", READS)
async def test_reading_needs_the_scope(engine: AsyncEngine, name: str) -> None:
    writer = new_actor(Uuid7Factory(), Scope.LEDGER_WRITE, Scope.PROFILE)
    with pytest.raises(Forbidden):
        await READS[name](engine, writer)


async def test_every_version_of_a_trade_is_kept(engine: AsyncEngine, desk: Desk) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, Side.BUY, "1.5", "100.25"))
    for version, quantity in enumerate(("2", "3"), start=1):
        command = PatchTradeCommand(trade.id, version, TradePatch(quantity=Decimal(quantity)))
        await desk.patch(desk.actor, command)
    async with read(engine, Tenant(desk.actor.organisation_id)) as connection:
        found = await connection.execute(
            text("SELECT version, snapshot->>'quantity' FROM trade_versions WHERE trade_id = :id ORDER BY version"),
            {"id": trade.id},
        )
        assert [(version, Decimal(quantity)) for version, quantity in found] == [(1, Decimal("1.5")), (2, Decimal(2))]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trades",
        "DELETE FROM positions",
        "DELETE FROM accounts",
        "DELETE FROM trade_versions",
        "UPDATE trade_versions SET version = 9",
        "TRUNCATE lots",
    ],
)
async def test_the_application_cannot_rewrite_the_past(engine: AsyncEngine, desk: Desk, statement: str) -> None:
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await block.connection.execute(text(statement))


async def test_a_row_of_another_organisation_cannot_be_written(engine: AsyncEngine, desk: Desk) -> None:
    """The policy refuses what a store could not even ask for."""
    account = await desk.open()
    other = replace(desk.actor, organisation_id=new_actor(desk.ids).organisation_id)
    async with begin(engine, Tenant(other.organisation_id)) as block:
        done = await block.connection.execute(
            text("UPDATE accounts SET label = 'mine' WHERE id = :id"), {"id": account.id}
        )
        assert done.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            await block.connection.execute(
                text("INSERT INTO accounts VALUES (:org, :id, 'b', 'l', 'INR', 'UTC', true, 1, now(), now(), null)"),
                {"org": desk.actor.organisation_id, "id": desk.ids.new()},
            )
