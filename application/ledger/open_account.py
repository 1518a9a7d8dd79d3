"""Open an account."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.ports import LedgerUnits
from application.ledger.views import AccountView, account_view
from application.shared.ports import Clock, IdFactory
from domain.ledger.account import Account, AccountDetails
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Opens an account at a broker for the actor's organisation."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, details: AccountDetails) -> AccountView:
        """Return the account at version 1; raise Forbidden without ledger:write."""
        actor.require(Scope.LEDGER_WRITE)
        account = Account.open(AccountId(self.ids.new()), actor.organisation_id, details, self.clock.now())
        async with self.units(actor.organisation_id) as unit:
            await unit.accounts.add(account)
            await unit.commit()
        return account_view(account)
