"""What becomes of a file on PostgreSQL: it is read, committed, recognised when it comes again, and undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from adapters.ledger.imports.retention import FILES_KEPT_DAYS, ImportFilesPurge
from adapters.platform.database.transaction import Tenant, begin
from application.ledger.close_account import CloseAccountCommand
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.imports.discard_import import DiscardImportCommand
from application.ledger.void_trade import VoidTradeCommand
from domain.ledger.execution import Side
from domain.ledger.imports.tradebook_import import State
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Scope
from domain.shared.errors import Conflict, Forbidden
from domain.shared.ids import TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency
from tests.contracts.imports.desk import Desk, fill, tradebook

pytestmark = pytest.mark.anyio


async def test_a_file_becomes_trades_and_positions(desk: Desk) -> None:
    """Rows are previewed, then recorded, and positions follow."""
    import_id = await desk.preview(tradebook(fill(1), fill(2), fill(3, "sell", "5")))
    assert (await desk.view(import_id)).state is State.PREVIEWED
    assert await desk.counts(import_id) == {"ready": 3}
    assert await desk.live_trades() == 0
    await desk.commit(import_id)
    assert (await desk.view(import_id)).state is State.COMMITTED
    assert await desk.counts(import_id) == {"imported": 3}
    assert await desk.held() == {"INFY": "15"}


async def test_the_same_file_twice_adds_nothing(desk: Desk) -> None:
    """Each row says of which trade and import it is a duplicate."""
    content = tradebook(fill(1), fill(2))
    first = await desk.bring_in(content)
    second = await desk.bring_in(content)
    assert await desk.counts(second) == {"duplicate": 2}
    trades = {row.record_id for row in await desk.rows(first)}
    assert {row.duplicate_record_id for row in await desk.rows(second)} == trades
    assert {row.duplicate_import_id for row in await desk.rows(second)} == {first}
    assert await desk.live_trades() == 2


async def test_a_bad_row_costs_no_good_one(desk: Desk) -> None:
    """The bad row says line, column and reason; the others are imported."""
    bad = fill(2).replace("buy", "transfer")
    import_id = await desk.bring_in(tradebook(fill(1), bad, fill(3)))
    (row,) = await desk.rows(import_id, Verdict.BAD)
    assert row.problem is not None
    assert (row.line, row.problem.column) == (3, "trade_type")
    assert "transfer" in row.problem.reason
    assert await desk.counts(import_id) == {"imported": 2, "bad": 1}


async def test_undo_takes_everything_back_and_the_file_can_come_again(desk: Desk) -> None:
    """After an undo nothing is held, and the same file imports anew."""
    content = tradebook(fill(1), fill(2))
    first = await desk.bring_in(content)
    await desk.undo(first)
    assert (await desk.view(first)).state is State.UNDONE
    assert await desk.counts(first) == {"undone": 2}
    assert await desk.live_trades() == 0
    assert await desk.held() == {"INFY": "0"}
    again = await desk.bring_in(content)
    assert await desk.counts(again) == {"imported": 2}
    assert await desk.held() == {"INFY": "20"}


async def test_a_trade_voided_by_hand_stays_void(desk: Desk) -> None:
    """The file brings it back neither when it comes again nor after the import is undone."""
    content = tradebook(fill(1), fill(2))
    first = await desk.bring_in(content)
    voided = (await desk.rows(first))[0].record_id
    assert voided is not None
    await desk.app.ledger.void_trade()(desk.actor, VoidTradeCommand(TradeId(voided), 1, "Not mine"))
    assert await desk.counts(await desk.bring_in(content)) == {"duplicate": 2}
    await desk.undo(first)
    assert await desk.counts(first) == {"imported": 1, "undone": 1}
    assert await desk.counts(await desk.bring_in(content)) == {"duplicate": 1, "imported": 1}
    assert await desk.live_trades() == 1


async def test_a_fill_entered_by_hand_before_its_file_came_is_known(desk: Desk) -> None:
    """The preview already says so."""
    entry = TradeEntry(
        account_id=desk.account_id,
        instrument=InstrumentTerms(key=InstrumentKey("INFY", "NSE", Segment.EQUITY, Currency("INR"))),
        side=Side.BUY,
        quantity=Decimal(10),
        price=Decimal(100),
        executed_at=datetime(2024, 4, 1, 3, 31, tzinfo=UTC),
        broker_trade_id="1",
    )
    trade = await desk.app.ledger.record_trade()(desk.actor, entry)
    import_id = await desk.preview(tradebook(fill(1), fill(2)))
    assert await desk.counts(import_id) == {"duplicate": 1, "ready": 1}
    assert (await desk.rows(import_id, Verdict.DUPLICATE))[0].duplicate_record_id == trade.id


async def test_rows_are_recorded_in_the_order_of_execution(desk: Desk) -> None:
    """Whatever the order of the file, the sale matches the purchase before it."""
    content = tradebook(fill(3, "sell", "10", "120"), fill(2, "buy", "10", "110"), fill(1, "buy", "10", "100"))
    await desk.bring_in(content)
    assert await desk.held() == {"INFY": "10"}
    assert await desk.realised() == {"INFY": "200"}


async def test_shares_bought_on_one_exchange_and_sold_on_another_are_one_holding(desk: Desk) -> None:
    """The paper tells, not the place: BSE and NSE purchases of one ISIN cover one sale."""
    content = tradebook(
        "FEDERALBNK,INE171A01029,2021-04-27,BSE,EQ,A,buy,false,50,74,T001,O001,2021-04-27T09:30:00",
        "FEDERALBNK,INE171A01029,2021-04-28,NSE,EQ,EQ,buy,false,30,75.5,T002,O002,2021-04-28T10:00:00",
        "FEDERALBNK,INE171A01029,2021-05-12,NSE,EQ,EQ,sell,false,80,82,T004,O004,2021-05-12T12:00:00",
    )
    await desk.bring_in(content)
    assert await desk.held() == {"FEDERALBNK": "0"}
    assert await desk.realised() == {"FEDERALBNK": "595"}


async def test_a_closed_account_takes_no_file(desk: Desk) -> None:
    """The upload is refused."""
    await desk.app.ledger.close_account()(desk.actor, CloseAccountCommand(desk.account_id, 1))
    with pytest.raises(Conflict):
        await desk.receive(tradebook(fill(1)))


async def test_a_viewer_can_look_and_not_touch(desk: Desk) -> None:
    """Every change needs ledger:write."""
    import_id = await desk.preview(tradebook(fill(1)))
    viewer = replace(desk, actor=replace(desk.actor, scopes=frozenset({Scope.LEDGER_READ})))
    assert (await viewer.view(import_id)).state is State.PREVIEWED
    with pytest.raises(Forbidden):
        await viewer.receive(tradebook(fill(1)))
    with pytest.raises(Forbidden):
        await viewer.commit(import_id)


async def test_a_discarded_import_leaves_no_rows(desk: Desk) -> None:
    """Its record stays; what was committed cannot be discarded."""
    import_id = await desk.preview(tradebook(fill(1)))
    await desk.app.ledger.discard_import()(desk.actor, DiscardImportCommand(import_id))
    assert await desk.rows(import_id) == []
    with pytest.raises(Conflict):
        await desk.commit(import_id)
    done = await desk.bring_in(tradebook(fill(1)))
    with pytest.raises(Conflict):
        await desk.app.ledger.discard_import()(desk.actor, DiscardImportCommand(done))


async def test_a_file_with_a_header_only_fails(desk: Desk) -> None:
    """There is nothing to import."""
    view = await desk.view(await desk.preview(tradebook()))
    assert (view.state, view.failure) == (State.FAILED, "There are no rows below the header.")


async def test_a_file_goes_a_month_after_it_was_recorded_and_can_still_be_undone(desk: Desk) -> None:
    """What may yet be read anew stays for as long as it likes."""
    recorded, recent, waiting = (
        await desk.bring_in(tradebook(fill(1), fill(2))),
        await desk.bring_in(tradebook(fill(3))),
        await desk.preview(tradebook(fill(4))),
    )
    engine = desk.app.platform.engine()
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        statement = text("UPDATE imports SET updated_at = now() - make_interval(days => :days) WHERE id = ANY(:ids)")
        values = {"days": FILES_KEPT_DAYS + 1, "ids": [recorded, waiting]}
        await block.connection.execute(statement, values)
        await block.commit()
    assert await ImportFilesPurge(engine)() >= 1
    async with begin(engine, Tenant(desk.actor.organisation_id)) as block:
        left = set((await block.connection.execute(text("SELECT import_id FROM import_files"))).scalars())
    assert left == {recent, waiting}
    await desk.undo(recorded)
    assert await desk.counts(recorded) == {"undone": 2}
    await desk.commit(waiting)
    assert await desk.counts(waiting) == {"imported": 1}
