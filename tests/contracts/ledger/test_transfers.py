"""What the store of transfers promises, and what recording one does to all that is stored, here and there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from application.ledger.amend_account import AmendAccountCommand, Lock
from application.ledger.close_account import CloseAccount, CloseAccountCommand
from application.ledger.record_trades import RecordTradesCommand
from application.ledger.views import AccountView
from application.ledger.void_transfer import VoidTransferCommand
from domain.ledger.account import Account
from domain.ledger.execution import LotSelection, Side
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.terms import Terms
from domain.ledger.transfer import Report, Transfer, TransferDetails
from domain.shared.errors import Conflict, Invalid, NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, TransferId
from domain.shared.instrument import Instrument
from tests.ledgers import INFY, START, Desk, details, entry, rows

pytestmark = pytest.mark.anyio


def moved(
    giver: AccountId, taker: AccountId, instrument_id: InstrumentId, quantity: str, minute: float
) -> TransferDetails:
    return TransferDetails(
        from_account_id=giver,
        to_account_id=taker,
        instrument_id=instrument_id,
        quantity=Decimal(quantity),
        transferred_at=START + timedelta(minutes=minute),
    )


async def stored(desk: Desk) -> Transfer:
    """A transfer in the store, with everything that can be said about one."""
    accounts = [
        Account.open(AccountId(desk.ids.new()), desk.actor.organisation_id, details(), desk.clock.now())
        for _ in range(2)
    ]
    what = Instrument(InstrumentId(desk.ids.new()), INFY, Decimal(1), None, None, None)
    said = replace(
        moved(accounts[0].id, accounts[1].id, what.id, "10.000000000000000001", 5),
        lot_selection=(LotSelection(desk.ids.new(), Decimal("0.000000000000000001")),),
        notes="line\n\t'quoted'",
    )
    transfer = Transfer.record(TransferId(desk.ids.new()), said, accounts[0], accounts[1], desk.clock.now())
    transfer.import_id = ImportId(desk.ids.new())
    transfer.out_report = Report("row:1", transfer.import_id)
    async with desk.units(desk.actor.organisation_id) as unit:
        for account in accounts:
            await unit.accounts.add(account)
        await unit.instruments.add([what], desk.clock.now())
        await unit.transfers.add(transfer)
        await unit.commit()
    return transfer


async def test_a_transfer_comes_back_as_it_was_stored(desk: Desk, stranger: Desk) -> None:
    transfer = await stored(desk)
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.transfers.get(transfer.id) == transfer
        assert await unit.transfers.touching([transfer.details.instrument_id]) == [transfer]
        assert await unit.transfers.touching([InstrumentId(desk.ids.new())]) == []
    async with stranger.units(stranger.actor.organisation_id) as unit:
        assert await unit.transfers.touching([transfer.details.instrument_id]) == []
        with pytest.raises(NotFound):
            await unit.transfers.get(transfer.id)


async def test_a_report_is_found_by_its_account_and_key_and_by_its_import(desk: Desk) -> None:
    transfer = await stored(desk)
    told = transfer.details
    assert transfer.import_id is not None
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.transfers.told(told.from_account_id, "row:1") == transfer
        assert await unit.transfers.told(told.to_account_id, "row:1") is None
        assert await unit.transfers.told(told.from_account_id, "row:2") is None
        assert await unit.transfers.of_import(transfer.import_id, 10) == [transfer]
        other = ImportId(desk.ids.new())
        transfer.confirm(told.to_account_id, Report("row:9", other), desk.clock.now())
        await unit.transfers.save(transfer)
        assert await unit.transfers.told(told.to_account_id, "row:9") == transfer
        assert await unit.transfers.of_import(other, 10) == [transfer]


async def test_a_change_needs_the_version_before_it(desk: Desk) -> None:
    transfer = await stored(desk)
    transfer.void("Entered twice", desk.clock.now())
    async with desk.units(desk.actor.organisation_id) as unit:
        await unit.transfers.save(transfer)
        with pytest.raises(VersionConflict):
            await unit.transfers.save(transfer)
        assert await unit.transfers.get(transfer.id) == transfer
        assert await unit.transfers.touching([transfer.details.instrument_id]) == []


async def two_accounts(desk: Desk) -> tuple[AccountView, AccountView, InstrumentId]:
    """One account that bought ten at 100 and ten at 120, and an empty one."""
    here, there = await desk.open(), await desk.open(label="Other")
    first = await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "100", 0, fee="8"))
    await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "120", 1))
    return here, there, first.instrument.id


async def positions(desk: Desk, *pairs: Pair) -> list[tuple[int, int, int]]:
    """Quantity, open cost and realised of each, which are whole numbers in these tests."""
    async with desk.units(desk.actor.organisation_id) as unit:
        accounts = await unit.accounts.find({pair.account_id for pair in pairs})
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
        running = await unit.positions.running(
            [Terms.of(accounts[pair.account_id], instruments[pair.instrument_id]) for pair in pairs]
        )
    assert all(each == int(each) for position in running for each in (position.quantity, position.open_cost))
    return [(int(each.quantity), int(each.open_cost), int(each.realised)) for each in running]


async def test_trades_after_a_transfer_are_applied_and_those_before_it_recounted_in_both_accounts(desk: Desk) -> None:
    here, there, what = await two_accounts(desk)
    outcome = await desk.transfer(desk.actor, moved(here.id, there.id, what, "15", 10))
    assert outcome.transfer.moved_quantity == 15
    assert {(each.account_id, each.quantity_before, each.quantity_after) for each in outcome.effects} == {
        (here.id, Decimal(20), Decimal(5)),
        (there.id, Decimal(0), Decimal(15)),
    }
    pairs = Pair(here.id, what), Pair(there.id, what)
    assert await positions(desk, *pairs) == [(5, 600, 0), (15, 1608, 0)]
    await desk.record(desk.actor, entry(there.id, Side.SELL, "15", "110", 20))
    assert await positions(desk, *pairs) == [(5, 600, 0), (0, 0, 42)]
    # a purchase before all others goes over first, and the sale there is counted anew
    await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "90", -5))
    assert await positions(desk, *pairs) == [(15, 1704, 0), (0, 0, 246)]
    # many at once, late here and last there: both are in the replay, and once each
    late = entry(here.id, Side.BUY, "15", "80", -6)
    last = entry(there.id, Side.BUY, "1", "7", 30)
    await desk.record_many(desk.actor, RecordTradesCommand(rows(late, last)))
    assert await positions(desk, *pairs) == [(30, 3108, 0), (1, 7, 450)]
    before = await desk.stored()
    await desk.rebuild(desk.actor)
    assert await desk.stored() == before


async def test_a_void_transfer_is_as_if_it_had_never_been(desk: Desk) -> None:
    here, there, what = await two_accounts(desk)
    before = await desk.stored()
    outcome = await desk.transfer(desk.actor, moved(here.id, there.id, what, "15", 10))
    command = VoidTransferCommand(outcome.transfer.id, 1, "Never happened")
    void = await desk.void_transfer(desk.actor, command)
    assert (void.transfer.moved_quantity, void.transfer.version) == (Decimal(0), 2)
    after = await desk.stored()
    assert after[Pair(here.id, what)] == before[Pair(here.id, what)]
    assert await positions(desk, Pair(there.id, what)) == [(0, 0, 0)]
    with pytest.raises(VersionConflict):
        await desk.void_transfer(desk.actor, command)
    with pytest.raises(Conflict):
        await desk.void_transfer(desk.actor, VoidTransferCommand(outcome.transfer.id, 2, "Again"))


async def test_the_giving_accounts_method_decides_and_can_be_switched_later(desk: Desk) -> None:
    here, there, what = await two_accounts(desk)
    await desk.transfer(desk.actor, moved(here.id, there.id, what, "10", 10))
    pairs = Pair(here.id, what), Pair(there.id, what)
    assert await positions(desk, *pairs) == [(10, 1200, 0), (10, 1008, 0)]
    await desk.switch(here.id, CostMethod.LIFO)
    assert await positions(desk, *pairs) == [(10, 1008, 0), (10, 1200, 0)]
    await desk.switch(there.id, CostMethod.AVERAGE)
    assert await positions(desk, *pairs) == [(10, 1008, 0), (10, 1200, 0)]


async def test_chosen_lots_go_first_and_must_be_the_givers(desk: Desk) -> None:
    here, there, what = await two_accounts(desk)
    second = await desk.record(desk.actor, entry(here.id, Side.BUY, "10", "70", 2))
    chosen = replace(moved(here.id, there.id, what, "10", 10), lot_selection=(LotSelection(second.id, Decimal(10)),))
    await desk.transfer(desk.actor, chosen)
    assert await positions(desk, Pair(there.id, what)) == [(10, 700, 0)]
    with pytest.raises(Invalid):
        await desk.transfer(desk.actor, replace(chosen, from_account_id=there.id, to_account_id=here.id))


async def test_what_belongs_to_others_or_is_locked_is_refused(desk: Desk, stranger: Desk) -> None:
    here, there, what = await two_accounts(desk)
    foreign = await stranger.open()
    for wrong in (
        moved(here.id, foreign.id, what, "1", 10),
        moved(foreign.id, here.id, what, "1", 10),
        moved(here.id, there.id, InstrumentId(desk.ids.new()), "1", 10),
    ):
        with pytest.raises(NotFound):
            await desk.transfer(desk.actor, wrong)
    outcome = await desk.transfer(desk.actor, moved(here.id, there.id, what, "1", 10))
    lock = AmendAccountCommand(account_id=there.id, expected=1, lock=Lock(START.date()))
    await desk.amend_account(desk.actor, lock)
    with pytest.raises(Conflict):
        await desk.transfer(desk.actor, moved(here.id, there.id, what, "1", 11))
    with pytest.raises(Conflict):
        await desk.void_transfer(desk.actor, VoidTransferCommand(outcome.transfer.id, 1, "Locked"))


async def test_open_accounts_are_found_by_their_label_in_any_case(desk: Desk, stranger: Desk) -> None:
    first, second = await desk.open(label="U1 Main"), await desk.open(label="u1 main")
    closed = await desk.open(label="U1 Main")
    await CloseAccount(desk.units, desk.clock)(desk.actor, CloseAccountCommand(closed.id, 1))
    await stranger.open(label="U1 Main")
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.accounts.labelled(" u1 MAIN ") == [first.id, second.id]
        assert await unit.accounts.labelled("U1") == []
