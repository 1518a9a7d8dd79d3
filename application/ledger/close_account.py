"""Close an account to new trades."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.ports import LedgerUnits
from application.ledger.views import AccountView, account_view
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import AccountId


@dataclass(frozen=True, slots=True)
class CloseAccountCommand:
    """Which account, and the version the caller read."""

    account_id: AccountId
    expected: int


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """Closes an account: its trades and figures stay, new trades are refused."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: CloseAccountCommand) -> AccountView:
        """Return the closed account; raise NotFound, VersionConflict, Conflict if closed already, or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            account = await unit.accounts.get(command.account_id)
            if account.version != command.expected:
                raise VersionConflict("account", expected=command.expected, actual=account.version)
            account.close(self.clock.now())
            await unit.accounts.save(account, command.expected)
            await unit.commit()
        return account_view(account)
