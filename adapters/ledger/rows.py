"""The rows of accounts, instruments and trades as structs, member for column, and what they mean in the domain.

One struct serves both ways: rows are read into it by position, and written from it as JSON, which
PostgreSQL takes apart again (`bulk`). Texts of enumerations become members only on the way to the domain.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from domain.ledger.account import Account, AccountDetails
from domain.ledger.category import Category
from domain.ledger.execution import Execution, LotSelection, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.method import CostMethod
from domain.ledger.trade import Trade, TradeDetails
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import Currency

# reading an enumeration by value costs ten times a look-up here
_SIDES: dict[str, Side] = {side.value: side for side in Side}


class AccountRow(Struct, frozen=True):
    """A row of `accounts`."""

    id: UUID
    broker: str
    label: str
    currency: str
    time_zone: str
    shorting: bool
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    cost_method: str
    locked_through: date | None


class InstrumentRow(Struct, frozen=True):
    """A row of `instruments`."""

    id: UUID
    symbol: str
    exchange: str
    segment: str
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None
    created_at: datetime


class TradeRow(Struct, frozen=True):
    """A row of `trades`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: str | None
    strategy: str | None
    tags: list[str]
    notes: str | None
    attachments: list[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    source_key: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: list[list[str]] | None


def account_row(account: Account) -> AccountRow:
    """The row of an account."""
    details = account.details
    return AccountRow(
        id=account.id,
        broker=details.broker,
        label=details.label,
        currency=details.currency.code,
        time_zone=details.time_zone,
        shorting=details.shorting,
        version=account.version,
        created_at=account.created_at,
        updated_at=account.updated_at,
        closed_at=account.closed_at,
        cost_method=details.cost_method.value,
        locked_through=details.locked_through,
    )


def account_of(row: AccountRow, organisation_id: OrganisationId) -> Account:
    """The account of a row."""
    return Account(
        id=AccountId(row.id),
        organisation_id=organisation_id,
        details=AccountDetails(
            broker=row.broker,
            label=row.label,
            currency=Currency(row.currency),
            time_zone=row.time_zone,
            shorting=row.shorting,
            cost_method=CostMethod(row.cost_method),
            locked_through=row.locked_through,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
    )


def instrument_row(instrument: Instrument, now: datetime) -> InstrumentRow:
    """The row of a new instrument."""
    key = instrument.key
    return InstrumentRow(
        id=instrument.id,
        symbol=key.symbol,
        exchange=key.exchange,
        segment=key.segment.value,
        currency=key.currency.code,
        multiplier=instrument.multiplier,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        isin=instrument.isin,
        created_at=now,
    )


def instrument_of(row: InstrumentRow) -> Instrument:
    """The instrument of a row."""
    return Instrument(
        id=InstrumentId(row.id),
        key=InstrumentKey(row.symbol, row.exchange, Segment(row.segment), Currency(row.currency)),
        multiplier=row.multiplier,
        tick_size=row.tick_size,
        lot_size=row.lot_size,
        isin=row.isin,
    )


def trade_row(trade: Trade) -> TradeRow:
    """The row of a trade."""
    details = trade.details
    return TradeRow(
        id=trade.id,
        account_id=trade.account_id,
        instrument_id=details.instrument_id,
        side=details.side.value,
        quantity=details.quantity,
        price=details.price,
        fees={kind.value: str(amount) for kind, amount in details.fees.by_kind.items()},
        fees_total=details.fees.total,
        executed_at=details.executed_at,
        sequence=details.sequence,
        settlement_date=details.settlement_date,
        category=None if details.category is None else details.category.value,
        strategy=details.strategy,
        tags=list(details.tags),
        notes=details.notes,
        attachments=list(details.attachments),
        broker_trade_id=details.broker_trade_id,
        broker_order_id=details.broker_order_id,
        source_key=trade.source_key,
        import_id=trade.import_id,
        version=trade.version,
        created_at=trade.created_at,
        updated_at=trade.updated_at,
        voided_at=trade.voided_at,
        void_reason=trade.void_reason,
        lot_selection=[[str(each.lot_id), str(each.quantity)] for each in details.lot_selection] or None,
    )


def trade_of(row: TradeRow, organisation_id: OrganisationId) -> Trade:
    """The trade of a row."""
    return Trade(
        id=TradeId(row.id),
        organisation_id=organisation_id,
        account_id=AccountId(row.account_id),
        details=TradeDetails(
            instrument_id=InstrumentId(row.instrument_id),
            side=_SIDES[row.side],
            quantity=row.quantity,
            price=row.price,
            executed_at=row.executed_at,
            fees=fees_of(row.fees),
            settlement_date=row.settlement_date,
            category=None if row.category is None else Category(row.category),
            strategy=row.strategy,
            tags=tuple(row.tags),
            notes=row.notes,
            attachments=tuple(row.attachments),
            broker_trade_id=row.broker_trade_id,
            broker_order_id=row.broker_order_id,
            sequence=row.sequence,
            lot_selection=selection_of(row.lot_selection),
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        source_key=row.source_key,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


def fees_of(amounts: dict[str, str]) -> Fees:
    """The fees of the JSON they are kept in: exact texts by kind."""
    return Fees({FeeKind(kind): Decimal(amount) for kind, amount in amounts.items()})


def selection_of(chosen: list[list[str]] | None) -> tuple[LotSelection, ...]:
    """The lots that a trade chose, of the JSON they are kept in: pairs of id and exact quantity."""
    return tuple(LotSelection(UUID(lot_id), Decimal(quantity)) for lot_id, quantity in chosen or ())


def execution_of(  # noqa: PLR0917 - the columns of a trade, in their order
    executed_at: datetime,
    sequence: int,
    id_: UUID,
    side: str,
    quantity: Decimal,
    price: Decimal,
    fees: Decimal,
    chosen: list[list[str]] | None,
) -> Execution:
    """The execution of a trade's columns; `fees` are all of them."""
    selection = selection_of(chosen) if chosen else ()
    return Execution(executed_at, sequence, TradeId(id_), _SIDES[side], quantity, price, fees, selection)
