"""What each cost method would make of an account, of all that is tied to it, now and at moments of the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.method_reads import SqlMethodQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.ids import Uuid7Factory
from domain.ledger.execution import Side
from domain.ledger.method import CostMethod
from domain.ledger.transfer import TransferDetails
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId
from domain.shared.moment import NOW, Moment
from tests.fakes.platform import FakeClock
from tests.ledgers import START, Desk, entry, new_actor

pytestmark = pytest.mark.anyio


@pytest.fixture
def desk(engine: AsyncEngine) -> Desk:
    ids = Uuid7Factory()
    return Desk(SqlLedgerUnits(engine, ids), FakeClock(), ids, new_actor(ids))


async def open_costs(
    engine: AsyncEngine, desk: Desk, account_id: AccountId, moment: Moment = NOW
) -> Mapping[CostMethod, Decimal]:
    """The open cost of the account's first position on which the methods differ."""
    compared = await SqlMethodQueries(engine).at(moment).compare(desk.actor, account_id)
    return {method: figures.open_cost for method, figures in compared.positions[0].figures.items()}


async def test_what_left_by_a_transfer_depends_on_the_method(engine: AsyncEngine, desk: Desk) -> None:
    """The account is replayed under each method, the other one under its own; of the past, what was there then."""
    here, there = await desk.open(), await desk.open(label="Other")
    first = await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "100", 0, fee="8"))
    await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "120", 1))
    moved = TransferDetails(
        from_account_id=here.id,
        to_account_id=there.id,
        instrument_id=first.instrument.id,
        quantity=Decimal(10),
        transferred_at=START + timedelta(minutes=10),
    )
    await desk.transfer(desk.actor, moved)
    await desk.record(desk.actor, entry(here.id, Side.SELL, "5", "130", 20))
    assert await open_costs(engine, desk, here.id, Moment(as_of=START + timedelta(minutes=15))) == {
        CostMethod.FIFO: 1200,
        CostMethod.LIFO: 1008,
        CostMethod.HIFO: 1008,
        CostMethod.AVERAGE: 1104,
        CostMethod.SPECIFIC: 1200,
    }
    assert await open_costs(engine, desk, here.id) == {
        CostMethod.FIFO: 600,
        CostMethod.LIFO: 504,
        CostMethod.HIFO: 504,
        CostMethod.AVERAGE: 552,
        CostMethod.SPECIFIC: 600,
    }
    before = await SqlMethodQueries(engine).at(Moment(as_of=START)).compare(desk.actor, here.id)
    assert {each.method: each.open_cost for each in before.totals} == dict.fromkeys(CostMethod, Decimal(1008))
    assert before.positions == []


async def test_an_account_of_others_is_not_compared(engine: AsyncEngine, desk: Desk) -> None:
    """It does not exist, as one that nobody has."""
    ids = Uuid7Factory()
    foreign = await Desk(SqlLedgerUnits(engine, ids), FakeClock(), ids, new_actor(ids)).open()
    with pytest.raises(NotFound):
        await SqlMethodQueries(engine).compare(desk.actor, foreign.id)
