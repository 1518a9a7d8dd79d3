"""What is stored after any history of commands is what a replay of the trades that count gives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.figure_reads import SqlFigureQueries
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.record_trades import RecordTradesCommand
from application.ledger.replace_trade import ReplaceTradeCommand
from application.ledger.void_trade import VoidTradeCommand
from application.ledger.wanted import PnlFilter
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.method import CostMethod
from domain.ledger.replay import replay
from domain.ledger.terms import Terms
from domain.shared.ids import AccountId, TradeId
from domain.shared.moment import Moment
from tests.contracts.ledger.moved_days import days_agree
from tests.contracts.ledger.past_books import books_then, replayed_until
from tests.domain.ledger.histories import multipliers, prices, quantities
from tests.fakes.platform import FakeClock
from tests.ledgers import INFY, START, TCS, Desk, new_actor, rows
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


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade as drawn; `target` says which of the trades so far a correction means."""

    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    minute: int
    sequence: int
    is_tcs: bool
    target: int


fills = st.builds(
    Fill,
    side=st.sampled_from(Side),
    quantity=quantities,
    price=prices,
    fee=st.one_of(st.just(Decimal(0)), quantities),
    minute=st.integers(0, 12),
    sequence=st.sampled_from([0, 0, 1]),
    is_tcs=st.booleans(),
    target=st.integers(0, 30),
)
steps = st.one_of(
    st.tuples(st.just("record"), st.lists(fills, min_size=1, max_size=1)),
    st.tuples(st.just("bulk"), st.lists(fills, min_size=1, max_size=6)),
    st.tuples(st.just("replace"), st.lists(fills, min_size=1, max_size=1)),
    st.tuples(st.just("void"), st.lists(fills, min_size=1, max_size=1)),
)


class Trader:
    """Carries steps out and remembers which trades count."""

    def __init__(self, engine: AsyncEngine, multiplier: Decimal) -> None:
        ids = Uuid7Factory()
        self.desk = Desk(SqlLedgerUnits(engine, ids), FakeClock(START.replace(year=2026)), ids, new_actor(ids))
        self._multiplier = multiplier
        self._counting: dict[TradeId, int] = {}

    async def run(self, todo: list[tuple[str, list[Fill]]], *, shorting: bool, methods: list[CostMethod]) -> None:
        """Open an account, then do everything; the account takes the next method after every third step."""
        account = await self.desk.open(shorting=shorting)
        for number, (kind, drawn) in enumerate(todo):
            if number % 3 == 0 and methods:
                await self.desk.switch(account.id, methods.pop())
            entries = [self._entry(account.id, fill) for fill in drawn]
            if kind in {"replace", "void"} and self._counting:
                target = list(self._counting)[drawn[0].target % len(self._counting)]
                await self._correct(kind, target, entries[0])
            elif kind == "bulk":
                outcome = await self.desk.record_many(self.desk.actor, RecordTradesCommand(rows(*entries)))
                self._counting |= {row.trade_id: 1 for row in outcome.verdicts if row.trade_id is not None}
            else:
                self._counting[(await self.desk.record(self.desk.actor, entries[0])).id] = 1

    async def _correct(self, kind: str, target: TradeId, entry: TradeEntry) -> None:
        version = self._counting[target]
        if kind == "void":
            await self.desk.void(self.desk.actor, VoidTradeCommand(target, version, "drawn"))
            del self._counting[target]
        else:
            view = await self.desk.replace(self.desk.actor, ReplaceTradeCommand(target, version, entry))
            self._counting[target] = view.version

    async def agrees_with_replay(self) -> None:
        """Compare everything stored with a replay of the trades that are stored."""
        async with self.desk.units(self.desk.actor.organisation_id) as unit:
            pairs = await unit.positions.pairs_of()
            held = await unit.positions.hold(pairs)
            accounts = await unit.accounts.find({pair.account_id for pair in pairs})
            instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
            terms = [Terms.of(accounts[pair.account_id], instruments[pair.instrument_id]) for pair in pairs]
            executions = await unit.trades.executions(pairs)
            assert sum(len(kept) for kept in executions.values()) == len(self._counting)
            running = await unit.positions.running(terms)
            stored = await unit.positions.stored(pairs)
        for pair, each, position, projection in zip(pairs, terms, running, stored, strict=True):
            expected = replay(each, executions.get(pair, ()))
            assert position == expected.position
            assert held[pair] == expected.position.last
            assert {**projection.lots} == {lot.id: lot for lot in expected.lots}
            assert {**projection.disposals} == {disposal.id: disposal for disposal in expected.disposals}
            assert {**projection.round_trips} == {trip.id: trip for trip in expected.round_trips}

    async def sums_agree(self, engine: AsyncEngine) -> None:
        """The sums that positions hold are those over the disposals themselves."""
        figures = SqlFigureQueries(engine)
        ever = PnlFilter(from_date=date(1900, 1, 1), to_date=date(2100, 1, 1))
        kept, summed = [await figures.pnl(self.desk.actor, wanted) for wanted in (PnlFilter(), ever)]
        assert kept == summed

    def _entry(self, account_id: AccountId, fill: Fill) -> TradeEntry:
        return TradeEntry(
            account_id=account_id,
            instrument=InstrumentTerms(key=TCS if fill.is_tcs else INFY, multiplier=self._multiplier),
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            executed_at=START + timedelta(minutes=fill.minute),
            fees=Fees({FeeKind.OTHER: fill.fee}),
            sequence=fill.sequence,
        )


@settings(max_examples=500 if is_deep() else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    todo=st.lists(steps, min_size=1, max_size=12),
    shorting=st.booleans(),
    multiplier=multipliers,
    methods=st.lists(st.sampled_from(CostMethod), max_size=3),
    as_of=st.integers(0, 12),
)
def test_projections_are_a_replay_of_the_trades(
    server: Server,
    todo: list[tuple[str, list[Fill]]],
    *,
    shorting: bool,
    multiplier: Decimal,
    methods: list[CostMethod],
    as_of: int,
) -> None:
    """Appending and correcting in any order end where one replay from nothing does, and so does a rebuild."""
    trader = Trader(server.engine, multiplier)

    async def check() -> None:
        await trader.run(todo, shorting=shorting, methods=list(methods))
        await trader.agrees_with_replay()
        await trader.sums_agree(server.engine)
        await days_agree(server.engine, trader.desk.actor)
        past = START + timedelta(minutes=as_of)
        then = await books_then(server.engine, trader.desk.actor, Moment(as_of=past))
        assert then == await replayed_until(trader.desk, past)
        before = await trader.desk.stored()
        rebuilt = await trader.desk.rebuild(trader.desk.actor)
        assert rebuilt.mended == []
        assert await trader.desk.stored() == before
        await trader.agrees_with_replay()

    server.runner.run(check())
