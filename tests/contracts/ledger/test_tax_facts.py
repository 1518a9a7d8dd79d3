"""What PostgreSQL tells reports and labels is what a replay of each account's trades comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.tax_reads import SqlTaxQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.read_tax_report import ReadTaxReport
from application.ledger.record_trades import RecordTradesCommand
from application.ledger.tax_reports import TaxReportFilter
from application.ledger.wanted import PnlFilter
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.method import CostMethod
from domain.ledger.tax_facts import TaxFacts
from domain.ledger.tax_year import Jurisdiction, TaxYear
from domain.shared.ids import AccountId
from tests.domain.ledger.tax_books import START, Accounts, Deal
from tests.domain.ledger.test_tax_labels import deals
from tests.fakes.platform import FakeClock
from tests.ledgers import INFY, Desk, new_actor, rows
from tests.profiles import is_deep


@dataclass(frozen=True, slots=True)
class Server:
    """An event loop and a pool that live through all examples."""

    runner: asyncio.Runner
    engine: AsyncEngine


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        engine = open_engine(database_url, pool_size=2)
        yield Server(runner, engine)
        runner.run(engine.dispose())


def bought(facts: TaxFacts, number_of: dict[AccountId, int]) -> list[tuple[object, ...]]:
    return sorted((number_of[each.account_id], each.at, each.quantity) for each in facts.bought)


def sold(facts: TaxFacts, number_of: dict[AccountId, int]) -> list[tuple[object, ...]]:
    """Each part with the place in time and the size of the purchase it comes from."""
    purchases = {each.id: (each.at, each.quantity) for each in facts.bought}
    found: list[tuple[object, ...]] = []
    for each in facts.sold:
        purchase = purchases[each.acquisition_id] if each.acquisition_id is not None else None
        found.append((number_of[each.account_id], each.at, each.quantity, each.gain, purchase))
    return sorted(found, key=repr)


async def check(engine: AsyncEngine, drawn: Sequence[Deal], method: CostMethod, *, shorting: bool) -> None:
    """Record the deals, each account's own, and compare the facts and the sums."""
    ids = Uuid7Factory()
    desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(START + timedelta(days=400)), ids, new_actor(ids))
    number_of: dict[AccountId, int] = {}
    for number in sorted({deal.account for deal in drawn}):
        account = await desk.open(shorting=shorting, label=str(number))
        await desk.switch(account.id, method)
        number_of[account.id] = number
        entries = [_entry(account.id, deal) for deal in drawn if deal.account == number]
        await desk.record_many(desk.actor, RecordTradesCommand(rows(*entries)))
    # ids of trades are made in the order of entry here, and by number in the replay: one account after the other
    in_order = sorted(drawn, key=lambda deal: deal.account)
    expected = Accounts.of(in_order, method, can_short=shorting).facts()
    wanted = TaxReportFilter(year=TaxYear.named(Jurisdiction.US, "2024"))
    queries = SqlTaxQueries(engine)
    async with queries.snapshot(desk.actor) as snapshot:
        facts = await snapshot.facts(wanted.year, await snapshot.instruments(wanted))
    report = await ReadTaxReport(queries, EcbRates())(desk.actor, wanted)
    pnl = await SqlFigureQueries(engine).pnl(
        desk.actor, PnlFilter(from_date=wanted.year.first, to_date=wanted.year.last)
    )
    numbers = {each: each.int - 100 for each in expected.zones}
    if expected.sold:
        assert bought(facts, number_of) == bought(expected, numbers)
        assert sold(facts, number_of) == sold(expected, numbers)
    for totals, realised in zip(report.totals, pnl.realised, strict=True):
        total = totals.total
        assert (total.gain, total.fees, total.cost) == (realised.realised, realised.fees, realised.cost)
        assert (totals.missing_lines, totals.missing_proceeds) == (
            realised.missing_disposals,
            realised.missing_proceeds,
        )


def _entry(account_id: AccountId, deal: Deal) -> TradeEntry:
    return TradeEntry(
        account_id=account_id,
        instrument=InstrumentTerms(key=INFY),
        side=deal.side,
        quantity=Decimal(deal.quantity),
        price=Decimal(deal.price),
        executed_at=START + timedelta(days=deal.day, minutes=deal.minute),
        fees=Fees({FeeKind.OTHER: Decimal(0)}),
    )


@settings(max_examples=200 if is_deep() else 20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(drawn=deals, method=st.sampled_from(CostMethod), shorting=st.booleans())
def test_facts_and_sums_are_those_of_a_replay(
    server: Server, drawn: list[Deal], method: CostMethod, *, shorting: bool
) -> None:
    server.runner.run(check(server.engine, drawn, method, shorting=shorting))
