"""What can be read of the ledger. Every method takes the actor, who needs ledger:read, and sees their own only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, Self
from uuid import UUID

from application.ledger.action_views import CorporateActionView
from application.ledger.trade_lines import TradeLine
from application.ledger.transfer_views import TransferView
from application.ledger.views import (
    AccountView,
    DisposalView,
    InstrumentView,
    LotView,
    PositionTotalView,
    PositionView,
    PriceView,
    RoundTripView,
    TradeView,
)
from application.ledger.wanted import (
    ActionFilter,
    DisposalFilter,
    InstrumentFilter,
    LotFilter,
    PnlFilter,
    PositionFilter,
    PriceChoice,
    RoundTripFilter,
    TradeFilter,
    TradeSort,
    TransferFilter,
)
from application.shared.pages import Page, PageRequest
from domain.ledger.disposal import Disposal
from domain.ledger.figures import PooledCost, TradeInputs
from domain.ledger.lot import Lot
from domain.ledger.pnl import Realised
from domain.shared.access import Actor
from domain.shared.ids import AccountId, CorporateActionId, InstrumentId, TradeId, TransferId
from domain.shared.moment import Moment
from domain.shared.money import Currency


class AccountQueries(Protocol):
    """Accounts and instruments."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def accounts(self, actor: Actor, page: PageRequest) -> Page[AccountView]:
        """Return accounts, oldest first, closed ones too."""
        ...

    async def account(self, actor: Actor, account_id: AccountId) -> AccountView:
        """Return the account or raise NotFound."""
        ...

    async def instruments(self, actor: Actor, wanted: InstrumentFilter, page: PageRequest) -> Page[InstrumentView]:
        """Return instruments by symbol."""
        ...

    async def price(self, actor: Actor, instrument_id: InstrumentId) -> PriceView:
        """Return the price that values positions; raise NotFound without an instrument or without any price."""
        ...


class TradeQueries(Protocol):
    """Trades."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def trades(self, actor: Actor, wanted: TradeFilter, sort: TradeSort, page: PageRequest) -> Page[TradeLine]:
        """Return trades in the order wanted, equal ones by id."""
        ...

    async def trade(self, actor: Actor, trade_id: TradeId) -> TradeView:
        """Return the trade, void or not, or raise NotFound."""
        ...

    async def versions(self, actor: Actor, trade_id: TradeId, page: PageRequest) -> Page[TradeView]:
        """Return the trade as it is and as it was before each change, the newest first, or raise NotFound."""
        ...


class CorporateActionQueries(Protocol):
    """Corporate actions."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def actions(self, actor: Actor, wanted: ActionFilter, page: PageRequest) -> Page[CorporateActionView]:
        """Return actions, the latest first."""
        ...

    async def action(self, actor: Actor, action_id: CorporateActionId) -> CorporateActionView:
        """Return the action, void or not, or raise NotFound."""
        ...


class TransferQueries(Protocol):
    """Transfers."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def transfers(self, actor: Actor, wanted: TransferFilter, page: PageRequest) -> Page[TransferView]:
        """Return transfers, the latest first."""
        ...

    async def transfer(self, actor: Actor, transfer_id: TransferId) -> TransferView:
        """Return the transfer, void or not, or raise NotFound."""
        ...


class PositionQueries(Protocol):
    """What follows from the trades."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def positions(self, actor: Actor, wanted: PositionFilter, page: PageRequest) -> Page[PositionView]:
        """Return positions in the order in which they were first opened."""
        ...

    async def position(self, actor: Actor, position_id: UUID, prices: PriceChoice) -> PositionView:
        """Return the position or raise NotFound."""
        ...

    async def totals(self, actor: Actor, wanted: PositionFilter, page: PageRequest) -> Page[PositionTotalView]:
        """Return positions added up over accounts, one row for each instrument."""
        ...


class LotQueries(Protocol):
    """Lots, and what closed them."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def lots(self, actor: Actor, wanted: LotFilter, page: PageRequest) -> Page[LotView]:
        """Return lots, the last opened first."""
        ...

    async def disposals(self, actor: Actor, wanted: DisposalFilter, page: PageRequest) -> Page[DisposalView]:
        """Return disposals with their lots, the last first."""
        ...

    async def disposal(self, actor: Actor, disposal_id: TradeId) -> DisposalView:
        """Return the disposal or raise NotFound."""
        ...

    async def round_trips(self, actor: Actor, wanted: RoundTripFilter, page: PageRequest) -> Page[RoundTripView]:
        """Return round trips, the last opened first."""
        ...


@dataclass(frozen=True, slots=True)
class PnlFigures:
    """What profit and loss is added up from, of one moment; open positions carry their mark if they have one."""

    realised: Sequence[Realised]
    positions: Sequence[PositionView]


@dataclass(frozen=True, slots=True)
class DisposalEvidence:
    """What a disposal's figures come from."""

    instrument: InstrumentView
    disposal: Disposal
    lots: Mapping[UUID, Lot]
    trades: Mapping[UUID, TradeInputs]


@dataclass(frozen=True, slots=True)
class PositionEvidence:
    """What an open position's figures come from; lots are the open ones, oldest first.

    `pooled` is what they cost together, where the account keeps one mean cost for all of them.
    """

    position: PositionView
    lots: Sequence[Lot]
    trades: Mapping[UUID, TradeInputs]
    pooled: PooledCost | None = None


@dataclass(frozen=True, slots=True)
class DisposalTotal:
    """What one disposal adds to a realised total."""

    id: TradeId
    currency: Currency
    matched_proceeds: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class PnlEvidence:
    """What totals come from, of one moment: disposals with a known cost, and open positions."""

    disposals: Sequence[DisposalTotal]
    positions: Sequence[PositionView]


class FigureQueries(Protocol):
    """What figures are computed and explained from."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def pnl(self, actor: Actor, wanted: PnlFilter) -> PnlFigures:
        """Return sums per currency and the open positions."""
        ...

    async def of_disposal(self, actor: Actor, disposal_id: TradeId) -> DisposalEvidence:
        """Return the evidence or raise NotFound."""
        ...

    async def of_position(self, actor: Actor, position_id: UUID, prices: PriceChoice, limit: int) -> PositionEvidence:
        """Return the evidence; raise NotFound, or TooManyToExplain for more than `limit` open lots."""
        ...

    async def of_pnl(self, actor: Actor, wanted: PnlFilter, limit: int) -> PnlEvidence:
        """Return the evidence; raise TooManyToExplain for more than `limit` disposals."""
        ...
