"""What a read of the past promises: what was shown then is shown again, and what had happened then is what counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.action_reads import SqlCorporateActionQueries
from adapters.ledger.export_reads import SqlLedgerExports
from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.issue_reads import SqlIssueQueries
from adapters.ledger.lot_reads import SqlLotQueries
from adapters.ledger.method_reads import SqlMethodQueries
from adapters.ledger.position_reads import SqlPositionQueries
from adapters.ledger.trade_reads import SqlAccountQueries, SqlTradeQueries
from adapters.ledger.trade_search import SqlTradeSearch
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.exports import ExportFilter
from application.ledger.find_issues import IssueFilter
from application.ledger.patch_trade import PatchTradeCommand, TradePatch
from application.ledger.record_corporate_action import RecordCorporateAction
from application.ledger.set_price import SetPrice, SetPriceCommand
from application.ledger.trade_filter import TradeQuery
from application.ledger.void_corporate_action import VoidCorporateAction, VoidCorporateActionCommand
from application.ledger.void_trade import VoidTradeCommand
from application.ledger.wanted import (
    ActionFilter,
    DisposalFilter,
    InstrumentFilter,
    LotFilter,
    PnlFilter,
    PositionFilter,
    PriceChoice,
    RoundTripFilter,
    TradeFilter,
    TradeSort,
)
from application.shared.pages import PageRequest
from domain.ledger.action_terms import CostShare, SpinOff, Split
from domain.ledger.corporate_action import ActionDetails
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.group import replay_group, tied
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.replay import Replay
from domain.ledger.terms import Terms
from domain.shared.access import Actor
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import AccountId, CorporateActionId, InstrumentId, TradeId
from domain.shared.moment import NOW, Moment
from tests.domain.ledger.histories import prices, quantities
from tests.fakes.platform import FakeClock
from tests.ledgers import INFY, START, TCS, Desk, new_actor
from tests.profiles import is_deep

PAGE = PageRequest(limit=500)
LAST = 12
Read: TypeAlias = Callable[[AsyncEngine, Actor, Moment], Awaitable[object]]


async def _exported(engine: AsyncEngine, actor: Actor, moment: Moment) -> object:
    exports = SqlLedgerExports(engine).at(moment)
    return [
        [row async for row in exports.trades(actor, ExportFilter())],
        [row async for row in exports.lots(actor, ExportFilter())],
        [row async for row in exports.disposals(actor, ExportFilter())],
    ]


async def _each_position(engine: AsyncEngine, actor: Actor, moment: Moment) -> object:
    choice = PriceChoice.USER_OR_LAST_TRADE
    page = await SqlPositionQueries(engine).at(moment).positions(actor, PositionFilter(include_closed=True), PAGE)
    figures = SqlFigureQueries(engine).at(moment)
    return [await figures.of_position(actor, position.id, choice, 1000) for position in page.rows]


async def _each_disposal(engine: AsyncEngine, actor: Actor, moment: Moment) -> object:
    page = await SqlLotQueries(engine).at(moment).disposals(actor, DisposalFilter(), PAGE)
    figures = SqlFigureQueries(engine).at(moment)
    return [await figures.of_disposal(actor, TradeId(disposal.id)) for disposal in page.rows]


async def _each_comparison(engine: AsyncEngine, actor: Actor, moment: Moment) -> object:
    page = await SqlAccountQueries(engine).at(moment).accounts(actor, PAGE)
    methods = SqlMethodQueries(engine).at(moment)
    return [await methods.compare(actor, account.id) for account in page.rows]


READS: Mapping[str, Read] = {
    "accounts": lambda engine, actor, moment: SqlAccountQueries(engine).at(moment).accounts(actor, PAGE),
    "instruments": lambda engine, actor, moment: (
        SqlAccountQueries(engine).at(moment).instruments(actor, InstrumentFilter(), PAGE)
    ),
    "trades": lambda engine, actor, moment: (
        SqlTradeQueries(engine).at(moment).trades(actor, TradeFilter(include_voided=True), TradeSort.EXECUTED_AT, PAGE)
    ),
    "search": lambda engine, actor, moment: (
        SqlTradeSearch(engine).at(moment).matching(actor, TradeQuery(), TradeSort.PRICE_DESC, PAGE)
    ),
    "actions": lambda engine, actor, moment: (
        SqlCorporateActionQueries(engine).at(moment).actions(actor, ActionFilter(include_voided=True), PAGE)
    ),
    "positions": lambda engine, actor, moment: (
        SqlPositionQueries(engine).at(moment).positions(actor, PositionFilter(include_closed=True), PAGE)
    ),
    "totals": lambda engine, actor, moment: (
        SqlPositionQueries(engine).at(moment).totals(actor, PositionFilter(include_closed=True), PAGE)
    ),
    "lots": lambda engine, actor, moment: SqlLotQueries(engine).at(moment).lots(actor, LotFilter(), PAGE),
    "disposals": lambda engine, actor, moment: (
        SqlLotQueries(engine).at(moment).disposals(actor, DisposalFilter(), PAGE)
    ),
    "round trips": lambda engine, actor, moment: (
        SqlLotQueries(engine).at(moment).round_trips(actor, RoundTripFilter(), PAGE)
    ),
    "pnl": lambda engine, actor, moment: SqlFigureQueries(engine).at(moment).pnl(actor, PnlFilter()),
    "evidence of pnl": lambda engine, actor, moment: (
        SqlFigureQueries(engine).at(moment).of_pnl(actor, PnlFilter(), 1000)
    ),
    "evidence of positions": _each_position,
    "evidence of disposals": _each_disposal,
    "issues": lambda engine, actor, moment: (
        SqlIssueQueries(engine).at(moment).issues(actor, IssueFilter(priced_before=START), PAGE)
    ),
    "exports": _exported,
    "cost methods": _each_comparison,
}


async def _all_reads(engine: AsyncEngine, actor: Actor, moment: Moment) -> dict[str, object]:
    return {name: await read(engine, actor, moment) for name, read in READS.items()}


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


@dataclass(frozen=True, slots=True)
class Step:
    """Something a user does; `target` says to which of the trades or actions so far."""

    verb: str
    side: Side
    quantity: Decimal
    price: Decimal
    minute: int
    is_tcs: bool
    method: CostMethod
    target: int


VERBS = ("record", "record", "record", "patch", "void", "price", "split", "spin off", "void action", "switch")
steps = st.lists(
    st.builds(
        Step,
        verb=st.sampled_from(VERBS),
        side=st.sampled_from([Side.BUY, Side.BUY, Side.SELL]),
        quantity=quantities,
        price=prices,
        minute=st.integers(0, LAST),
        is_tcs=st.booleans(),
        method=st.sampled_from(CostMethod),
        target=st.integers(0, 30),
    ),
    min_size=1,
    max_size=8,
)


class Trader:
    """Carries steps out, a second apart."""

    def __init__(self, engine: AsyncEngine) -> None:
        ids = Uuid7Factory()
        self.clock = FakeClock(START.replace(year=2026))
        self.desk = Desk(SqlLedgerUnits(engine, ids), self.clock, ids, new_actor(ids))
        self.account_id = AccountId(UUID(int=0))
        self._trades: dict[TradeId, int] = {}
        self._instruments: dict[InstrumentId, int] = {}
        self._actions: list[CorporateActionId] = []

    async def do(self, step: Step) -> None:
        """Carry the step out, if there is something to do it to, and let a second pass."""
        desk, actor = self.desk, self.desk.actor
        at = START + timedelta(minutes=step.minute)
        trade = list(self._trades)[step.target % len(self._trades)] if self._trades else None
        instruments = list(self._instruments)
        instrument = instruments[step.target % len(instruments)] if instruments else None
        if step.verb == "switch":
            await desk.switch(self.account_id, step.method)
        elif step.verb == "patch" and trade is not None:
            patch = TradePatch(quantity=step.quantity, executed_at=at, notes=str(step.target))
            self._trades[trade] = (
                await desk.patch(actor, PatchTradeCommand(trade, self._trades[trade], patch))
            ).version
        elif step.verb == "void" and trade is not None:
            await desk.void(actor, VoidTradeCommand(trade, self._trades.pop(trade), "drawn"))
        elif step.verb == "price" and instrument is not None:
            entry = SetPriceCommand(instrument, step.price, at, self._instruments[instrument])
            await SetPrice(desk.units, self.clock)(actor, entry)
            self._instruments[instrument] += 1
        elif step.verb in {"split", "spin off"} and instrument is not None:
            await self._act(step, instruments, at)
        elif step.verb == "void action" and self._actions:
            command = VoidCorporateActionCommand(self._actions.pop(), 1, "drawn")
            await VoidCorporateAction(desk.units, self.clock)(actor, command)
        else:
            await self._record(step, at)
        self.clock.advance(seconds=1)

    async def _record(self, step: Step, at: datetime) -> None:
        entry = TradeEntry(
            account_id=self.account_id,
            instrument=InstrumentTerms(key=TCS if step.is_tcs else INFY),
            side=step.side,
            quantity=step.quantity,
            price=step.price,
            executed_at=at,
            fees=Fees({FeeKind.OTHER: Decimal(step.target)}),
        )
        view = await self.desk.record(self.desk.actor, entry)
        self._trades[view.id] = view.version
        self._instruments.setdefault(view.instrument.id, 0)

    async def _act(self, step: Step, instruments: list[InstrumentId], at: datetime) -> None:
        first, last = instruments[0], instruments[-1]
        terms = (
            Split(new=3, old=2)
            if step.verb == "split" or first == last
            else SpinOff(into=last, new=1, old=3, cost_share=CostShare(1, 4))
        )
        record = RecordCorporateAction(self.desk.units, self.clock, self.desk.ids)
        try:
            outcome = await record(self.desk.actor, ActionDetails(instrument_id=first, effective_at=at, terms=terms))
        except Conflict:
            return
        self._actions.append(outcome.action.id)

    async def replayed(self, until: datetime) -> dict[Pair, Replay]:
        """Return what the recorded facts amount to, without those after the instant."""
        async with self.desk.units(self.desk.actor.organisation_id) as unit:
            pairs = await unit.positions.pairs_of()
            accounts = await unit.accounts.find({pair.account_id for pair in pairs})
            instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
            actions = await unit.corporate_actions.counting()
            transfers = await unit.transfers.touching(instruments)
            executions = await unit.trades.executions(pairs)
        terms = {
            pair: Terms.of(accounts[pair.account_id], instruments[pair.instrument_id])
            for pair in tied(pairs, actions, transfers)
        }
        return dict(replay_group(terms, executions, actions, transfers, until))


@settings(
    max_examples=300 if is_deep() else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(todo=steps, as_of=st.integers(0, LAST))
def test_what_was_shown_then_is_shown_again(server: Server, todo: list[Step], as_of: int) -> None:
    """Every read, after every step, with and without a date: asked for again in the end, it is the same."""
    trader = Trader(server.engine)
    past = START + timedelta(minutes=as_of)

    async def check() -> None:
        trader.account_id = (await trader.desk.open()).id
        shown: list[tuple[datetime, dict[str, object], dict[str, object]]] = []
        for step in todo:
            await trader.do(step)
            actor, engine = trader.desk.actor, server.engine
            now = await _all_reads(engine, actor, NOW)
            then = await _all_reads(engine, actor, Moment(as_of=past))
            shown.append((trader.clock.now() - timedelta(milliseconds=500), now, then))
        for known_at, now, then in shown:
            assert await _all_reads(server.engine, trader.desk.actor, Moment(known_at=known_at)) == now
            both = Moment(as_of=past, known_at=known_at)
            assert await _all_reads(server.engine, trader.desk.actor, both) == then

    server.runner.run(check())


@settings(
    max_examples=300 if is_deep() else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(todo=steps, as_of=st.integers(0, LAST))
def test_only_what_had_happened_counts(server: Server, todo: list[Step], as_of: int) -> None:
    """Positions as of an instant are a replay of what is dated no later, and after the last date they are today's."""
    trader = Trader(server.engine)
    past = START + timedelta(minutes=as_of)

    async def check() -> None:
        trader.account_id = (await trader.desk.open()).id
        for step in todo:
            await trader.do(step)
        actor, queries = trader.desk.actor, SqlPositionQueries(server.engine)
        wanted = PositionFilter(include_closed=True)
        page = await queries.at(Moment(as_of=past)).positions(actor, wanted, PAGE)
        expected = {
            pair.instrument_id: (each.position.quantity, each.position.open_cost, each.position.realised)
            for pair, each in (await trader.replayed(past)).items()
            if each.lots or each.disposals
        }
        assert {row.instrument.id: (row.quantity, row.open_cost, row.realised) for row in page.rows} == expected
        latest = Moment(as_of=START + timedelta(minutes=LAST))
        today = await _all_reads(server.engine, actor, NOW)
        assert await _all_reads(server.engine, actor, latest) == today

    server.runner.run(check())


def test_what_was_not_there_yet_is_not_found(server: Server) -> None:
    trader = Trader(server.engine)

    async def check() -> None:
        before = Moment(known_at=trader.clock.now())
        trader.clock.advance(seconds=1)
        account = await trader.desk.open()
        queries = SqlAccountQueries(server.engine)
        assert (await queries.account(trader.desk.actor, account.id)).id == account.id
        with pytest.raises(NotFound):
            await queries.at(before).account(trader.desk.actor, account.id)

    server.runner.run(check())
