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
_PATHS = [
    *sorted((_FOLDER / "interactive-brokers" / "flex_xml").glob("*.xml")),
    *sorted((_FOLDER / "broker-csv").glob("interactive_brokers*.csv")),
]
STATEMENTS = [pytest.param(path.read_bytes(), id=path.name) for path in _PATHS]


async def fills(desk: Desk, import_id: ImportId) -> list[Verdict]:
    """The verdicts of the rows that hold fills."""
    return [row.verdict for row in await desk.rows(import_id) if isinstance(row.entry, Fill)]


@pytest.mark.parametrize("content", STATEMENTS)
async def test_a_statement_twice_adds_nothing_and_undone_leaves_nothing(desk: Desk, content: bytes) -> None:
    """Its trades count once, and may come again after they were taken back."""
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


ACTIONS = b"""<FlexQueryResponse><FlexStatements><FlexStatement accountId="U1"><Trades>
<Trade currency="USD" assetCategory="STK" symbol="ABC" listingExchange="NYSE" buySell="BUY" quantity="100"
 tradePrice="1" tradeID="1" dateTime="20240304;093000" ibCommission="0" ibCommissionCurrency="USD"/>
</Trades><CorporateActions>
<CorporateAction currency="USD" assetCategory="STK" symbol="ABC" dateTime="20240305;202500" quantity="-75" actionID="5"
 description="ABC(US0378331005) SPLIT 1 FOR 4 (ABC, ABC INC, US0378331005)"/>
<CorporateAction currency="USD" assetCategory="STK" symbol="ABC" dateTime="20240306;202500" quantity="-25" actionID="6"
 description="ABC(US0378331005) MERGED(Acquisition) WITH US5949181045 2 FOR 5 (ABC, ABC INC, US0378331005)"/>
<CorporateAction currency="USD" assetCategory="STK" symbol="XYZ" dateTime="20240306;202500" quantity="10" actionID="6"
 isin="US5949181045"
 description="ABC(US0378331005) MERGED(Acquisition) WITH US5949181045 2 FOR 5 (XYZ, XYZ, US5949181045)"/>
</CorporateActions></FlexStatement></FlexStatements></FlexQueryResponse>"""


async def test_corporate_actions_change_what_is_held_once(desk: Desk) -> None:
    """They find the instrument that the trades are in though they name no exchange, and undone all is as before."""
    first = await desk.bring_in(ACTIONS)
    assert await desk.counts(first) == {"imported": 3, "ignored": 1}
    assert await desk.held() == {"ABC": "0", "XYZ": "10"}
    assert await desk.counts(await desk.bring_in(ACTIONS)) == {"duplicate": 3, "ignored": 1}
    # the same split from another source is the same split
    other = ACTIONS.replace(b'actionID="5"', b'actionID="55"').replace(b'tradeID="1"', b'tradeID="2"')
    again = await desk.bring_in(other)
    (double,) = [row for row in await desk.rows(again, Verdict.DUPLICATE) if row.record_id is None and row.line == 5]
    assert double.duplicate_record_id in {row.record_id for row in await desk.rows(first)}
    await desk.undo(again)
    await desk.undo(first)
    assert await desk.counts(first) == {"undone": 3, "ignored": 1}
    assert set((await desk.held()).values()) == {"0"}
    assert await desk.counts(await desk.bring_in(ACTIONS)) == {"imported": 3, "ignored": 1}
    assert await desk.held() == {"ABC": "0", "XYZ": "10"}
