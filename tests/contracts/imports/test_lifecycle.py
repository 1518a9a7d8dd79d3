"""What becomes of a file on PostgreSQL: it is read, committed, recognised when it comes again, and undone."""

from __future__ import annotations

import pytest

from domain.ledger.imports.tradebook_import import State
from domain.ledger.imports.verdict import Verdict
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
    trades = {row.trade_id for row in await desk.rows(first)}
    assert {row.duplicate_trade_id for row in await desk.rows(second)} == trades
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
