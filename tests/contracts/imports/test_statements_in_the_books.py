"""A small statement of every broker goes through the whole way, and counts once."""

from __future__ import annotations

import pytest

from domain.ledger.account import AccountDetails
from domain.ledger.imports.entry import TransferEntry
from domain.ledger.imports.verdict import Verdict
from domain.shared.money import Currency
from tests.contracts.imports.desk import Desk
from tests.contracts.imports.statements import KRAKEN_LEDGERS, KRAKEN_TRADES, STATEMENTS, Statement

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
async def test_what_is_ready_is_recorded_once_and_taken_back_whole(desk: Desk, statement: Statement) -> None:
    """A transfer waits until its other account is known; all else arrives, is known again, and goes without a trace."""
    first = await desk.preview(statement.content)
    counts = await desk.counts(first)
    assert set(counts) <= {"ready", "ignored"}
    await desk.commit(first)
    rows = await desk.rows(first)
    waiting = [row for row in rows if isinstance(row.entry, TransferEntry)]
    assert {row.verdict for row in waiting} <= {Verdict.BAD}
    recorded = counts["ready"] - len(waiting)
    assert (await desk.counts(first)).get("imported", 0) == recorded, [row.problem for row in rows if row.problem]
    books = await desk.held(), await desk.balances()
    second = await desk.bring_in(statement.content)
    assert (await desk.counts(second)).get("duplicate", 0) == recorded
    assert (await desk.held(), await desk.balances()) == books
    await desk.undo(first)
    assert set((await desk.held()).values()) | set((await desk.balances()).values()) <= {"0"}
    await desk.bring_in(statement.content)
    assert (await desk.held(), await desk.balances()) == books


async def test_a_trade_that_two_of_krakens_files_tell_counts_once(desk: Desk) -> None:
    """They differ in what they make of its fee: that is a conflict to look at, and no second trade."""
    await desk.bring_in(KRAKEN_LEDGERS.encode())
    held = await desk.held()
    again = await desk.bring_in(KRAKEN_TRADES.encode())
    assert await desk.counts(again) == {"conflict": 1, "imported": 2}
    assert await desk.held() == held


WITH_TRANSFERS = [each for each in STATEMENTS if b"FROM ELSEWHERE" in each.content or b"withdrawal" in each.content]


@pytest.mark.parametrize("statement", WITH_TRANSFERS, ids=lambda statement: statement.name)
async def test_transfers_arrive_once_the_other_account_has_its_label(desk: Desk, statement: Statement) -> None:
    """The same file again brings in what was waiting, and nothing else."""
    first = await desk.bring_in(statement.content)
    waiting = (await desk.counts(first))["bad"]
    for label in ("FROM ELSEWHERE", "another wallet"):
        details = AccountDetails(broker="Elsewhere", label=label, currency=Currency("EUR"), time_zone="Europe/Berlin")
        await desk.app.ledger.open_account()(desk.actor, details)
    again = await desk.bring_in(statement.content)
    counts = await desk.counts(again)
    assert (counts["imported"], counts.get("bad", 0)) == (waiting, 0)
    await desk.undo(again)
    await desk.undo(first)
    assert set((await desk.held()).values()) | set((await desk.balances()).values()) <= {"0"}
