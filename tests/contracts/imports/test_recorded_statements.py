"""Recorded statements go through the whole way: looked at, committed, known the second time, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.ledger.cash.queries import CashMovementFilter
from application.ledger.wanted import InstrumentFilter
from application.shared.pages import PageRequest
from domain.ledger.imports.entry import CashEntry
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


async def verdicts(desk: Desk, import_id: ImportId) -> list[Verdict]:
    """The verdicts of the rows that hold fills or movements of cash."""
    return [row.verdict for row in await desk.rows(import_id) if isinstance(row.entry, Fill | CashEntry)]


async def in_the_books(desk: Desk) -> tuple[int, int]:
    """How many rows of a file stand behind the trades and the movements of cash that count."""
    return await desk.live_trades(), await desk.live_cash()


@pytest.mark.parametrize("content", STATEMENTS)
async def test_a_statement_twice_adds_nothing_and_undone_leaves_nothing(desk: Desk, content: bytes) -> None:
    """Its trades and its cash count once, and may come again after they were taken back."""
    first = await desk.preview(content)
    counts = await desk.counts(first)
    assert (await desk.view(first)).state is State.PREVIEWED
    assert set(counts) <= {"ready", "ignored"}
    await desk.commit(first)
    made = await verdicts(desk, first)
    assert set(made) <= {Verdict.IMPORTED}
    entries = [row.entry for row in await desk.rows(first)]
    conversions = sum(isinstance(entry, CashEntry) and entry.received is not None for entry in entries)
    stored, balances = await in_the_books(desk), await desk.balances()
    assert sum(stored) == len(made) + conversions
    second = await desk.bring_in(content)
    assert set(await verdicts(desk, second)) <= {Verdict.DUPLICATE}
    assert (await in_the_books(desk), await desk.balances()) == (stored, balances)
    await desk.undo(first)
    assert await in_the_books(desk) == (0, 0)
    assert set((await desk.balances()).values()) <= {"0"}
    third = await desk.bring_in(content)
    assert await verdicts(desk, third) == made
    assert (await in_the_books(desk), await desk.balances()) == (stored, balances)


CASH = b"""<FlexQueryResponse><FlexStatements><FlexStatement accountId="U1"><Trades>
<Trade currency="USD" assetCategory="STK" symbol="ABC" listingExchange="NYSE" buySell="BUY" quantity="100"
 isin="US0378331005" tradePrice="1" tradeID="1" dateTime="20240304;093000" ibCommission="-1"
 ibCommissionCurrency="USD"/>
<Trade currency="USD" assetCategory="CASH" symbol="EUR.USD" buySell="BUY" quantity="100" tradePrice="1.1"
 proceeds="-110" tradeID="2" transactionID="22" dateTime="20240304;100000" ibCommission="0" ibCommissionCurrency="USD"/>
</Trades><CashTransactions>
<CashTransaction currency="USD" type="Deposits/Withdrawals" amount="1000" dateTime="20240301" transactionID="11"
 levelOfDetail="DETAIL"/>
<CashTransaction currency="EUR" assetCategory="STK" symbol="ABC" isin="US0378331005" type="Dividends" amount="5"
 dateTime="20240401;202000" transactionID="12" levelOfDetail="DETAIL"/>
<CashTransaction currency="EUR" assetCategory="STK" symbol="ABC" isin="US0378331005" type="Withholding Tax"
 amount="-0.75" dateTime="20240401;202000" transactionID="13" levelOfDetail="DETAIL"/>
</CashTransactions></FlexStatement></FlexStatements></FlexQueryResponse>"""


async def test_cash_arrives_once_with_both_sides_of_a_conversion(desk: Desk) -> None:
    """A dividend in another currency is that of the paper which was bought, and no second instrument is made of it."""
    first = await desk.bring_in(CASH)
    assert await desk.counts(first) == {"imported": 5}
    assert await desk.balances() == {"EUR": "104.25", "USD": "789"}
    assert await in_the_books(desk) == (1, 5)
    page = await desk.app.ledger.cash_queries().movements(desk.actor, CashMovementFilter(), PageRequest(limit=9))
    papers = {view.instrument.id for view in page.rows if view.instrument is not None}
    instruments = await desk.app.ledger.account_queries().instruments(
        desk.actor, InstrumentFilter(), PageRequest(limit=9)
    )
    assert papers == {view.id for view in instruments.rows}
    assert await desk.counts(await desk.bring_in(CASH)) == {"duplicate": 5}
    # the same day told by another statement, with one line more
    longer = CASH.replace(
        b"</CashTransactions>",
        b'<CashTransaction currency="USD" type="Other Fees" amount="-2" '
        b'dateTime="20240402" transactionID="14" levelOfDetail="DETAIL"/></CashTransactions>',
    )
    again = await desk.bring_in(longer)
    assert await desk.counts(again) == {"duplicate": 5, "imported": 1}
    await desk.undo(first)
    assert await desk.counts(first) == {"undone": 5}
    assert await desk.balances() == {"USD": "-2"}
    assert await desk.counts(await desk.bring_in(CASH)) == {"imported": 5}
    assert await desk.balances() == {"EUR": "104.25", "USD": "787"}


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
