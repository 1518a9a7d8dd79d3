"""What can be read of cash. Every method takes the actor, who needs ledger:read, and sees their own only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from application.ledger.cash.views import CashBalanceView, CashEntryView, CashMovementView, ReceivedView
from application.ledger.exports import ExportFilter
from application.shared.pages import Page, PageRequest
from domain.ledger.cash_kind import CashKind
from domain.shared.access import Actor
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId
from domain.shared.moment import Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMovementFilter:
    """Which movements are wanted; None admits all. Of the two times the first is included, the second not."""

    account_id: AccountId | None = None
    kind: CashKind | None = None
    currency: Currency | None = None
    instrument_id: InstrumentId | None = None
    import_id: ImportId | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    include_voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CashBalanceFilter:
    """Which balances are wanted; None admits all."""

    account_id: AccountId | None = None
    currency: Currency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEntryFilter:
    """Which entries are wanted; None for the currency means the account's own.

    Balances count from the first entry there is, whatever times are asked for.
    """

    account_id: AccountId
    currency: Currency | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None


class CashQueries(Protocol):
    """Movements, balances and what these are made of."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def movements(self, actor: Actor, wanted: CashMovementFilter, page: PageRequest) -> Page[CashMovementView]:
        """Return movements, the last first, equal times by id."""
        ...

    async def movement(self, actor: Actor, movement_id: CashMovementId) -> CashMovementView:
        """Return the movement, void or not, or raise NotFound."""
        ...

    async def balances(self, actor: Actor, wanted: CashBalanceFilter, page: PageRequest) -> Page[CashBalanceView]:
        """Return a balance for each account and currency that anything moved, by account and currency."""
        ...

    async def entries(self, actor: Actor, wanted: CashEntryFilter, page: PageRequest) -> Page[CashEntryView]:
        """Return entries, the first first: at one instant actions, then trades, then movements."""
        ...


@dataclass(frozen=True, slots=True)
class ExportedCash:
    """A movement and, if it went into another currency, what was received for it."""

    movement: CashMovementView
    received: ReceivedView | None


class CashExports(Protocol):
    """Streams of rows. They hold a database connection until they end: take them up at once, and send them later."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    def cash_movements(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[ExportedCash]:
        """Yield movements that are not void, oldest first."""
        ...
