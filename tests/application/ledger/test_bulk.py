"""What recording many trades at once promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from application.ledger.entries import InstrumentTerms
from application.ledger.record_trades import (
    MAX_ROWS,
    BulkRow,
    Mode,
    RecordTradesCommand,
    RowVerdict,
    Verdict,
)
from application.ledger.void_import import VoidImportCommand
from application.ledger.void_trade import VoidTradeCommand
from domain.ledger.events import TradesChanged
from domain.ledger.execution import Side
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId, ImportId
from tests.fakes.ledger import FakeLedger
from tests.ledgers import INFY, TCS, Desk, entry, rows

pytestmark = pytest.mark.anyio
BUY, SELL = Side.BUY, Side.SELL


def verdicts(found: Sequence[RowVerdict]) -> list[Verdict]:
    return [row.verdict for row in found]


async def count(desk: Desk) -> int:
    """How many lots there are."""
    return sum(len(projection.lots) for projection in (await desk.stored()).values())


async def test_all_rows_are_recorded_in_one_step_with_one_event(desk: Desk, ledger: FakeLedger) -> None:
    account = await desk.open()
    fills = [entry(account.id, BUY, "1", "100", minute, key=key) for minute in range(3) for key in (INFY, TCS)]
    outcome = await desk.record_many(desk.actor, RecordTradesCommand(rows(*fills)))
    assert verdicts(outcome.verdicts) == [Verdict.RECORDED] * 6
    assert await count(desk) == 6
    (event,) = ledger.outbox.stored
    assert isinstance(event, TradesChanged)
    assert [change.trade_id for change in event.changes] == [row.trade_id for row in outcome.verdicts]


async def test_rows_may_come_in_any_order(desk: Desk) -> None:
    """Positions follow the time of execution, not the order of the rows."""
    account = await desk.open()
    fills = [entry(account.id, SELL, "1", "150", 2), entry(account.id, BUY, "1", "100", 1)]
    await desk.record_many(desk.actor, RecordTradesCommand(rows(*fills)))
    (projection,) = (await desk.stored()).values()
    assert [disposal.realised for disposal in projection.disposals.values()] == [50]


@pytest.mark.parametrize("mode", Mode)
async def test_a_bad_row_is_named_with_its_line_and_reason(desk: Desk, mode: Mode) -> None:
    account = await desk.open()
    good = entry(account.id, BUY, "1", "100")
    bad = [
        BulkRow(0, good),
        BulkRow(1, replace(good, quantity=Decimal(0))),
        BulkRow(2, replace(good, account_id=AccountId(desk.ids.new()))),
        BulkRow(3, Invalid("price is not a number", field="price")),
        BulkRow(9, replace(good, instrument=InstrumentTerms(key=INFY, multiplier=Decimal(3)))),
    ]
    outcome = await desk.record_many(desk.actor, RecordTradesCommand(bad, mode))
    partial = mode is Mode.PARTIAL
    first = Verdict.RECORDED if partial else Verdict.VALID
    assert verdicts(outcome.verdicts) == [first, *[Verdict.REJECTED] * 4]
    errors = [row.error for row in outcome.verdicts if row.error is not None]
    assert [error.code for error in errors] == ["invalid", "not_found", "invalid", "instrument_conflict"]
    assert [row.line for row in outcome.verdicts] == [0, 1, 2, 3, 9]
    assert outcome.stored is partial
    assert await count(desk) == (1 if partial else 0)


async def test_a_dry_run_judges_and_stores_nothing(desk: Desk, ledger: FakeLedger) -> None:
    account = await desk.open()
    fill = replace(entry(account.id, BUY, "1", "100"), source_key="a:1")
    command = RecordTradesCommand(rows(fill, fill), dry_run=True)
    for _ in range(2):
        outcome = await desk.record_many(desk.actor, command)
        assert verdicts(outcome.verdicts) == [Verdict.VALID, Verdict.DUPLICATE]
        assert not outcome.stored
    assert await desk.stored() == {}
    assert ledger.outbox.stored == []


@pytest.mark.parametrize("mode", Mode)
async def test_the_same_rows_again_add_nothing(desk: Desk, mode: Mode) -> None:
    account = await desk.open()
    fills = [
        replace(entry(account.id, BUY, "1", "100", minute), source_key=f"a:{minute}", sequence=minute)
        for minute in range(3)
    ]
    await desk.record_many(desk.actor, RecordTradesCommand(rows(*fills[:2]), mode))
    outcome = await desk.record_many(desk.actor, RecordTradesCommand(rows(*fills), mode))
    assert verdicts(outcome.verdicts) == [Verdict.DUPLICATE, Verdict.DUPLICATE, Verdict.RECORDED]
    assert await count(desk) == 3


async def test_an_undone_import_can_be_imported_again(desk: Desk) -> None:
    account = await desk.open()
    import_id = ImportId(desk.ids.new())
    fills = [
        replace(entry(account.id, BUY, "1", "100", minute), source_key=f"a:{minute}", import_id=import_id)
        for minute in range(5)
    ]
    command = RecordTradesCommand(rows(*fills))
    await desk.record_many(desk.actor, command)
    undo = VoidImportCommand(import_id, "undone", limit=3)
    assert [await desk.void_import(desk.actor, undo) for _ in range(3)] == [3, 2, 0]
    assert await count(desk) == 0
    outcome = await desk.record_many(desk.actor, command)
    assert verdicts(outcome.verdicts) == [Verdict.RECORDED] * 5


async def test_a_void_import_row_does_not_come_back_by_itself(desk: Desk) -> None:
    """What a user voided by hand stays void however often the file is imported."""
    account = await desk.open()
    fill = replace(entry(account.id, BUY, "1", "100"), source_key="a:1")
    outcome = await desk.record_many(desk.actor, RecordTradesCommand(rows(fill)))
    trade_id = outcome.verdicts[0].trade_id
    assert trade_id is not None
    await desk.void(desk.actor, VoidTradeCommand(trade_id, 1, "not mine"))
    again = await desk.record_many(desk.actor, RecordTradesCommand(rows(fill)))
    assert verdicts(again.verdicts) == [Verdict.DUPLICATE]


@pytest.mark.parametrize("number", [0, MAX_ROWS + 1])
async def test_the_number_of_rows_is_bounded(desk: Desk, number: int) -> None:
    account = await desk.open()
    fill = entry(account.id, BUY, "1", "100")
    with pytest.raises(Invalid, match="rows"):
        await desk.record_many(desk.actor, RecordTradesCommand([BulkRow(0, fill)] * number))


async def test_a_rejected_row_leaves_no_instrument_behind(desk: Desk) -> None:
    """A row that fails does not decide the multiplier that later rows must have."""
    account = await desk.open()
    bad = replace(entry(account.id, BUY, "0", "100"), instrument=InstrumentTerms(key=INFY, multiplier=Decimal(50)))
    good = replace(entry(account.id, BUY, "1", "100"), instrument=InstrumentTerms(key=INFY, multiplier=Decimal(1)))
    outcome = await desk.record_many(desk.actor, RecordTradesCommand(rows(bad, good), Mode.PARTIAL))
    assert verdicts(outcome.verdicts) == [Verdict.REJECTED, Verdict.RECORDED]
