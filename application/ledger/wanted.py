"""What can be asked for: filters, orders and choices of the lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.ledger.action_terms import ActionKind
from domain.ledger.category import Category
from domain.ledger.disposal import Basis
from domain.ledger.execution import Side
from domain.ledger.round_trip import TripState
from domain.shared.ids import AccountId, ImportId, InstrumentId
from domain.shared.instrument import Segment


class TradeSort(StrEnum):
    """The orders in which trades can be listed; `-` is descending."""

    EXECUTED_AT = "executedAt"
    EXECUTED_AT_DESC = "-executedAt"
    CREATED_AT = "createdAt"
    CREATED_AT_DESC = "-createdAt"
    QUANTITY = "quantity"
    QUANTITY_DESC = "-quantity"
    PRICE = "price"
    PRICE_DESC = "-price"
    SYMBOL = "symbol"
    SYMBOL_DESC = "-symbol"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Which trades are wanted; None admits all. Times are `executed_from` <= executed < `executed_to`."""

    account_id: AccountId | None = None
    symbol: str | None = None
    exchange: str | None = None
    segment: Segment | None = None
    side: Side | None = None
    category: Category | None = None
    strategy: str | None = None
    tag: str | None = None
    executed_from: datetime | None = None
    executed_to: datetime | None = None
    broker_order_id: str | None = None
    import_id: ImportId | None = None
    include_voided: bool = False


class PriceChoice(StrEnum):
    """Which prices may value open positions: those a user entered, the market's, the last trade's."""

    ANY = "any"
    USER = "user"
    USER_OR_MARKET = "user_or_market"
    USER_OR_LAST_TRADE = "user_or_last_trade"


class LotState(StrEnum):
    """Whether something is left of a lot."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFilter:
    """Which instruments are wanted; None admits all."""

    symbol: str | None = None
    exchange: str | None = None
    segment: Segment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFilter:
    """Which positions are wanted, and what may value them; flat ones only with `include_closed`."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    symbol: str | None = None
    include_closed: bool = False
    prices: PriceChoice = PriceChoice.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFilter:
    """Which lots are wanted; None admits all."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    state: LotState | None = LotState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalFilter:
    """Which disposals are wanted; None admits all. Dates are inclusive, and local to each account's time zone."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    from_date: date | None = None
    to_date: date | None = None
    basis: Basis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTripFilter:
    """Which round trips are wanted; None admits all."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    state: TripState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFilter:
    """Which corporate actions are wanted; None admits all. Those of an account include those of every account."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    kind: ActionKind | None = None
    include_voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """Which transfers are wanted; None admits all. Those of an account are those it gave and those it received."""

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    include_voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlFilter:
    """Which profit and loss is wanted; None admits all.

    Dates are inclusive and slice what was realised, by the date of the disposal in its account's time zone. What is
    not realised yet is that of now.
    """

    account_id: AccountId | None = None
    instrument_id: InstrumentId | None = None
    from_date: date | None = None
    to_date: date | None = None
    prices: PriceChoice = PriceChoice.ANY
