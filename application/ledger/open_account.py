"""Open an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from application.ledger.ports import LedgerUnitOfWork
from application.ledger.views import AccountView, account_view
from application.shared.ports import Clock, IdFactory
from domain.ledger.account import Account, AccountDetails
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, OrganisationId


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Opens an account at a broker for the actor's organisation."""

    unit_of_work: Callable[[OrganisationId], LedgerUnitOfWork]
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, details: AccountDetails) -> AccountView:
        """Return the account at version 1; raise Forbidden without ledger:write."""
        actor.require(Scope.LEDGER_WRITE)
        account = Account.open(AccountId(self.ids.new()), actor.organisation_id, details, self.clock.now())
        async with self.unit_of_work(actor.organisation_id) as unit:
            await unit.accounts.add(account)
            await unit.commit()
        return account_view(account)
