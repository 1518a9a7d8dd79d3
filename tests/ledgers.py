"""A ledger to write tests with: short ways to say who trades what, on any implementation of the stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from application.ledger.amend_account import AmendAccount, AmendAccountCommand
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.open_account import OpenAccount
from application.ledger.patch_trade import PatchTrade
from application.ledger.ports import LedgerUnits
from application.ledger.position_ports import Projection
from application.ledger.rebuild_positions import RebuildPositions
from application.ledger.record_trade import RecordTrade
from application.ledger.record_trades import BulkRow, RecordTrades
from application.ledger.record_transfer import RecordTransfer
from application.ledger.replace_trade import ReplaceTrade
from application.ledger.views import AccountView
from application.ledger.void_import import VoidImport
from application.ledger.void_trade import VoidTrade
from application.ledger.void_transfer import VoidTransfer
from application.shared.ports import Clock, IdFactory
from domain.ledger.account import AccountDetails
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, OrganisationId, SessionId, UserId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

START = datetime(2024, 1, 1, 9, 15, tzinfo=UTC)
INFY = InstrumentKey("INFY", "NSE", Segment.EQUITY, Currency("INR"))
TCS = InstrumentKey("TCS", "NSE", Segment.EQUITY, Currency("INR"))


def details(*, shorting: bool = True, label: str = "Main") -> AccountDetails:
    """What is said about an account."""
    return AccountDetails(
        broker="Zerodha", label=label, currency=Currency("INR"), time_zone="Asia/Kolkata", shorting=shorting
    )


def entry(
    account_id: AccountId,
    side: Side,
    quantity: str,
    price: str,
    minute: float = 0,
    *,
    key: InstrumentKey = INFY,
    fee: str = "0",
) -> TradeEntry:
    """A fill so many minutes after `START`; use `dataclasses.replace` for the rest."""
    return TradeEntry(
        account_id=account_id,
        instrument=InstrumentTerms(key=key),
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        executed_at=START + timedelta(minutes=minute),
        fees=Fees({FeeKind.BROKERAGE: Decimal(fee)}),
    )


def rows(*entries: TradeEntry) -> list[BulkRow]:
    """Rows of a bulk command, numbered from 0."""
    return [BulkRow(index, each) for index, each in enumerate(entries)]


@dataclass(frozen=True, slots=True)
class Desk:
    """One organisation's trader with every use case at hand."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory
    actor: Actor

    @property
    def record(self) -> RecordTrade:
        """Record one."""
        return RecordTrade(self.units, self.clock, self.ids)

    @property
    def record_many(self) -> RecordTrades:
        """Record many."""
        return RecordTrades(self.units, self.clock, self.ids)

    @property
    def replace(self) -> ReplaceTrade:
        """Replace one."""
        return ReplaceTrade(self.units, self.clock, self.ids)

    @property
    def patch(self) -> PatchTrade:
        """Patch one."""
        return PatchTrade(self.units, self.clock, self.ids)

    @property
    def void(self) -> VoidTrade:
        """Void one."""
        return VoidTrade(self.units, self.clock)

    @property
    def void_import(self) -> VoidImport:
        """Void an import."""
        return VoidImport(self.units, self.clock)

    @property
    def amend_account(self) -> AmendAccount:
        """Amend an account."""
        return AmendAccount(self.units, self.clock)

    @property
    def transfer(self) -> RecordTransfer:
        """Record a transfer."""
        return RecordTransfer(self.units, self.clock, self.ids)

    @property
    def void_transfer(self) -> VoidTransfer:
        """Void a transfer."""
        return VoidTransfer(self.units, self.clock)

    @property
    def rebuild(self) -> RebuildPositions:
        """Rebuild everything."""
        return RebuildPositions(self.units, self.clock)

    async def open(self, *, shorting: bool = True, label: str = "Main") -> AccountView:
        """Open an account."""
        return await OpenAccount(self.units, self.clock, self.ids)(self.actor, details(shorting=shorting, label=label))

    async def switch(self, account_id: AccountId, method: CostMethod) -> None:
        """Let the account use another cost method."""
        async with self.units(self.actor.organisation_id) as unit:
            version = (await unit.accounts.get(account_id)).version
        command = AmendAccountCommand(account_id=account_id, expected=version, cost_method=method)
        await self.amend_account(self.actor, command)

    async def stored(self) -> dict[Pair, Projection]:
        """All that is stored about every pair."""
        async with self.units(self.actor.organisation_id) as unit:
            pairs = await unit.positions.pairs_of()
            return dict(zip(pairs, await unit.positions.stored(pairs), strict=True))


def new_actor(ids: IdFactory, *scopes: Scope) -> Actor:
    """Somebody in an organisation of their own, with all scopes unless some are named."""
    return Actor(
        user_id=UserId(ids.new()),
        organisation_id=OrganisationId(ids.new()),
        session_id=SessionId(ids.new()),
        scopes=frozenset(scopes or Scope),
    )
