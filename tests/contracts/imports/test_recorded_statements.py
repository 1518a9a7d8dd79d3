"""Recorded statements go through the whole way: looked at, committed, known the second time, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.ledger.imports.fill import Fill
from domain.ledger.imports.tradebook_import import State
from domain.ledger.imports.verdict import Verdict
from domain.shared.ids import ImportId
from tests.contracts.imports.desk import Desk

pytestmark = pytest.mark.anyio

_FOLDER = Path(__file__).parents[4] / "shared" / "fixtures"
STATEMENTS = [
    *sorted((_FOLDER / "interactive-brokers" / "flex_xml").glob("*.xml")),
    *sorted((_FOLDER / "broker-csv").glob("interactive_brokers*.csv")),
]


async def fills(desk: Desk, import_id: ImportId) -> list[Verdict]:
    """The verdicts of the rows that hold fills."""
    return [row.verdict for row in await desk.rows(import_id) if isinstance(row.entry, Fill)]


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
async def test_a_statement_twice_adds_nothing_and_undone_leaves_nothing(desk: Desk, path: Path) -> None:
    """Its trades count once, and may come again after they were taken back."""
    content = path.read_bytes()
    first = await desk.preview(content)
    counts = await desk.counts(first)
    assert (await desk.view(first)).state is State.PREVIEWED
    assert set(counts) <= {"ready", "ignored"}
    await desk.commit(first)
    made = await fills(desk, first)
    assert set(made) <= {Verdict.IMPORTED}
    assert await desk.live_trades() == len(made)
    second = await desk.bring_in(content)
    assert set(await fills(desk, second)) <= {Verdict.DUPLICATE}
    assert await desk.live_trades() == len(made)
    await desk.undo(first)
    assert await desk.live_trades() == 0
    third = await desk.bring_in(content)
    assert await fills(desk, third) == made
