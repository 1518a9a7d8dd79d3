"""Filters of trades as PostgreSQL's conditions. Every condition is true or false there, never unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, and_, func, literal, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import columns
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.reading import reading, with_instruments
from adapters.ledger.rows import InstrumentRow, TradeRow
from adapters.ledger.tables import instruments, trades
from adapters.ledger.trade_reads import TRADE_ORDERS, place_of, trade_view
from application.ledger.trade_filter import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Kind,
    Negation,
    Operator,
    TradeField,
    TradeQuery,
    kind_of,
)
from application.ledger.trade_search import TradeSearch
from application.ledger.views import TradeView
from application.ledger.wanted import TradeSort
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment

_COLUMNS: Mapping[TradeField, Column[object]] = {
    TradeField.EXECUTED_AT: trades.c.executed_at,
    TradeField.ID: trades.c.id,
    TradeField.ACCOUNT_ID: trades.c.account_id,
    TradeField.INSTRUMENT_ID: trades.c.instrument_id,
    TradeField.IMPORT_ID: trades.c.import_id,
    TradeField.SYMBOL: instruments.c.symbol,
    TradeField.EXCHANGE: instruments.c.exchange,
    TradeField.SEGMENT: instruments.c.segment,
    TradeField.CURRENCY: instruments.c.currency,
    TradeField.ISIN: instruments.c.isin,
    TradeField.MULTIPLIER: instruments.c.multiplier,
    TradeField.SIDE: trades.c.side,
    TradeField.QUANTITY: trades.c.quantity,
    TradeField.PRICE: trades.c.price,
    TradeField.FEES_TOTAL: trades.c.fees_total,
    TradeField.SEQUENCE: trades.c.sequence,
    TradeField.SETTLEMENT_DATE: trades.c.settlement_date,
    TradeField.CATEGORY: trades.c.category,
    TradeField.STRATEGY: trades.c.strategy,
    TradeField.TAGS: trades.c.tags,
    TradeField.NOTES: trades.c.notes,
    TradeField.BROKER_TRADE_ID: trades.c.broker_trade_id,
    TradeField.BROKER_ORDER_ID: trades.c.broker_order_id,
    TradeField.VERSION: trades.c.version,
    TradeField.CREATED_AT: trades.c.created_at,
    TradeField.UPDATED_AT: trades.c.updated_at,
    TradeField.VOIDED_AT: trades.c.voided_at,
    TradeField.VOID_REASON: trades.c.void_reason,
}
_SORTS: Mapping[str, Column[object]] = {
    "x.executed_at": trades.c.executed_at,
    "x.created_at": trades.c.created_at,
    "x.quantity": trades.c.quantity,
    "x.price": trades.c.price,
    "i.symbol": instruments.c.symbol,
}
_JOINED = trades.join(
    instruments,
    and_(instruments.c.organisation_id == trades.c.organisation_id, instruments.c.id == trades.c.instrument_id),
)


_ORDERINGS: Mapping[Operator, str] = {Operator.LT: "<", Operator.LTE: "<=", Operator.GT: ">", Operator.GTE: ">="}


@final
class SqlTradeSearch(TradeSearch):
    """Finds trades in one statement."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlTradeSearch:
        """Return the same as of the moment."""
        return SqlTradeSearch(self._engine, moment)

    async def matching(self, actor: Actor, query: TradeQuery, sort: TradeSort, page: PageRequest) -> Page[TradeView]:
        """Return a page; the cursor names the last row's value and id, as that of the list of trades does."""
        statement = _select(actor, query)
        order = TRADE_ORDERS[sort.value.removeprefix("-")]
        key = tuple_(_SORTS[order.column], trades.c.id)
        descends = sort.value.startswith("-")
        if page.cursor is not None:
            last = tuple_(*(literal(value) for value in decode_cursor(page.cursor, sort.value, order.kind, UUID)))
            statement = statement.where(key < last if descends else key > last)
        ends = [part.desc() if descends else part.asc() for part in (_SORTS[order.column], trades.c.id)]
        async with reading(self._engine, actor, self._moment) as connection:
            found = await connection.execute(statement.order_by(*ends).limit(page.limit + 1))
            rows = with_instruments(found, TradeRow)
        views = [trade_view(row, instrument) for row, instrument in rows]
        return cut(views, page, sort.value, lambda view: (place_of(view, sort), view.id))


def _select(actor: Actor, query: TradeQuery) -> Select[*tuple[object, ...]]:
    shown = [*columns(trades, TradeRow), *columns(instruments, InstrumentRow)]
    statement = select(*shown).select_from(_JOINED).where(trades.c.organisation_id == actor.organisation_id)
    if not query.include_voided:
        statement = statement.where(trades.c.voided_at.is_(None))
    return statement if query.filter is None else statement.where(_expression(query.filter))


def _expression(wanted: Filter) -> ColumnElement[bool]:
    match wanted:
        case AllOf():
            return and_(*map(_expression, wanted.parts))
        case AnyOf():
            return or_(*map(_expression, wanted.parts))
        case Negation():
            return not_(_expression(wanted.part))
        case Condition():
            return _condition(wanted)


def _condition(wanted: Condition) -> ColumnElement[bool]:
    column, value = _COLUMNS[wanted.field], wanted.value
    match wanted.operator:
        case Operator.IS_NULL:
            return column.is_(None) if value is True else column.is_not(None)
        case Operator.EQ:
            return column.is_not_distinct_from(value)
        case Operator.NE:
            return column.is_distinct_from(value)
        case _:
            return func.coalesce(_compared(column, wanted), literal(value=False))


def _compared(column: Column[object], wanted: Condition) -> ColumnElement[bool]:
    value = wanted.value
    if isinstance(value, tuple):
        return column.in_(value)
    if wanted.operator is Operator.STARTS_WITH:
        return func.starts_with(column, literal(value))
    if wanted.operator is Operator.CONTAINS:
        is_list = kind_of(wanted.field) is Kind.TEXTS
        return literal(value) == func.any(column) if is_list else func.strpos(column, literal(value)) > 0
    return column.bool_op(_ORDERINGS[wanted.operator])(value)
