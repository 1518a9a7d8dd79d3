"""A worker may die at any step, or meet another at the same import: every row counts once all the same."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from application.ledger.imports.commit_import import CommitImportCommand
from application.ledger.imports.undo_import import UndoImportCommand
from domain.ledger.imports.tradebook_import import State
from domain.shared.ids import ImportId
from tests.contracts.imports.desk import HEADER, Desk, fill, tradebook

pytestmark = pytest.mark.anyio

ROWS = 2_300  # three steps of reading and of recording, one of undoing


def many(count: int = ROWS) -> bytes:
    """A tradebook with so many purchases of one share each."""
    rows = (
        f"INFY,,2024-04-01,NSE,EQ,EQ,buy,false,1,100,{number},9,"
        f"2024-04-01T{9 + number // 600:02}:{number % 600 // 10:02}:00"
        for number in range(1, count + 1)
    )
    return "\n".join([HEADER, *rows]).encode()


async def work_with_crashes(desk: Desk) -> int:
    """Do all that waits; before each step that counts, lose the same step once. Return the number of steps."""
    steps = 0
    for event_id in await desk.waiting():
        done = False
        while not done:
            await desk.step(event_id, crash=True)
            done = await desk.step(event_id)
            steps += 1
    return steps


async def test_a_crash_before_any_commit_loses_nothing_and_doubles_nothing(desk: Desk) -> None:
    """Reading, recording and undoing each go on where the last committed step ended."""
    import_id = await desk.receive(many())
    assert await work_with_crashes(desk) == 2
    assert await desk.counts(import_id) == {"ready": ROWS}
    assert [row.line for row in await desk.rows(import_id)] == list(range(2, 502))
    await desk.app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
    await work_with_crashes(desk)
    assert await desk.counts(import_id) == {"imported": ROWS}
    assert await desk.live_trades() == ROWS
    assert await desk.held() == {"INFY": str(ROWS)}
    await desk.app.ledger.undo_import()(desk.actor, UndoImportCommand(import_id))
    await work_with_crashes(desk)
    assert await desk.counts(import_id) == {"undone": ROWS}
    assert await desk.held() == {"INFY": "0"}


def conversions(count: int) -> bytes:
    """A statement with one deposit and so many conversions of dollars into euros."""
    bought = "".join(
        f'<Trade currency="USD" assetCategory="CASH" symbol="EUR.USD" buySell="BUY" quantity="2" tradePrice="1.1" '
        f'proceeds="-2.2" tradeID="{number}" transactionID="{number}" dateTime="20240304;100000" ibCommission="0" '
        'ibCommissionCurrency="USD"/>'
        for number in range(1, count + 1)
    )
    paid = (
        '<CashTransaction currency="USD" type="Deposits/Withdrawals" amount="9" dateTime="20240301" transactionID="0"/>'
    )
    return (
        '<FlexQueryResponse><FlexStatements><FlexStatement accountId="U1">'
        f"<Trades>{bought}</Trades><CashTransactions>{paid}</CashTransactions>"
        "</FlexStatement></FlexStatements></FlexQueryResponse>"
    ).encode()


async def test_cash_comes_and_goes_whole_whatever_crashes(desk: Desk) -> None:
    """The end of a step of undoing falls between both sides of a conversion, which stay together all the same."""
    count = 2_600
    import_id = await desk.preview(conversions(count))
    await desk.app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
    await work_with_crashes(desk)
    assert await desk.counts(import_id) == {"imported": count + 1}
    assert await desk.live_cash() == 2 * count + 1
    await desk.app.ledger.undo_import()(desk.actor, UndoImportCommand(import_id))
    *_, requested = await desk.waiting()
    assert not await desk.step(requested)
    # the deposit came first; of an odd number that is left, one side would be alone
    assert await desk.live_cash() == 2 * (count - 2_499)
    await work_with_crashes(desk)
    assert await desk.counts(import_id) == {"undone": count + 1}
    assert await desk.live_cash() == 0


async def test_an_event_that_comes_again_has_no_second_effect(desk: Desk) -> None:
    """The outbox delivers at least once."""
    import_id = await desk.receive(tradebook(fill(1), fill(2)))
    (received,) = await desk.waiting()
    await desk.work()
    await desk.app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
    requested = await desk.waiting()
    await desk.work()
    for event_id in (received, *requested):
        assert await desk.step(event_id)
    assert await desk.counts(import_id) == {"imported": 2}
    assert await desk.live_trades() == 2


async def test_two_workers_at_one_import_take_turns(desk: Desk) -> None:
    """The bell may be rung twice for the same commit."""
    import_id = await desk.preview(many())
    for _ in range(2):
        await desk.app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
    await asyncio.gather(*(_finish(desk, event_id) for event_id in await desk.waiting()))
    assert await desk.counts(import_id) == {"imported": ROWS}
    assert await desk.live_trades() == ROWS


async def _finish(desk: Desk, event_id: UUID) -> None:
    while not await desk.step(event_id):
        pass


async def test_the_same_file_imported_twice_at_once_counts_once(desk: Desk) -> None:
    """Both previews say ready; whichever row comes second is a duplicate that names the first."""
    content = tradebook(*(fill(number) for number in range(1, 40)))
    first, second = await asyncio.gather(desk.receive(content), desk.receive(content))
    await desk.work()
    for import_id in (first, second):
        assert await desk.counts(import_id) == {"ready": 39}
        await desk.app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
    await asyncio.gather(*(_finish(desk, event_id) for event_id in await desk.waiting()))
    counts = [await desk.counts(import_id) for import_id in (first, second)]
    assert sum(count.get("imported", 0) for count in counts) == 39
    assert sum(count.get("duplicate", 0) for count in counts) == 39
    assert await desk.live_trades() == 39
    await _name_what_they_repeat(desk, first, second)


async def _name_what_they_repeat(desk: Desk, *import_ids: ImportId) -> None:
    for import_id in import_ids:
        for row in await desk.rows(import_id):
            assert (row.record_id is None) is (row.duplicate_record_id is not None)


async def test_an_import_that_failed_to_read_leaves_nothing(desk: Desk) -> None:
    """A file that is nearly all bad is given up with the reason."""
    bad = fill(1).replace("buy", "transfer")
    import_id = await desk.preview(tradebook(*[bad] * 12_000))
    view = await desk.view(import_id)
    assert view.state is State.FAILED
    assert "transfer" in str(view.failure)
    assert await desk.live_trades() == 0
