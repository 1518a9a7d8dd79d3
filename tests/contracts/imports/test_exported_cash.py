"""What is exported of cash comes back: the same movements, the same balances, in another ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from application.ledger.cash.convert_cash import ConvertCashCommand
from application.ledger.cash.patch_cash_movement import CashMovementPatch, PatchCashMovementCommand
from application.ledger.cash.queries import ExportedCash
from application.ledger.cash.transfer_cash import TransferCashCommand
from application.ledger.exports import ExportFilter
from application.ledger.views import TradeView
from bootstrap import App
from domain.ledger.account import AccountDetails
from domain.ledger.cash import PAIRED, CashDetails
from domain.ledger.cash_kind import CashKind
from domain.ledger.cash_pair import Circumstances
from domain.ledger.execution import Side
from domain.ledger.imports.verdict import Verdict
from domain.shared.errors import TapedeckError
from domain.shared.ids import AccountId
from domain.shared.money import ZERO, Currency, Money, round_share
from entrypoints.http.ledger.export_routes import CASH_COLUMNS, cash_line
from entrypoints.http.spreadsheets import cell_text
from tests.contracts.imports.desk import Desk
from tests.contracts.imports.test_exported_trades import BUY, START, Server, prose, rendered, server
from tests.profiles import is_deep

__all__ = ["server"]
USD, EUR = Currency("USD"), Currency("EUR")
TAXED = (CashKind.DIVIDEND, CashKind.INTEREST)
amounts = st.decimals("0.000000000000000001", "99999999999999999999", places=18, allow_nan=False)
days = st.none() | st.just(date(2024, 1, 3))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A movement as drawn: one, or both sides of a conversion or a transfer."""

    kind: CashKind
    amount: Decimal
    second: Decimal
    minute: int
    tax_share: int
    value_date: date | None
    notes: str | None
    other_notes: str | None
    has_paper: bool
    is_reinvested: bool


drawn_movements = st.builds(
    Drawn,
    kind=st.sampled_from(CashKind),
    amount=amounts,
    second=amounts,
    minute=st.integers(0, 5),
    tax_share=st.integers(0, 8),
    value_date=days,
    notes=st.none() | prose,
    other_notes=st.none() | prose,
    has_paper=st.booleans(),
    is_reinvested=st.booleans(),
)


def movement(kind: CashKind, *, has_paper: bool = False, is_reinvested: bool = False) -> Drawn:
    """Five of one, and four of the other for it."""
    return Drawn(kind, Decimal(5), Decimal(4), 0, 0, None, "a", "b", has_paper=has_paper, is_reinvested=is_reinvested)


async def second_account(desk: Desk) -> AccountId:
    details = AccountDetails(broker="B", label="Second", currency=Currency("INR"), time_zone="Asia/Kolkata")
    return (await desk.app.ledger.open_account()(desk.actor, details)).id


async def bought(desk: Desk) -> TradeView:
    """Buy what dividends can be about, and be reinvested in."""
    return await desk.app.ledger.record_trade()(desk.actor, replace(BUY, account_id=desk.account_id))


async def recorded(desk: Desk, drawn: Sequence[Drawn], trade: TradeView, other: AccountId) -> None:
    """Record what stands; what was said of a conversion's second side is its own."""
    app = desk.app.ledger
    for each in drawn:
        at = START + timedelta(minutes=each.minute)
        said = Circumstances(occurred_at=at, value_date=each.value_date, notes=each.notes)
        if each.kind in {CashKind.CONVERSION_IN, CashKind.CONVERSION_OUT}:
            given_, received = Money(each.amount, USD), Money(each.second, EUR)
            convert = ConvertCashCommand(account_id=desk.account_id, given=given_, received=received, said=said)
            pair = await app.convert_cash()(desk.actor, convert)
            patch = PatchCashMovementCommand(pair.in_.id, 1, CashMovementPatch(notes=each.other_notes))
            await app.patch_cash_movement()(desk.actor, patch)
        elif each.kind in PAIRED:
            ends = (desk.account_id, other) if each.kind is CashKind.TRANSFER_OUT else (other, desk.account_id)
            transfer = TransferCashCommand(
                from_account_id=ends[0], to_account_id=ends[1], amount=Money(each.amount, USD), said=said
            )
            await app.transfer_cash()(desk.actor, transfer)
        else:
            with suppress(TapedeckError):
                await app.record_cash_movement()(desk.actor, desk.account_id, details_of(each, said, trade))


def details_of(each: Drawn, said: Circumstances, trade: TradeView) -> CashDetails:
    return CashDetails(
        kind=each.kind,
        amount=each.amount,
        currency=USD,
        occurred_at=said.occurred_at,
        tax=round_share(each.amount, Decimal(each.tax_share), Decimal(8)) if each.kind in TAXED else ZERO,
        value_date=said.value_date,
        instrument_id=trade.instrument.id if each.has_paper else None,
        reinvested_in=trade.id if each.is_reinvested and each.kind is CashKind.DIVIDEND else None,
        notes=said.notes,
    )


async def kept(desk: Desk) -> Sequence[ExportedCash]:
    """The account's movements in the order of the export."""
    rows = desk.app.ledger.cash_exports().cash_movements(desk.actor, ExportFilter(desk.account_id))
    return [row async for row in rows]


def written(rows: Sequence[ExportedCash]) -> bytes:
    """The export of these movements."""
    text_of = io.StringIO()
    writer = csv.writer(text_of, lineterminator="\r\n")
    writer.writerow(CASH_COLUMNS)
    writer.writerows([cell_text(cell) for cell in line] for row in rows for line in cash_line(row))
    return text_of.getvalue().encode()


async def told(desk: Desk) -> list[str]:
    """The lines of the export, with names for the ids of conversions and trades; of transfers one side is here."""
    rows = await kept(desk)
    trades = [view async for view in desk.app.ledger.ledger_exports().trades(desk.actor, ExportFilter(desk.account_id))]
    names = {str(view.id): "trade" for view in trades} | {str(desk.account_id): "account"}
    for row in rows:
        names[str(row.movement.id)] = "movement"
        if row.movement.counterpart_id is not None:
            is_conversion = "conversion" in row.movement.kind.value
            names[str(row.movement.counterpart_id)] = "movement" if is_conversion else ""
    content = written(rows).decode()
    for id_, name in names.items():
        content = content.replace(id_, name)
    return sorted(content.split("\r\n"))


async def moved(app: App, drawn: Sequence[Drawn]) -> None:
    """Record, export, and import where nothing is: trades first, then cash."""
    here, there = [await Desk.open(app) for _ in range(2)]
    trade = await bought(here)
    await recorded(here, drawn, trade, await second_account(here))
    rows = await kept(here)
    assume(rows)  # what was drawn may all have been refused, and a file of nothing is no import
    content = written(rows)
    await there.bring_in(rendered([trade]))
    import_id = await there.bring_in(content)
    found = await there.counts(import_id)
    assert set(found) <= {"imported", "ignored"}, [row.problem for row in await there.rows(import_id, Verdict.BAD)]
    assert await told(there) == await told(here)
    assert await there.balances() == await here.balances()
    again = await here.preview(content)
    assert set(await here.counts(again)) <= {"duplicate", "ignored"}


@given(drawn=st.lists(drawn_movements, min_size=1, max_size=8))
@settings(
    max_examples=1_000 if is_deep() else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_exported_comes_back(server: Server, drawn: list[Drawn]) -> None:
    """With every text and digit, both sides of conversions, and what dividends paid for; in its own account, known."""
    server.runner.run(moved(server.app, drawn))


@pytest.mark.anyio
async def test_a_reinvested_dividend_waits_for_its_trade(desk: Desk) -> None:
    """Without it the row says what to do, and the same file brings it in afterwards."""
    trade = await bought(desk)
    dividend = Drawn(
        CashKind.DIVIDEND, Decimal(5), Decimal(1), 0, 0, None, None, None, has_paper=True, is_reinvested=True
    )
    await recorded(desk, [dividend], trade, await second_account(desk))
    content = written(await kept(desk))
    there = await Desk.open(desk.app)
    early = await there.bring_in(content)
    (row,) = await there.rows(early, Verdict.BAD)
    assert row.problem is not None
    assert "import the trades first" in row.problem.reason
    await there.bring_in(rendered([replace(trade, side=Side.BUY)]))
    assert await there.counts(await there.bring_in(content)) == {"imported": 1}
    assert await told(there) == await told(desk)


@pytest.mark.anyio
async def test_an_export_can_be_undone_and_imported_again(desk: Desk) -> None:
    trade = await bought(desk)
    conversion = Drawn(
        CashKind.CONVERSION_OUT, Decimal(5), Decimal(4), 0, 0, None, "a", "b", has_paper=False, is_reinvested=False
    )
    await recorded(desk, [conversion], trade, await second_account(desk))
    content = written(await kept(desk))
    there = await Desk.open(desk.app)
    first = await there.bring_in(content)
    assert await there.counts(first) == {"imported": 1, "ignored": 1}
    assert await there.balances() == {"EUR": "4", "USD": "-5"}
    assert await there.counts(await there.bring_in(content)) == {"duplicate": 1, "ignored": 1}
    await there.undo(first)
    assert await there.live_cash() == 0
    assert await there.counts(await there.bring_in(content)) == {"imported": 1, "ignored": 1}
    assert await there.live_cash() == 2
