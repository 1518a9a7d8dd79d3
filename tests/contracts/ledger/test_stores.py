"""What the ledger's stores promise, on PostgreSQL and as fakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from application.ledger.ports import EnteredPrice, LedgerUnitOfWork
from application.ledger.position_ports import ProjectionChange
from domain.ledger.account import Account
from domain.ledger.category import Category
from domain.ledger.errors import DuplicateTrade
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.outcome import Outcome
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import replay
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade, TradeDetails
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey
from tests.ledgers import INFY, START, TCS, Desk, details

pytestmark = pytest.mark.anyio


def instrument(desk: Desk, key: InstrumentKey = INFY, multiplier: str = "1") -> Instrument:
    return Instrument(InstrumentId(desk.ids.new()), key, Decimal(multiplier), Decimal("0.05"), None, "INE009A01021")


def account(desk: Desk) -> Account:
    return Account.open(AccountId(desk.ids.new()), desk.actor.organisation_id, details(), desk.clock.now())


def trade(desk: Desk, of: Account, what: Instrument, minute: int = 0, side: Side = Side.BUY) -> Trade:
    return Trade.record(
        TradeId(desk.ids.new()),
        of,
        TradeDetails(
            instrument_id=what.id,
            side=side,
            quantity=Decimal("10.000000000000000001"),
            price=Decimal("-99999999999999999999.999999999999999999"),
            executed_at=START + timedelta(minutes=minute),
            fees=Fees({FeeKind.BROKERAGE: Decimal(20), FeeKind.TAX: Decimal("0.150000000000000001")}),
            settlement_date=START.date() + timedelta(days=2),
            category=Category.LONG_TERM,
            strategy="breakout",
            tags=("a", 'b"\\,{}'),
            notes="line\nनमस्ते\t'quoted'",
            attachments=("https://example.com/1",),
            broker_trade_id=None,
            broker_order_id="order-1",
            sequence=7,
        ),
        desk.clock.now(),
    )


async def books(desk: Desk, unit: LedgerUnitOfWork) -> tuple[Account, Instrument]:
    """An account and an instrument, stored."""
    of, what = account(desk), instrument(desk)
    await unit.accounts.add(of)
    await unit.instruments.add([what], desk.clock.now())
    return of, what


async def test_an_account_comes_back_as_it_was_stored(desk: Desk) -> None:
    of = account(desk)
    async with desk.units(desk.actor.organisation_id) as unit:
        await unit.accounts.add(of)
        await unit.commit()
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.accounts.get(of.id) == of
        assert await unit.accounts.find([of.id, AccountId(desk.ids.new())]) == {of.id: of}


async def test_an_account_is_saved_only_over_the_version_it_was_read_at(desk: Desk) -> None:
    of = account(desk)
    async with desk.units(desk.actor.organisation_id) as unit:
        await unit.accounts.add(of)
        of.close(desk.clock.now())
        await unit.accounts.save(of, 1)
        with pytest.raises(VersionConflict):
            await unit.accounts.save(of, 1)


async def test_an_account_that_does_not_exist_is_not_found(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        with pytest.raises(NotFound):
            await unit.accounts.get(AccountId(desk.ids.new()))


async def test_the_first_instrument_under_a_key_stays(desk: Desk) -> None:
    first, second, other = instrument(desk), instrument(desk, multiplier="50"), instrument(desk, TCS)
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.instruments.add([first], desk.clock.now()) == {INFY: first}
        assert await unit.instruments.add([other, second], desk.clock.now()) == {INFY: first, TCS: other}
        assert await unit.instruments.find([INFY, TCS]) == {INFY: first, TCS: other}
        assert await unit.instruments.by_id([first.id, second.id]) == {first.id: first}
        assert await unit.instruments.find([]) == {}


async def test_a_trade_comes_back_as_it_was_stored(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        recorded = trade(desk, of, what)
        assert await unit.trades.add([recorded]) == {recorded.id}
        assert await unit.trades.get(recorded.id) == recorded
        with pytest.raises(NotFound):
            await unit.trades.get(TradeId(desk.ids.new()))


async def test_a_source_key_counts_once_in_an_account(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        elsewhere = account(desk)
        await unit.accounts.add(elsewhere)
        first, again, same = (trade(desk, of, what, minute) for minute in range(3))
        other = trade(desk, elsewhere, what)
        for each in (first, again, same, other):
            each.source_key = "file:1"
        assert await unit.trades.add([first, again]) == {first.id}
        assert await unit.trades.add([same, other]) == {other.id}


async def test_identical_fills_without_keys_all_count(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        assert len(await unit.trades.add([trade(desk, of, what) for _ in range(3)])) == 3


async def test_a_brokers_fill_counts_once(desk: Desk) -> None:
    """Only a fill that agrees in every figure is the same fill: ids repeat over days, sides and partial fills."""
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)

        def fill(minute: int = 0, side: Side = Side.BUY, quantity: str = "1") -> Trade:
            made = trade(desk, of, what, minute, side)
            made.details = replace(made.details, broker_trade_id="77", quantity=Decimal(quantity))
            return made

        first = fill()
        assert await unit.trades.add([first, fill()]) == {first.id}
        others = [fill(minute=1440), fill(side=Side.SELL), fill(quantity="2")]
        assert await unit.trades.add(others) == {each.id for each in others}


async def test_a_void_fill_may_be_entered_again(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        first, again = trade(desk, of, what), trade(desk, of, what)
        for each in (first, again):
            each.details = replace(each.details, broker_trade_id="77")
        await unit.trades.add([first])
        first.void("wrong", desk.clock.now())
        await unit.trades.save([first])
        assert await unit.trades.add([again]) == {again.id}


async def test_a_change_is_saved_only_over_the_version_before(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        recorded = trade(desk, of, what)
        await unit.trades.add([recorded])
        recorded.amend(replace(recorded.details, notes=None, tags=()), of, desk.clock.now())
        await unit.trades.save([recorded])
        assert await unit.trades.get(recorded.id) == recorded
        with pytest.raises(VersionConflict):
            await unit.trades.save([recorded])


async def test_a_change_that_makes_two_fills_one_is_refused(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        first, second = trade(desk, of, what), trade(desk, of, what)
        first.details = replace(first.details, broker_trade_id="77")
        await unit.trades.add([first, second])
        second.amend(first.details, of, desk.clock.now())
        with pytest.raises(DuplicateTrade):
            await unit.trades.save([second])


async def test_an_imports_trades_can_be_voided_and_their_keys_released(desk: Desk) -> None:
    import_id = ImportId(desk.ids.new())
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        imported = [trade(desk, of, what, minute) for minute in range(3)]
        for number, each in enumerate(imported):
            each.import_id, each.source_key = import_id, f"file:{number}"
        await unit.trades.add([*imported, trade(desk, of, what)])
        found = await unit.trades.of_import(import_id, 2)
        assert [each.id for each in found] == [each.id for each in imported[:2]]
        for each in found:
            each.void("undone", desk.clock.now())
        await unit.trades.save(found, release_keys=True)
        assert [each.id for each in await unit.trades.of_import(import_id, 9)] == [imported[2].id]
        again = [replace(each, id=TradeId(desk.ids.new()), version=1, voided_at=None) for each in imported]
        assert await unit.trades.add(again) == {again[0].id, again[1].id}


async def test_void_trades_are_no_executions(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        kept, dropped = trade(desk, of, what), trade(desk, of, what, 1)
        await unit.trades.add([kept, dropped])
        dropped.void("wrong", desk.clock.now())
        await unit.trades.save([dropped])
        pair = Pair(of.id, what.id)
        assert {**await unit.trades.executions([pair])} == {pair: [kept.execution]}


async def test_projections_come_back_as_they_were_written(desk: Desk) -> None:
    """A position that is read back goes on as if it had never been away."""
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        sides = [Side.BUY, Side.BUY, Side.SELL, Side.SELL, Side.SELL, Side.BUY]
        trades = [trade(desk, of, what, minute, side) for minute, side in enumerate(sides)]
        await unit.trades.add(trades)
        pair, terms = Pair(of.id, what.id), Terms.of(of, what)
        assert await unit.positions.hold([pair]) == {pair: None}
        expected = replay(terms, [each.execution for each in trades])
        (running,) = await unit.positions.running([terms])
        for each in trades:
            outcome = running.apply(each.execution)
            await unit.positions.write([_change(running, outcome)], desk.clock.now())
            (running,) = await unit.positions.running([terms])
            assert await unit.positions.hold([pair]) == {pair: each.execution.order_key}
        (stored,) = await unit.positions.stored([pair])
        assert {**stored.lots} == {lot.id: lot for lot in expected.lots}
        assert {**stored.disposals} == {disposal.id: disposal for disposal in expected.disposals}
        assert {**stored.round_trips} == {trip.id: trip for trip in expected.round_trips}
        assert running == expected.position


def _change(position: Position, outcome: Outcome) -> ProjectionChange:
    touched = {lot.id: lot for lot in outcome.reduced}
    if outcome.opened is not None:
        touched[outcome.opened.id] = outcome.opened
    disposals = [] if outcome.disposal is None else [outcome.disposal]
    return ProjectionChange(position, list(touched.values()), disposals, list(outcome.trips))


async def test_a_price_is_entered_only_over_the_version_before(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        _, what = await books(desk, unit)
        first = EnteredPrice(what.id, Decimal("1.5"), START, 1)
        assert await unit.prices.find(what.id) is None
        await unit.prices.put(first, desk.clock.now())
        assert await unit.prices.find(what.id) == first
        await unit.prices.put(replace(first, version=2, price=Decimal(2)), desk.clock.now())
        for stale in (1, 2, 9):
            with pytest.raises(VersionConflict):
                await unit.prices.put(replace(first, version=stale), desk.clock.now())


async def test_nothing_of_another_organisation_is_there(desk: Desk, stranger: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        recorded = trade(desk, of, what)
        recorded.import_id = ImportId(desk.ids.new())
        pair = Pair(of.id, what.id)
        await unit.positions.hold([pair])
        await unit.trades.add([recorded])
        await unit.prices.put(EnteredPrice(what.id, Decimal(1), START, 1), desk.clock.now())
        await unit.commit()
    async with desk.units(stranger.actor.organisation_id) as unit:
        assert await unit.accounts.find([of.id]) == {}
        assert await unit.instruments.find([INFY]) == {}
        assert await unit.instruments.by_id([what.id]) == {}
        assert await unit.trades.of_import(recorded.import_id, 9) == []
        assert await unit.trades.executions([pair]) == {}
        assert await unit.positions.pairs_of() == []
        assert await unit.prices.find(what.id) is None
        with pytest.raises(NotFound):
            await unit.trades.get(recorded.id)
