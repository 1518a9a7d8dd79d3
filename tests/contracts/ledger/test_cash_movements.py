"""What the store of cash movements promises, on PostgreSQL and as a fake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from application.ledger.ports import LedgerUnitOfWork
from domain.ledger.account import Account
from domain.ledger.cash import CashDetails, CashMovement
from domain.ledger.cash_kind import CashKind
from domain.ledger.cash_pair import Circumstances, Origin, Sides, convert
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import CashMovementId, ImportId
from domain.shared.money import Currency, Money
from tests.contracts.ledger.test_stores import account, books
from tests.ledgers import START, Desk

pytestmark = pytest.mark.anyio


def movement(desk: Desk, of: Account, key: str | None = None, import_id: ImportId | None = None) -> CashMovement:
    details = CashDetails(
        kind=CashKind.DIVIDEND,
        amount=Decimal("99999999999999999999.999999999999999999"),
        currency=Currency("USD"),
        occurred_at=START,
        tax=Decimal("0.000000000000000001"),
        value_date=date(2026, 3, 4),
        notes="line\nनमस्ते",
    )
    id_ = CashMovementId(desk.ids.new())
    return CashMovement.record(id_, of, details, desk.clock.now(), source_key=key, import_id=import_id)


def conversion(desk: Desk, of: Account, key: str, import_id: ImportId) -> Sides:
    ids = (CashMovementId(desk.ids.new()), CashMovementId(desk.ids.new()))
    given, received = Money(Decimal(110), Currency("USD")), Money(Decimal(100), Currency("EUR"))
    origin = Origin(import_id=import_id, source_key=key)
    return convert(ids, of, (given, received), Circumstances(occurred_at=START), desk.clock.now(), origin=origin)


async def opened(desk: Desk, unit: LedgerUnitOfWork) -> Account:
    of = account(desk)
    await unit.accounts.add(of)
    return of


async def test_a_movement_comes_back_as_it_was_stored(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of, what = await books(desk, unit)
        stored = movement(desk, of, "file:1", ImportId(desk.ids.new()))
        stored.details = replace(stored.details, instrument_id=what.id)
        assert await unit.cash_movements.add([stored]) == {stored.id}
        assert await unit.cash_movements.get(stored.id) == [stored]
        with pytest.raises(NotFound):
            await unit.cash_movements.get(CashMovementId(desk.ids.new()))


async def test_a_pair_comes_together_the_one_asked_for_first(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        out, in_ = conversion(desk, await opened(desk, unit), "file:1", ImportId(desk.ids.new()))
        assert await unit.cash_movements.add([out, in_]) == {out.id, in_.id}
        assert await unit.cash_movements.get(out.id) == [out, in_]
        assert await unit.cash_movements.get(in_.id) == [in_, out]


async def test_a_source_key_counts_once_in_an_account(desk: Desk) -> None:
    """Also for a pair: never one side without the other."""
    import_id = ImportId(desk.ids.new())
    async with desk.units(desk.actor.organisation_id) as unit:
        of, elsewhere = await opened(desk, unit), await opened(desk, unit)
        first, again, other = (movement(desk, each, "file:1", import_id) for each in (of, of, elsewhere))
        pair, second = conversion(desk, of, "file:2", import_id), conversion(desk, of, "file:2", import_id)
        assert await unit.cash_movements.add([first, *pair]) == {first.id, pair[0].id, pair[1].id}
        assert await unit.cash_movements.add([again, *second, other]) == {other.id}
        assert await unit.cash_movements.add([]) == set()


async def test_equal_movements_without_keys_all_count(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of = await opened(desk, unit)
        assert len(await unit.cash_movements.add([movement(desk, of) for _ in range(3)])) == 3


async def test_a_change_is_saved_only_over_the_version_before(desk: Desk) -> None:
    async with desk.units(desk.actor.organisation_id) as unit:
        of = await opened(desk, unit)
        stored = movement(desk, of)
        await unit.cash_movements.add([stored])
        stored.amend(replace(stored.details, tax=Decimal(2), notes=None), of, desk.clock.now())
        await unit.cash_movements.save([stored])
        assert await unit.cash_movements.get(stored.id) == [stored]
        with pytest.raises(VersionConflict):
            await unit.cash_movements.save([stored])
        await unit.cash_movements.save([])


async def test_an_imports_movements_can_be_voided_and_their_keys_released(desk: Desk) -> None:
    """A pair is never taken apart by the end of a batch as long as a batch holds more than one."""
    import_id = ImportId(desk.ids.new())
    async with desk.units(desk.actor.organisation_id) as unit:
        of = await opened(desk, unit)
        single, pair = movement(desk, of, "file:1", import_id), conversion(desk, of, "file:2", import_id)
        await unit.cash_movements.add([single, *pair, movement(desk, of)])
        found = await unit.cash_movements.of_import(import_id, 9)
        assert [each.id for each in found] == [single.id, pair[0].id, pair[1].id]
        assert [each.id for each in await unit.cash_movements.of_import(import_id, 2)] == [single.id, pair[0].id]
        for each in found[1:]:
            each.void("undone", desk.clock.now() + timedelta(seconds=1))
        await unit.cash_movements.save(found[1:], release_keys=True)
        assert [each.id for each in await unit.cash_movements.of_import(import_id, 9)] == [single.id]
        again = conversion(desk, of, "file:2", import_id)
        assert await unit.cash_movements.add(again) == {each.id for each in again}


async def test_nothing_of_another_organisation_is_there(desk: Desk, stranger: Desk) -> None:
    import_id = ImportId(desk.ids.new())
    async with desk.units(desk.actor.organisation_id) as unit:
        stored = movement(desk, await opened(desk, unit), "file:1", import_id)
        await unit.cash_movements.add([stored])
        await unit.commit()
    async with desk.units(stranger.actor.organisation_id) as unit:
        assert await unit.cash_movements.of_import(import_id, 9) == []
        with pytest.raises(NotFound):
            await unit.cash_movements.get(stored.id)
