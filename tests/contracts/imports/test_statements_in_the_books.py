"""A small statement of every broker goes through the whole way, and counts once."""

from __future__ import annotations

import pytest

from domain.ledger.imports.entry import TransferEntry
from domain.ledger.imports.verdict import Verdict
from tests.contracts.imports.desk import Desk
from tests.contracts.imports.statements import STATEMENTS, Statement

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
