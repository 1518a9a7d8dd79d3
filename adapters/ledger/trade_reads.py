"""Accounts, instruments and trades as PostgreSQL tells them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.marks import MARK, MARK_JOIN, MarkRow
from adapters.ledger.reading import (
    INSTRUMENT,
    INSTRUMENT_JOIN,
    Listing,
    instrument_view,
    reading,
    with_instruments,
)
from adapters.ledger.rows import AccountRow, InstrumentRow, TradeRow, selection_of
from adapters.ledger.trade_lines import TRADE_LINES, trade_lines
from application.ledger.queries import AccountQueries, TradeQueries
from application.ledger.trade_lines import TradeLine
from application.ledger.views import AccountView, InstrumentView, PriceView, TradeView
from application.ledger.wanted import InstrumentFilter, PriceChoice, TradeFilter, TradeSort
from application.shared.pages import Page, PageRequest
from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind
from domain.ledger.method import CostMethod
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, ImportId, InstrumentId, TradeId
from domain.shared.moment import NOW, Moment

# calling an enumeration costs ten times as much as a look into a table
_SIDES = {side.value: side for side in Side}
_FEES = {kind.value: kind for kind in FeeKind}
_ACCOUNTS = f"SELECT {', '.join(f'x.{name}' for name in names(AccountRow))} FROM accounts x"
_INSTRUMENTS = f"SELECT {', '.join(f'x.{name}' for name in names(InstrumentRow))} FROM instruments x"
_PRICES = f"SELECT {MARK}, {INSTRUMENT} FROM instruments x JOIN instruments i USING (organisation_id, id) {MARK_JOIN}"
_COLUMNS = names(TradeRow)
_VERSIONS = (
    f"SELECT {', '.join(f'x.{name}' for name in _COLUMNS)}, {INSTRUMENT} FROM ("
    f"SELECT organisation_id, {', '.join(_COLUMNS)} FROM trades UNION ALL "
    f"SELECT v.organisation_id, {', '.join(f'r.{name}' for name in _COLUMNS)} FROM trade_versions v "
    f"CROSS JOIN LATERAL jsonb_populate_record(CAST(NULL AS trades), v.snapshot) AS r "
    f"WHERE v.organisation_id = :organisation AND v.trade_id = :trade) x {INSTRUMENT_JOIN}"
)
TRADES = f"SELECT {', '.join(f'x.{name}' for name in names(TradeRow))}, {INSTRUMENT} FROM trades x {INSTRUMENT_JOIN}"


@final
class SqlAccountQueries(AccountQueries):
    """Accounts and instruments."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlAccountQueries:
        """Return the same as of the moment."""
        return SqlAccountQueries(self._engine, moment)

    async def accounts(self, actor: Actor, page: PageRequest) -> Page[AccountView]:
        """Return accounts by id, which is the order in which they were opened."""
        listing = Listing(actor, _ACCOUNTS, order="ORDER BY x.id")
        if page.cursor is not None:
            (after,) = decode_cursor(page.cursor, "accounts", UUID)
            listing.add("x.id > :after", after=after)
        rows = read_rows(await listing.read(self._engine, self._moment, page.limit + 1), AccountRow)
        return cut([_account_view(row) for row in rows], page, "accounts", lambda row: (row.id,))

    async def account(self, actor: Actor, account_id: AccountId) -> AccountView:
        """Return the account."""
        listing = Listing(actor, _ACCOUNTS)
        listing.equal(x__id=account_id)
        for row in read_rows(await listing.read(self._engine, self._moment), AccountRow):
            return _account_view(row)
        raise NotFound("account", account_id)

    async def instruments(self, actor: Actor, wanted: InstrumentFilter, page: PageRequest) -> Page[InstrumentView]:
        """Return instruments by symbol, equal symbols by id."""
        listing = Listing(actor, _INSTRUMENTS, order="ORDER BY x.symbol, x.id")
        listing.equal(x__symbol=wanted.symbol, x__exchange=wanted.exchange, x__segment=wanted.segment)
        if page.cursor is not None:
            symbol, after = decode_cursor(page.cursor, "instruments", str, UUID)
            listing.add("(x.symbol, x.id) > (:symbol, :after)", symbol=symbol, after=after)
        rows = read_rows(await listing.read(self._engine, self._moment, page.limit + 1), InstrumentRow)
        return cut([instrument_view(row) for row in rows], page, "instruments", lambda row: (row.symbol, row.id))

    async def price(self, actor: Actor, instrument_id: InstrumentId) -> PriceView:
        """Return the price that values positions, and the version of what the user entered, if they have."""
        listing = Listing(actor, _PRICES)
        listing.equal(x__id=instrument_id)
        for row, instrument in with_instruments(await listing.read(self._engine, self._moment), MarkRow):
            mark = row.mark(PriceChoice.ANY)
            if mark is not None:
                return PriceView(
                    instrument=instrument,
                    price=mark.price,
                    as_of=mark.as_of,
                    source=mark.source,
                    version=row.version,
                    market=mark.market,
                )
        raise NotFound("price of instrument", instrument_id)


class TradeOrder(NamedTuple):
    """What trades can be sorted by: the column, and the kind of its values."""

    column: str
    kind: type[object]


TRADE_ORDERS: dict[str, TradeOrder] = {
    "executedAt": TradeOrder("x.executed_at", datetime),
    "createdAt": TradeOrder("x.created_at", datetime),
    "quantity": TradeOrder("x.quantity", Decimal),
    "price": TradeOrder("x.price", Decimal),
    "symbol": TradeOrder("i.symbol", str),
}


@final
class SqlTradeQueries(TradeQueries):
    """Trades."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlTradeQueries:
        """Return the same as of the moment."""
        return SqlTradeQueries(self._engine, moment)

    async def trades(self, actor: Actor, wanted: TradeFilter, sort: TradeSort, page: PageRequest) -> Page[TradeLine]:
        """Return a page; the cursor names the last row's value and id, so rows that come later move no page."""
        order = TRADE_ORDERS[sort.value.removeprefix("-")]
        direction, beyond = ("DESC", "<") if sort.value.startswith("-") else ("ASC", ">")
        listing = _filtered(actor, wanted)
        listing.order = f"ORDER BY {order.column} {direction}, x.id {direction}"
        if page.cursor is not None:
            value, after = decode_cursor(page.cursor, sort.value, order.kind, UUID)
            listing.add(f"({order.column}, x.id) {beyond} (:value, :after)", value=value, after=after)
        lines = trade_lines(await listing.read(self._engine, self._moment, page.limit + 1))
        return cut(lines, page, sort.value, lambda line: (place_of(line, sort), line.id))

    async def trade(self, actor: Actor, trade_id: TradeId) -> TradeView:
        """Return the trade."""
        listing = Listing(actor, TRADES)
        listing.equal(x__id=trade_id)
        for row, instrument in with_instruments(await listing.read(self._engine, self._moment), TradeRow):
            return trade_view(row, instrument)
        raise NotFound("trade", trade_id)

    async def versions(self, actor: Actor, trade_id: TradeId, page: PageRequest) -> Page[TradeView]:
        """Return the row and those it replaced; each says itself since when it was so, so no past is made up."""
        listing = Listing(
            actor, _VERSIONS, ["x.id = :trade"], order="ORDER BY x.version DESC", values={"trade": trade_id}
        )
        if self._moment.known_at is not None:
            listing.add("x.updated_at <= :known_at", known_at=self._moment.known_at)
        if self._moment.as_of is not None:
            listing.add("x.executed_at <= :as_of", as_of=self._moment.as_of)
        if page.cursor is not None:
            (before,) = decode_cursor(page.cursor, "versions", int)
            listing.add("x.version < :before", before=before)
        async with reading(self._engine, actor) as connection:
            rows = with_instruments(await listing.run(connection, page.limit + 1), TradeRow)
        if not rows:
            raise NotFound("trade", trade_id)
        return cut(
            [trade_view(row, instrument) for row, instrument in rows], page, "versions", lambda view: (view.version,)
        )


def place_of(view: TradeView | TradeLine, sort: TradeSort) -> object:
    """Return the value by which a trade is sorted."""
    values: dict[str, object] = {
        "executedAt": view.executed_at,
        "createdAt": view.created_at,
        "quantity": view.quantity,
        "price": view.price,
        "symbol": view.instrument.symbol,
    }
    return values[sort.value.removeprefix("-")]


def _filtered(actor: Actor, wanted: TradeFilter) -> Listing:
    listing = Listing(actor, TRADE_LINES)
    listing.equal(
        x__account_id=wanted.account_id,
        i__symbol=wanted.symbol,
        i__exchange=wanted.exchange,
        i__segment=wanted.segment,
        x__side=wanted.side,
        x__category=wanted.category,
        x__strategy=wanted.strategy,
        x__broker_order_id=wanted.broker_order_id,
        x__import_id=wanted.import_id,
    )
    if wanted.tag is not None:
        listing.add(":tag = ANY(x.tags)", tag=wanted.tag)
    if wanted.executed_from is not None:
        listing.add("x.executed_at >= :executed_from", executed_from=wanted.executed_from)
    if wanted.executed_to is not None:
        listing.add("x.executed_at < :executed_to", executed_to=wanted.executed_to)
    if not wanted.include_voided:
        listing.add("x.voided_at IS NULL")
    return listing


def trade_view(row: TradeRow, instrument: InstrumentView) -> TradeView:
    """Show a trade."""
    return TradeView(
        id=TradeId(row.id),
        account_id=AccountId(row.account_id),
        instrument=instrument,
        side=_SIDES[row.side],
        quantity=row.quantity,
        price=row.price,
        # they were checked as they were stored
        fees={_FEES[kind]: Decimal(amount) for kind, amount in row.fees.items()},
        fees_total=row.fees_total,
        executed_at=row.executed_at,
        sequence=row.sequence,
        settlement_date=row.settlement_date,
        category=None if row.category is None else Category(row.category),
        strategy=row.strategy,
        tags=tuple(row.tags),
        notes=row.notes,
        attachments=tuple(row.attachments),
        broker_trade_id=row.broker_trade_id,
        broker_order_id=row.broker_order_id,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
        lot_selection=selection_of(row.lot_selection) if row.lot_selection else (),
    )


def _account_view(row: AccountRow) -> AccountView:
    return AccountView(
        id=AccountId(row.id),
        broker=row.broker,
        label=row.label,
        currency=row.currency,
        time_zone=row.time_zone,
        shorting=row.shorting,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        cost_method=CostMethod(row.cost_method),
        locked_through=row.locked_through,
    )
