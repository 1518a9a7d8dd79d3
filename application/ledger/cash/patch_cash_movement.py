"""Change some of what is said about a movement of cash and keep the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from application.ledger.cash.checking import account_of, check_references, instrument_of
from application.ledger.cash.views import CashMovementView, movement_view
from application.ledger.patch_trade import KEEP, Kept
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.ledger.cash import CashDetails, cash_changed
from domain.ledger.cash_kind import CashKind
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import CashMovementId, InstrumentId, TradeId
from domain.shared.money import Currency

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMovementPatch:
    """What to change; the account is not, since nothing ever leaves the books of one."""

    kind: CashKind | Kept = KEEP
    amount: Decimal | Kept = KEEP
    currency: Currency | Kept = KEEP
    occurred_at: datetime | Kept = KEEP
    tax: Decimal | Kept = KEEP
    value_date: date | Kept | None = KEEP
    instrument_id: InstrumentId | Kept | None = KEEP
    reinvested_in: TradeId | Kept | None = KEEP
    notes: str | Kept | None = KEEP

    def merged(self, details: CashDetails) -> CashDetails:
        """Return the details as they would be; raise Invalid for what does not go together."""
        return CashDetails(
            kind=_or(self.kind, details.kind),
            amount=_or(self.amount, details.amount),
            currency=_or(self.currency, details.currency),
            occurred_at=_or(self.occurred_at, details.occurred_at),
            tax=_or(self.tax, details.tax),
            value_date=_or(self.value_date, details.value_date),
            instrument_id=_or(self.instrument_id, details.instrument_id),
            reinvested_in=_or(self.reinvested_in, details.reinvested_in),
            notes=_or(self.notes, details.notes),
        )


@dataclass(frozen=True, slots=True)
class PatchCashMovementCommand:
    """Which movement, the version the caller read, and what to change."""

    movement_id: CashMovementId
    expected: int
    patch: CashMovementPatch


@dataclass(frozen=True, slots=True)
class PatchCashMovement:
    """Merges a patch into a movement; the balance follows at once."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: PatchCashMovementCommand) -> CashMovementView:
        """Return the movement; raise NotFound, VersionConflict, Conflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            movement, *_ = await unit.cash_movements.get(command.movement_id)
            if movement.version != command.expected:
                raise VersionConflict("cash movement", expected=command.expected, actual=movement.version)
            account = await account_of(unit, movement.account_id)
            before = movement.details
            details = command.patch.merged(before)
            if movement.amend(details, account, self.clock.now()):
                if details.reinvested_in not in {None, before.reinvested_in}:
                    await check_references(unit, movement.account_id, details)
                instrument = await instrument_of(unit, details)
                await unit.cash_movements.save([movement])
                await unit.outbox.add(cash_changed([movement]))
                await unit.commit()
            else:
                instrument = await instrument_of(unit, details)
        return movement_view(movement, instrument)


def _or(new: T | Kept, old: T) -> T:
    return old if new is KEEP else new
