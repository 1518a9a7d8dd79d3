"""What is exported comes back: the same trades, the same lots, the same figures, in another ledger."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from adapters.platform.database.transaction import Tenant, read
from application.ledger.amend_account import AmendAccountCommand
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.exports import ExportFilter
from application.ledger.views import TradeView
from application.ledger.void_trade import VoidTradeCommand
from bootstrap import App
from domain.ledger.account import AccountDetails
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.verdict import Verdict
from domain.ledger.method import CostMethod
from domain.shared.errors import Invalid, TapedeckError
from domain.shared.ids import AccountId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency
from domain.shared.text import check_line, check_prose
from entrypoints.http.ledger.export_routes import TRADE_COLUMNS, disposal_lines, lot_line, trade_line
from entrypoints.http.spreadsheets import cell_text
from tests.contracts.imports.desk import Desk, app_on
from tests.domain.ledger.histories import multipliers, prices, quantities
from tests.profiles import is_deep

START = datetime(2024, 1, 1, 9, 15, tzinfo=UTC)
NOBODY = AccountId(UUID(int=0))
_POSITIONS = text(
    "SELECT i.symbol, i.exchange, i.isin, i.tick_size, i.lot_size, p.quantity, p.open_cost, p.realised, p.fees, "
    "p.unmatched_quantity, p.unmatched_proceeds, p.cash_in, p.cash_out, p.trade_count, p.disposal_count "
    "FROM positions p JOIN instruments i ON i.organisation_id = p.organisation_id AND i.id = p.instrument_id "
    "WHERE p.account_id = :account ORDER BY i.symbol, i.exchange"
)


@dataclass(frozen=True, slots=True)
class Server:
    """An event loop and an application that live through all examples."""

    runner: asyncio.Runner
    app: App


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        app = app_on(database_url)
        yield Server(runner, app)
        runner.run(app.platform.engine().dispose())


def _is_line(candidate: str) -> bool:
    try:
        check_line(candidate, "line", 50)
    except Invalid:
        return False
    return True


def _is_prose(candidate: str) -> bool:
    try:
        check_prose(candidate, "notes", 10_000)
    except Invalid:
        return False
    return True


_FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "''", "'", "|cmd", "%0A", '="00123"', "'=x", '"', ",", ";"]
lines = st.one_of(st.sampled_from(_FORMULAS), st.text(max_size=20)).filter(_is_line)
prose = st.one_of(
    st.sampled_from([*_FORMULAS, "", " ", "\n", "\r\n", "\r", "\t", " =1 ", "a\nb\r\nc\rd", "\ufffd", "\ufeff"]),
    st.text(max_size=40),
).filter(_is_prose)
links = st.sampled_from(["https://example.com/1", "https://example.com/a,b?c='d'&e=\"f\"", "https://example.com/\\"])
instruments = st.builds(
    InstrumentTerms,
    key=st.builds(
        InstrumentKey,
        st.sampled_from(["INFY", "=INFY", "M&M"]),
        st.sampled_from(["NSE", "BSE"]),
        st.just(Segment.EQUITY),
        st.just(Currency("INR")),
    ),
    tick_size=st.none() | quantities,
    lot_size=st.none() | quantities,
    isin=st.sampled_from([None, "INE009A01021"]),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trade as drawn; the lots that it chooses are given by their place among the trades so far."""

    entry: TradeEntry
    lots: Sequence[tuple[int, Decimal]]


@st.composite
def trades(draw: st.DrawFn) -> Drawn:
    """Any trade with any texts."""
    after = timedelta(minutes=draw(st.integers(0, 5)), microseconds=draw(st.sampled_from([0, 1, 999_999])))
    quantity = draw(quantities)
    entry = TradeEntry(
        account_id=NOBODY,
        instrument=draw(instruments),
        side=draw(st.sampled_from(Side)),
        quantity=quantity,
        price=draw(prices),
        executed_at=START + after,
        fees=Fees(draw(st.dictionaries(st.sampled_from(FeeKind), quantities, max_size=3))),
        settlement_date=draw(st.none() | st.just(date(2024, 1, 3))),
        category=draw(st.none() | st.sampled_from(Category)),
        strategy=draw(st.none() | lines),
        tags=tuple(draw(st.lists(lines, max_size=3))),
        notes=draw(st.none() | prose),
        attachments=tuple(draw(st.lists(links, max_size=2))),
        broker_trade_id=draw(st.none() | lines),
        broker_order_id=draw(st.none() | lines),
        sequence=draw(st.sampled_from([0, 0, 1, 2**31 - 1])),
    )
    return Drawn(entry, draw(st.lists(st.tuples(st.integers(0, 6), quantities), max_size=3)))


async def opened(app: App, method: CostMethod, *, shorting: bool) -> Desk:
    """A new trader whose account has these settings."""
    desk = await Desk.open(app)
    command = AmendAccountCommand(account_id=desk.account_id, expected=1, cost_method=method, shorting=shorting)
    await app.ledger.amend_account()(desk.actor, command)
    return desk


async def recorded(desk: Desk, drawn: Sequence[Drawn], multiplier: Decimal) -> None:
    """Record what stands, without its choice of lots where that breaks a rule."""
    ids: list[TradeId] = []
    for each in drawn:
        chosen = {ids[place]: quantity for place, quantity in each.lots if place < len(ids)}
        entry = replace(
            each.entry,
            account_id=desk.account_id,
            instrument=replace(each.entry.instrument, multiplier=multiplier),
            lot_selection=tuple(LotSelection(lot_id, quantity) for lot_id, quantity in chosen.items()),
        )
        for attempt in (entry, replace(entry, lot_selection=())):
            with suppress(TapedeckError):
                ids.append((await desk.app.ledger.record_trade()(desk.actor, attempt)).id)
                break


async def kept(desk: Desk) -> Sequence[TradeView]:
    """The account's trades in the order of the export."""
    rows = desk.app.ledger.ledger_exports().trades(desk.actor, ExportFilter(desk.account_id))
    return [view async for view in rows]


def rendered(views: Sequence[TradeView]) -> bytes:
    """The export of these trades."""
    text_of = io.StringIO()
    writer = csv.writer(text_of, lineterminator="\r\n")
    writer.writerow(TRADE_COLUMNS)
    writer.writerows([cell_text(cell) for cell in line] for view in views for line in trade_line(view))
    return text_of.getvalue().encode()


async def figures(desk: Desk) -> tuple[str, object, Sequence[str]]:
    """The export, the totals of positions, the lots and disposals, with names for ids."""
    views = await kept(desk)
    names = {str(view.id): f"trade {number}" for number, view in enumerate(views)} | {str(desk.account_id): "account"}

    def named(content: str) -> str:
        for id_, name in names.items():
            content = content.replace(id_, name)
        return content

    async with read(desk.app.platform.engine(), Tenant(desk.actor.organisation_id)) as connection:
        found = await connection.execute(_POSITIONS, {"account": desk.account_id})
        totals = [tuple(row) for row in found]
    exports, wanted = desk.app.ledger.ledger_exports(), ExportFilter(desk.account_id)
    lots = [line async for view in exports.lots(desk.actor, wanted) for line in lot_line(view)]
    disposals = [line async for view in exports.disposals(desk.actor, wanted) for line in disposal_lines(view)]
    # those of one instant come in the order of their ids
    return (
        named(rendered(views).decode()),
        totals,
        sorted(named(",".join(map(cell_text, line))) for line in lots + disposals),
    )


async def moved(app: App, drawn: Sequence[Drawn], multiplier: Decimal, method: CostMethod, *, shorting: bool) -> None:
    """Record, export, and import where nothing is."""
    here, there = [await opened(app, method, shorting=shorting) for _ in range(2)]
    await recorded(here, drawn, multiplier)
    trades_here = await kept(here)
    if not trades_here:
        return
    import_id = await there.bring_in(rendered(trades_here))
    assert await there.counts(import_id) == {"imported": len(trades_here)}
    assert await figures(there) == await figures(here)
    again = await here.preview(rendered(trades_here))
    assert await here.counts(again) == {"duplicate": len(trades_here)}


@given(
    drawn=st.lists(trades(), min_size=1, max_size=7),
    multiplier=multipliers,
    method=st.sampled_from(CostMethod),
    shorting=st.booleans(),
)
@settings(
    max_examples=1_000 if is_deep() else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_exported_comes_back(
    server: Server, drawn: list[Drawn], multiplier: Decimal, method: CostMethod, *, shorting: bool
) -> None:
    """Byte for byte, with every figure; and in its own account it is known."""
    server.runner.run(moved(server.app, drawn, multiplier, method, shorting=shorting))


BUY = TradeEntry(
    account_id=NOBODY,
    instrument=InstrumentTerms(key=InstrumentKey("INFY", "NSE", Segment.EQUITY, Currency("INR"))),
    side=Side.BUY,
    quantity=Decimal(10),
    price=Decimal(100),
    executed_at=START,
)


async def choosing(desk: Desk) -> Sequence[TradeView]:
    """Three purchases at one instant, and a sale of the last of them."""
    record = desk.app.ledger.record_trade()
    bought = [
        await record(desk.actor, replace(BUY, account_id=desk.account_id, price=Decimal(price)))
        for price in (100, 200, 300)
    ]
    choice = (LotSelection(bought[2].id, Decimal(4)),)
    sale = replace(BUY, side=Side.SELL, executed_at=START + timedelta(days=1), lot_selection=choice)
    await record(desk.actor, replace(sale, account_id=desk.account_id, quantity=Decimal(4), price=Decimal(310)))
    return await kept(desk)


@pytest.mark.anyio
async def test_a_chosen_lot_is_chosen_again(desk: Desk) -> None:
    """In another account of the same organisation, too, where the ids are taken."""
    trades_here = await choosing(desk)
    details = AccountDetails(broker="B", label="Second", currency=Currency("INR"), time_zone="Asia/Kolkata")
    account = await desk.app.ledger.open_account()(desk.actor, details)
    other = replace(desk, account_id=account.id)
    await other.bring_in(rendered(trades_here))
    assert await figures(other) == await figures(desk)
    (sale,) = [view for view in await kept(other) if view.side is Side.SELL]
    assert [lot_id for lot_id, _ in sale.lot_selection] == [(await kept(other))[2].id]
    assert other.account_id != desk.account_id


@pytest.mark.anyio
async def test_a_lot_that_came_with_an_earlier_file_is_chosen_by_a_later_one(desk: Desk) -> None:
    """Also if the purchase was entered by hand before, and its row was a duplicate."""
    trades_here = await choosing(desk)
    there = await Desk.open(desk.app)
    await there.bring_in(rendered(trades_here[:3]))
    await there.bring_in(rendered(trades_here[3:]))
    assert await figures(there) == await figures(desk)
    # in the account itself the sale is voided and comes back, after its import was undone, with the lot it chose
    third = await Desk.open(desk.app)
    known = [replace(view, broker_trade_id=f"fill {number}") for number, view in enumerate(trades_here)]
    for view in known[:3]:
        entry = replace(BUY, account_id=third.account_id, price=view.price, broker_trade_id=view.broker_trade_id)
        await third.app.ledger.record_trade()(third.actor, entry)
    import_id = await third.bring_in(rendered(known))
    assert await third.counts(import_id) == {"duplicate": 3, "imported": 1}
    assert await third.realised() == {"INFY": "40"}


@pytest.mark.anyio
async def test_an_export_can_be_undone_and_imported_again(desk: Desk) -> None:
    """A trade that was voided by hand stays void; one that the undoing voided comes back."""
    content = rendered(await choosing(desk))
    there = await Desk.open(desk.app)
    first = await there.bring_in(content)
    await there.undo(first)
    assert await there.live_trades() == 0
    assert await there.counts(await there.bring_in(content)) == {"imported": 4}
    assert await there.realised() == {"INFY": "40"}
    again = rendered(await kept(there))
    sale = (await kept(there))[3]
    await there.app.ledger.void_trade()(there.actor, VoidTradeCommand(sale.id, 1, "Not mine"))
    assert await there.counts(await there.bring_in(again)) == {"duplicate": 4}
    assert await there.live_trades() == 3


@pytest.mark.anyio
async def test_the_trades_of_two_accounts_do_not_end_in_one(desk: Desk) -> None:
    """A file with several accounts brings in those of the first, and says what to do."""
    trades_here = await choosing(desk)
    other = replace(trades_here[3], account_id=AccountId(UUID(int=7)))
    there = await Desk.open(desk.app)
    import_id = await there.bring_in(rendered([*trades_here[:3], other]))
    assert await there.counts(import_id) == {"imported": 3, "bad": 1}
    (row,) = await there.rows(import_id, Verdict.BAD)
    assert row.problem is not None
    assert row.problem.column == "accountId"
    assert str(desk.account_id) in row.problem.reason
