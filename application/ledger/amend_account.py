"""Change what is said about an account; its positions follow where that changes what sales mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from application.ledger import settle
from application.ledger.ports import LedgerUnits
from application.ledger.views import AccountView, account_view
from application.shared.ports import Clock
from domain.ledger.account import AccountDetails
from domain.ledger.method import CostMethod
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import AccountId
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class Lock:
    """The last day that is settled; None unlocks."""

    through: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAccountCommand:
    """Which account, the version the caller read, and what to change; None keeps."""

    account_id: AccountId
    expected: int
    broker: str | None = None
    label: str | None = None
    currency: Currency | None = None
    time_zone: str | None = None
    shorting: bool | None = None
    cost_method: CostMethod | None = None
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class AmendAccount:
    """Amends an account. Changing `shorting` or the cost method replays its positions in the same transaction."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: AmendAccountCommand) -> AccountView:
        """Return the account; raise NotFound, VersionConflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            account = await unit.accounts.get(command.account_id)
            if account.version != command.expected:
                raise VersionConflict("account", expected=command.expected, actual=account.version)
            before = account.details
            if account.amend(_amended(before, command), now):
                await unit.accounts.save(account, command.expected)
            after = account.details
            if (after.shorting, after.cost_method) != (before.shorting, before.cost_method):
                pairs = await unit.positions.pairs_of(account.id)
                instruments = await unit.instruments.by_id({pair.instrument_id for pair in pairs})
                held = await settle.hold(unit, pairs, {account.id: account}, instruments)
                await settle.rebuild(unit, held, pairs, now)
            if after.time_zone != before.time_zone:
                await unit.positions.sum_days(account.id)
            await unit.commit()
        return account_view(account)


def _amended(details: AccountDetails, command: AmendAccountCommand) -> AccountDetails:
    return replace(
        details,
        broker=details.broker if command.broker is None else command.broker,
        label=details.label if command.label is None else command.label,
        currency=details.currency if command.currency is None else command.currency,
        time_zone=details.time_zone if command.time_zone is None else command.time_zone,
        shorting=details.shorting if command.shorting is None else command.shorting,
        cost_method=details.cost_method if command.cost_method is None else command.cost_method,
        locked_through=details.locked_through if command.lock is None else command.lock.through,
    )
