"""Record cash that moved from one own account to another: both sides, or none."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.cash.views import CashPairView, movement_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.cash import cash_changed
from domain.ledger.cash_pair import Circumstances, transfer
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, CashMovementId
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCashCommand:
    """How much went from where to where."""

    from_account_id: AccountId
    to_account_id: AccountId
    amount: Money
    said: Circumstances


@dataclass(frozen=True, slots=True)
class TransferCash:
    """Records both sides in one transaction."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: TransferCashCommand) -> CashPairView:
        """Return both sides; raise NotFound, Conflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            wanted = (command.from_account_id, command.to_account_id)
            found = await unit.accounts.find(set(wanted))
            for account_id in wanted:
                if account_id not in found:
                    raise NotFound("account", account_id)
            ids = (CashMovementId(self.ids.new()), CashMovementId(self.ids.new()))
            accounts = (found[command.from_account_id], found[command.to_account_id])
            out, in_ = transfer(ids, accounts, command.amount, command.said, self.clock.now())
            await unit.cash_movements.add([out, in_])
            await unit.outbox.add(cash_changed([out, in_]))
            await unit.commit()
        return CashPairView(movement_view(out, None), movement_view(in_, None))
