"""What is stored after any history of trades, transfers, splits and switched methods is what a replay of it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.record_corporate_action import RecordCorporateAction
from application.ledger.void_trade import VoidTradeCommand
from application.ledger.void_transfer import VoidTransferCommand
from domain.ledger.action_terms import Split
from domain.ledger.corporate_action import ActionDetails
from domain.ledger.execution import Side
from domain.ledger.group import replay_group
from domain.ledger.method import CostMethod
from domain.ledger.terms import Terms
from domain.ledger.transfer import TransferDetails
from domain.shared.errors import Conflict
from domain.shared.ids import AccountId, InstrumentId, TradeId, TransferId
from domain.shared.moment import Moment
from tests.contracts.ledger.moved_days import days_agree
from tests.contracts.ledger.past_books import books_then, replayed_until
from tests.fakes.platform import FakeClock
from tests.ledgers import START, Desk, entry, new_actor
from tests.profiles import is_deep


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def engine(runner: asyncio.Runner, database_url: str) -> Iterator[AsyncEngine]:
    engine = open_engine(database_url, pool_size=2)
    yield engine
    runner.run(engine.dispose())


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is entered; `number` says in which account, by which method, or which of the earlier is meant."""

    verb: str
    minute: int
    quantity: int
    number: int


verbs = st.sampled_from(["buy", "buy", "buy", "sell", "sell", "move", "move", "split", "switch", "void", "void move"])
steps = st.lists(st.builds(Step, verbs, st.integers(0, 12), st.integers(1, 9), st.integers(0, 7)), max_size=14)


class Trader:
    """Carries steps out in two accounts that hold one instrument."""

    def __init__(self, engine: AsyncEngine) -> None:
        ids = Uuid7Factory()
        self.clock = FakeClock(START.replace(year=2026))
        self.desk = Desk(SqlLedgerUnits(engine, ids), self.clock, ids, new_actor(ids))
        self._accounts: list[AccountId] = []
        self._instrument: InstrumentId | None = None
        self._trades: list[TradeId] = []
        self._moves: list[TransferId] = []

    async def run(self, todo: list[Step], *, shorting: bool) -> None:
        """Open both accounts, buy something in the first, then do everything, a second apart."""
        self._accounts = [(await self.desk.open(shorting=shorting, label=label)).id for label in ("Here", "There")]
        first = await self.desk.record(self.desk.actor, entry(self._accounts[0], Side.BUY, "7", "11", 1, fee="0.07"))
        self._instrument = first.instrument.id
        await self.carry_on(todo)

    async def carry_on(self, todo: list[Step]) -> None:
        """Do more."""
        assert self._instrument is not None
        for step in todo:
            await self._do(step, self._instrument)
            self.clock.advance(seconds=1)

    async def _do(self, step: Step, instrument_id: InstrumentId) -> None:
        desk, here, there = self.desk, self._accounts[step.number % 2], self._accounts[1 - step.number % 2]
        at = START + timedelta(minutes=step.minute)
        match step.verb:
            case "move":
                details = TransferDetails(
                    from_account_id=here,
                    to_account_id=there,
                    instrument_id=instrument_id,
                    quantity=Decimal(step.quantity),
                    transferred_at=at,
                )
                self._moves.append((await desk.transfer(desk.actor, details)).transfer.id)
            case "split":
                terms = Split(new=step.quantity, old=1 + step.number)
                act = RecordCorporateAction(desk.units, desk.clock, desk.ids)
                with suppress(Conflict):  # one split at an instant
                    await act(desk.actor, ActionDetails(instrument_id=instrument_id, effective_at=at, terms=terms))
            case "switch":
                await desk.switch(here, list(CostMethod)[step.number % len(CostMethod)])
            case "void":
                if self._trades:
                    trade = self._trades.pop(step.number % len(self._trades))
                    await desk.void(desk.actor, VoidTradeCommand(trade, 1, "drawn"))
            case "void move":
                if self._moves:
                    move = self._moves.pop(step.number % len(self._moves))
                    await desk.void_transfer(desk.actor, VoidTransferCommand(move, 1, "drawn"))
            case _:
                fill = entry(here, Side(step.verb), str(step.quantity), str(3 + step.number), step.minute, fee="0.01")
                self._trades.append((await desk.record(desk.actor, fill)).id)

    async def agrees_with_replay(self) -> None:
        """Compare everything stored with a replay of all that is recorded."""
        async with self.desk.units(self.desk.actor.organisation_id) as unit:
            pairs = await unit.positions.pairs_of()
            accounts = await unit.accounts.find({pair.account_id for pair in pairs})
            instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
            terms = {pair: Terms.of(accounts[pair.account_id], instruments[pair.instrument_id]) for pair in pairs}
            executions = await unit.trades.executions(pairs)
            actions = await unit.corporate_actions.touching(instruments)
            transfers = await unit.transfers.touching(instruments)
            running = await unit.positions.running(list(terms.values()))
            stored = await unit.positions.stored(pairs)
        expected = replay_group(terms, executions, actions, transfers)
        for pair, position, projection in zip(pairs, running, stored, strict=True):
            replayed = expected[pair]
            assert position.lots == replayed.position.lots
            assert position == replayed.position
            assert {**projection.lots} == {lot.id: lot for lot in replayed.lots}
            assert {**projection.disposals} == {disposal.id: disposal for disposal in replayed.disposals}
            assert {**projection.round_trips} == {trip.id: trip for trip in replayed.round_trips}


@settings(max_examples=400 if is_deep() else 25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(todo=steps, shorting=st.booleans())
@example(todo=[Step("move", 2, 1, 0)], shorting=False)
def test_projections_are_a_replay_of_trades_transfers_and_splits(
    runner: asyncio.Runner, engine: AsyncEngine, todo: list[Step], *, shorting: bool
) -> None:
    """Appending, entering late, voiding and switching in any order end where one replay does, and so does a rebuild."""
    trader = Trader(engine)

    async def check() -> None:
        await trader.run(todo, shorting=shorting)
        await trader.agrees_with_replay()
        await days_agree(engine, trader.desk.actor)
        before = await trader.desk.stored()
        rebuilt = await trader.desk.rebuild(trader.desk.actor)
        assert rebuilt.mended == []
        assert await trader.desk.stored() == before

    runner.run(check())


@settings(max_examples=400 if is_deep() else 10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(todo=steps, later=steps, as_of=st.integers(0, 12), shorting=st.booleans())
def test_the_past_is_what_a_replay_of_what_was_known_and_had_happened_gives(
    runner: asyncio.Runner, engine: AsyncEngine, todo: list[Step], later: list[Step], as_of: int, *, shorting: bool
) -> None:
    """To the last digit of every lot, disposal, round trip and sum: as of an instant, as known before, and as both."""
    trader = Trader(engine)
    past = START + timedelta(minutes=as_of)

    async def check() -> None:
        await trader.run(todo, shorting=shorting)
        desk = trader.desk
        known, known_then = await replayed_until(desk), await replayed_until(desk, past)
        assert await books_then(engine, desk.actor, Moment(as_of=past)) == known_then
        known_at = trader.clock.now()
        trader.clock.advance(seconds=1)
        await trader.carry_on(later)
        assert await books_then(engine, desk.actor, Moment(known_at=known_at)) == known
        assert await books_then(engine, desk.actor, Moment(as_of=past, known_at=known_at)) == known_then
        assert await books_then(engine, desk.actor, Moment(as_of=past)) == await replayed_until(desk, past)

    runner.run(check())
