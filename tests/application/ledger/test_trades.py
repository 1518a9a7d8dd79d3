"""What recording, correcting and voiding trades promise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from application.ledger.amend_account import AmendAccountCommand
from application.ledger.close_account import CloseAccount, CloseAccountCommand
from application.ledger.entries import InstrumentTerms
from application.ledger.patch_trade import PatchTradeCommand, TradePatch
from application.ledger.replace_trade import ReplaceTradeCommand
from application.ledger.void_trade import VoidTradeCommand
from domain.ledger.disposal import Basis
from domain.ledger.errors import DuplicateTrade, InstrumentConflict
from domain.ledger.events import ChangeKind, TradesChanged
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind
from domain.shared.access import Scope
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, VersionConflict
from domain.shared.ids import AccountId, TradeId
from tests.fakes.ledger import FakeLedger
from tests.ledgers import INFY, TCS, Desk, entry

pytestmark = pytest.mark.anyio
BUY, SELL = Side.BUY, Side.SELL


async def quantities(desk: Desk) -> dict[str, str]:
    """The quantity of each position by symbol."""
    async with desk.units(desk.actor.organisation_id) as unit:
        pairs = await unit.positions.pairs_of()
        known = await unit.instruments.by_id([pair.instrument_id for pair in pairs])
        stored = await unit.positions.stored(pairs)
    return {
        known[pair.instrument_id].key.symbol: str(
            sum(lot.left if lot.direction == "long" else -lot.left for lot in projection.lots.values())
        )
        for pair, projection in zip(pairs, stored, strict=True)
    }


async def realised(desk: Desk) -> Decimal:
    """The realised sum over everything."""
    return sum(
        (
            disposal.realised
            for projection in (await desk.stored()).values()
            for disposal in projection.disposals.values()
            if disposal.realised is not None
        ),
        Decimal(0),
    )


async def test_a_recorded_trade_opens_a_position_and_is_told_of(desk: Desk, ledger: FakeLedger) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    assert trade.version == 1
    assert await quantities(desk) == {"INFY": "10"}
    (event,) = ledger.outbox.stored
    assert isinstance(event, TradesChanged)
    assert [(change.trade_id, change.kind) for change in event.changes] == [(trade.id, ChangeKind.RECORDED)]


async def test_a_fill_from_the_past_changes_what_later_ones_closed(desk: Desk) -> None:
    account = await desk.open()
    await desk.record(desk.actor, entry(account.id, BUY, "1", "100", 1))
    await desk.record(desk.actor, entry(account.id, SELL, "1", "150", 2))
    assert await realised(desk) == 50
    await desk.record(desk.actor, entry(account.id, BUY, "1", "10", 0))
    assert await realised(desk) == 140


async def test_a_sale_beyond_what_is_held_turns_the_position_around(desk: Desk) -> None:
    account = await desk.open()
    await desk.record(desk.actor, entry(account.id, BUY, "10", "100", 0))
    await desk.record(desk.actor, entry(account.id, SELL, "15", "110", 1))
    assert await quantities(desk) == {"INFY": "-5"}


async def test_without_shorting_such_a_sale_has_no_basis_until_the_purchase_comes(desk: Desk) -> None:
    account = await desk.open(shorting=False)
    sale = await desk.record(desk.actor, entry(account.id, SELL, "5", "110", 1))
    (projection,) = (await desk.stored()).values()
    assert projection.disposals[sale.id].basis is Basis.MISSING
    await desk.record(desk.actor, entry(account.id, BUY, "5", "100", 0))
    (projection,) = (await desk.stored()).values()
    assert projection.disposals[sale.id].basis is Basis.KNOWN
    assert await realised(desk) == 50


async def test_turning_shorting_replays_the_account(desk: Desk) -> None:
    account = await desk.open(shorting=False)
    await desk.record(desk.actor, entry(account.id, SELL, "5", "110"))
    await desk.amend_account(desk.actor, AmendAccountCommand(account_id=account.id, expected=1, shorting=True))
    assert await quantities(desk) == {"INFY": "-5"}


async def test_a_patch_keeps_what_it_does_not_speak_of_and_clears_with_none(desk: Desk) -> None:
    account = await desk.open()
    trade = await desk.record(
        desk.actor, replace(entry(account.id, BUY, "10", "100", fee="20"), notes="n", strategy="s", tags=("t",))
    )
    patch = TradePatch(quantity=Decimal(4), notes=None, fees={FeeKind.TAX: Decimal(1)})
    patched = await desk.patch(desk.actor, PatchTradeCommand(trade.id, 1, patch))
    assert (patched.version, patched.notes, patched.strategy, patched.tags) == (2, None, "s", ("t",))
    assert patched.fees == {FeeKind.BROKERAGE: 20, FeeKind.TAX: 1}
    assert await quantities(desk) == {"INFY": "4"}
    cleared = await desk.patch(desk.actor, PatchTradeCommand(trade.id, 2, TradePatch(fees={FeeKind.BROKERAGE: None})))
    assert cleared.fees == {FeeKind.TAX: 1}
    assert not (await desk.patch(desk.actor, PatchTradeCommand(trade.id, 3, TradePatch(fees=None)))).fees


async def test_a_patch_that_changes_nothing_makes_no_version_and_no_event(desk: Desk, ledger: FakeLedger) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    same = await desk.patch(desk.actor, PatchTradeCommand(trade.id, 1, TradePatch(quantity=Decimal("10.0"))))
    assert same.version == 1
    assert len(ledger.outbox.stored) == 1


async def test_a_replacement_may_move_a_trade_to_another_instrument(desk: Desk, ledger: FakeLedger) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    moved = entry(account.id, BUY, "10", "100", key=TCS)
    assert (await desk.replace(desk.actor, ReplaceTradeCommand(trade.id, 1, moved))).instrument.symbol == "TCS"
    assert await quantities(desk) == {"INFY": "0", "TCS": "10"}
    event = ledger.outbox.stored[-1]
    assert isinstance(event, TradesChanged)
    assert len(event.changes) == 2


async def test_a_replacement_cannot_move_a_trade_to_another_account(desk: Desk) -> None:
    account, other = await desk.open(), await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    with pytest.raises(Invalid, match="record it in the other account"):
        await desk.replace(desk.actor, ReplaceTradeCommand(trade.id, 1, entry(other.id, BUY, "10", "100")))


async def test_a_void_trade_leaves_every_figure_and_stays_for_good(desk: Desk) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    voided = await desk.void(desk.actor, VoidTradeCommand(trade.id, 1, "entered twice"))
    assert (voided.version, voided.void_reason) == (2, "entered twice")
    assert await quantities(desk) == {"INFY": "0"}
    with pytest.raises(Conflict):
        await desk.void(desk.actor, VoidTradeCommand(trade.id, 2, "again"))
    with pytest.raises(Conflict):
        await desk.patch(desk.actor, PatchTradeCommand(trade.id, 2, TradePatch(quantity=Decimal(1))))


async def test_a_change_made_for_another_version_is_refused(desk: Desk) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    await desk.patch(desk.actor, PatchTradeCommand(trade.id, 1, TradePatch(notes="first")))
    with pytest.raises(VersionConflict):
        await desk.patch(desk.actor, PatchTradeCommand(trade.id, 1, TradePatch(notes="second")))
    with pytest.raises(VersionConflict):
        await desk.void(desk.actor, VoidTradeCommand(trade.id, 1, "late"))


async def test_a_known_instrument_keeps_its_multiplier(desk: Desk) -> None:
    account = await desk.open()
    lot = entry(account.id, BUY, "1", "100")
    await desk.record(desk.actor, replace(lot, instrument=InstrumentTerms(key=INFY, multiplier=Decimal(50))))
    assert (await desk.record(desk.actor, lot)).instrument.multiplier == 50
    with pytest.raises(InstrumentConflict, match="known with the multiplier 50; got 25"):
        await desk.record(desk.actor, replace(lot, instrument=InstrumentTerms(key=INFY, multiplier=Decimal(25))))


async def test_a_fill_the_account_has_is_a_duplicate(desk: Desk) -> None:
    account = await desk.open()
    fill = replace(entry(account.id, BUY, "10", "100"), broker_trade_id="77")
    await desk.record(desk.actor, fill)
    with pytest.raises(DuplicateTrade):
        await desk.record(desk.actor, fill)
    assert await quantities(desk) == {"INFY": "10"}


async def test_a_refused_trade_leaves_no_instrument_behind(desk: Desk) -> None:
    account = await desk.open()
    with pytest.raises(Invalid):
        await desk.record(desk.actor, entry(account.id, BUY, "0", "100"))
    async with desk.units(desk.actor.organisation_id) as unit:
        assert await unit.instruments.find([INFY]) == {}


async def test_a_closed_account_takes_no_trades_but_corrections(desk: Desk) -> None:
    account = await desk.open()
    trade = await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    await CloseAccount(desk.units, desk.clock)(desk.actor, CloseAccountCommand(account.id, 1))
    with pytest.raises(Conflict, match="closed"):
        await desk.record(desk.actor, entry(account.id, BUY, "10", "100"))
    patched = await desk.patch(desk.actor, PatchTradeCommand(trade.id, 1, TradePatch(quantity=Decimal(4))))
    assert patched.version == 2


async def test_what_does_not_exist_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.record(desk.actor, entry(AccountId(desk.ids.new()), BUY, "10", "100"))
    with pytest.raises(NotFound):
        await desk.void(desk.actor, VoidTradeCommand(TradeId(desk.ids.new()), 1, "x"))


async def test_writing_needs_the_scope(desk: Desk) -> None:
    account = await desk.open()
    reader = replace(desk.actor, scopes=frozenset({Scope.LEDGER_READ}))
    with pytest.raises(Forbidden):
        await desk.record(reader, entry(account.id, BUY, "10", "100"))
    with pytest.raises(Forbidden):
        await desk.void(reader, VoidTradeCommand(TradeId(desk.ids.new()), 1, "x"))
