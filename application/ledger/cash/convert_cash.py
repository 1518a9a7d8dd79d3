"""Record cash that was changed into another currency: both sides, or none."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.cash.checking import account_of
from application.ledger.cash.views import CashPairView, movement_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.cash import cash_changed
from domain.ledger.cash_pair import Circumstances, convert
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, CashMovementId
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertCashCommand:
    """What was given for what; the rate is theirs and needs no rounding."""

    account_id: AccountId
    given: Money
    received: Money
    said: Circumstances


@dataclass(frozen=True, slots=True)
class ConvertCash:
    """Records both sides in one transaction."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: ConvertCashCommand) -> CashPairView:
        """Return both sides; raise NotFound, Conflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            account = await account_of(unit, command.account_id)
            ids = (CashMovementId(self.ids.new()), CashMovementId(self.ids.new()))
            amounts = (command.given, command.received)
            out, in_ = convert(ids, account, amounts, command.said, self.clock.now())
            await unit.cash_movements.add([out, in_])
            await unit.outbox.add(cash_changed([out, in_]))
            await unit.commit()
        return CashPairView(movement_view(out, None), movement_view(in_, None))
