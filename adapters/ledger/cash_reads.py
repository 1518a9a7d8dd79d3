"""Movements of cash, balances and their entries as PostgreSQL tells them, each answer from one snapshot.

A balance is read from sums that are stored: what trades and corporate actions moved stands in the positions. Its
entries are read one by one, and add up to the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Final, final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.cash_store import CashMovementRow
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.reader import Reader
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, reading, with_optional_instruments
from adapters.platform.database.replica import Replicated
from application.ledger.cash.queries import (
    CashBalanceFilter,
    CashEntryFilter,
    CashExports,
    CashMovementFilter,
    CashQueries,
    ExportedCash,
)
from application.ledger.cash.views import (
    CashBalanceView,
    CashEntryView,
    CashMovementView,
    EntrySource,
    KindTotalView,
    ReceivedView,
)
from application.ledger.exports import ExportFilter
from application.ledger.views import InstrumentView
from application.shared.pages import Page, PageRequest
from domain.ledger.cash_kind import CashKind
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, TradeId
from domain.shared.moment import NOW, Moment
from domain.shared.money import EXACT, ZERO

_MOVEMENTS: Final = (
    f"SELECT {', '.join(f'x.{name}' for name in names(CashMovementRow))}, {INSTRUMENT} "
    f"FROM cash_movements x LEFT {INSTRUMENT_JOIN}"
)

_EXPORTED: Final = (
    f"SELECT {', '.join(f'x.{name}' for name in names(CashMovementRow))}, c.amount, c.currency, c.value_date, c.notes, "
    f"{INSTRUMENT} FROM cash_movements x LEFT JOIN cash_movements c ON c.organisation_id = x.organisation_id "
    f"AND c.id = x.counterpart_id AND x.kind = 'conversion_out' LEFT {INSTRUMENT_JOIN}"
)


def _joined(table: str) -> str:
    return f"FROM {table} f JOIN instruments i ON i.organisation_id = f.organisation_id AND i.id = f.instrument_id"


_BALANCES: Final = (
    "SELECT x.account_id, x.currency, sum(x.of_positions), sum(x.of_actions), sum(x.of_movements) FROM ("
    "SELECT f.organisation_id, f.account_id, i.currency, f.cash_in - f.cash_out AS of_positions, 0 AS of_actions, "
    f"0 AS of_movements, f.trade_count AS entries {_joined('positions')} "
    f"UNION ALL SELECT f.organisation_id, f.account_id, i.currency, 0, f.amount, 0, 1 {_joined('event_cash')} "
    "UNION ALL SELECT organisation_id, account_id, currency, 0, 0, net, 1 FROM cash_movements WHERE voided_at IS NULL"
    ") x"
)
_BY_KIND: Final = "SELECT x.account_id, x.currency, x.kind, sum(x.net), count(*) FROM cash_movements x"
# actions come before the trades of their instant, movements after them
_OF_ENTRIES: Final = (
    "FROM (SELECT f.organisation_id, f.account_id, i.currency, 'trade' AS source, f.id AS source_id, f.side AS kind, "
    "f.executed_at AS occurred_at, f.sequence AS rank, f.id, f.instrument_id, CASE f.side WHEN 'buy' THEN -1 ELSE 1 "
    f"END * f.quantity * f.price * i.multiplier - f.fees_total AS amount {_joined('trades')} "
    "WHERE f.voided_at IS NULL UNION ALL "
    "SELECT f.organisation_id, f.account_id, i.currency, 'corporate_action', f.event_id, a.kind, f.occurred_at, -1, "
    f"f.id, f.instrument_id, f.amount {_joined('event_cash')} "
    "JOIN corporate_actions a ON a.organisation_id = f.organisation_id AND a.id = f.event_id UNION ALL "
    "SELECT organisation_id, account_id, currency, 'cash_movement', id, kind, occurred_at, 2147483648, id, "
    "instrument_id, net FROM cash_movements WHERE voided_at IS NULL) x"
)
_CURRENCY: Final = (
    "x.currency = coalesce(CAST(:currency AS text), (SELECT currency FROM accounts "
    "WHERE organisation_id = :organisation AND id = :account))"
)


class _Exported(CashMovementRow, frozen=True):
    received_amount: Decimal | None
    received_currency: str | None
    received_value_date: date | None
    received_notes: str | None


class _Balance(Struct, frozen=True):
    account_id: UUID
    currency: str
    of_positions: Decimal
    of_actions: Decimal
    of_movements: Decimal


class _KindTotal(Struct, frozen=True):
    account_id: UUID
    currency: str
    kind: str
    net: Decimal
    count: int


class _Sum(Struct, frozen=True):
    amount: Decimal


class _Entry(Struct, frozen=True):
    source: str
    source_id: UUID
    kind: str
    occurred_at: datetime
    instrument_id: UUID | None
    amount: Decimal
    rank: int
    id: UUID

    @property
    def place(self) -> tuple[datetime, int, UUID]:
        """Where it stands in the order."""
        return (self.occurred_at, self.rank, self.id)


@final
class SqlCashQueries(CashQueries):
    """Movements, balances and entries."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlCashQueries:
        """Return the same as of the moment."""
        return SqlCashQueries(self._engine, moment)

    async def movements(self, actor: Actor, wanted: CashMovementFilter, page: PageRequest) -> Page[CashMovementView]:
        """Return movements, the last first."""
        listing = Listing(actor, _MOVEMENTS, order="ORDER BY x.occurred_at DESC, x.id DESC")
        listing.equal(
            x__account_id=wanted.account_id,
            x__kind=wanted.kind,
            x__currency=None if wanted.currency is None else wanted.currency.code,
            x__instrument_id=wanted.instrument_id,
            x__import_id=wanted.import_id,
        )
        _between(listing, wanted.occurred_from, wanted.occurred_to)
        if not wanted.include_voided:
            listing.add("x.voided_at IS NULL")
        if page.cursor is not None:
            at, after = decode_cursor(page.cursor, "cash_movements", datetime, UUID)
            listing.add("(x.occurred_at, x.id) < (:at, :after)", at=at, after=after)
        async with reading(self._engine, actor, self._moment) as reader:
            rows = with_optional_instruments(await listing.run(reader, page.limit + 1), CashMovementRow)
        views = [_movement(row, instrument) for row, instrument in rows]
        return cut(views, page, "cash_movements", lambda view: (view.occurred_at, view.id))

    async def movement(self, actor: Actor, movement_id: CashMovementId) -> CashMovementView:
        """Return the movement."""
        listing = Listing(actor, _MOVEMENTS)
        listing.equal(x__id=movement_id)
        async with reading(self._engine, actor, self._moment) as reader:
            for row, instrument in with_optional_instruments(await listing.run(reader), CashMovementRow):
                return _movement(row, instrument)
        raise NotFound("cash movement", movement_id)

    async def balances(self, actor: Actor, wanted: CashBalanceFilter, page: PageRequest) -> Page[CashBalanceView]:
        """Return balances with their parts, kind by kind."""
        listing = Listing(
            actor,
            _BALANCES,
            group="GROUP BY x.account_id, x.currency HAVING sum(x.entries) > 0",
            order="ORDER BY x.account_id, x.currency",
        )
        currency = None if wanted.currency is None else wanted.currency.code
        listing.equal(x__account_id=wanted.account_id, x__currency=currency)
        if page.cursor is not None:
            account_id, code = decode_cursor(page.cursor, "cash_balances", UUID, str)
            listing.add("(x.account_id, x.currency) > (:after_account, :code)", after_account=account_id, code=code)
        async with reading(self._engine, actor, self._moment) as reader:
            rows = read_rows(await listing.run(reader, page.limit + 1), _Balance)
            kinds = await _by_kind(reader, actor, {row.account_id for row in rows})
        views = [_balance(row, kinds.get((row.account_id, row.currency), ())) for row in rows]
        return cut(views, page, "cash_balances", lambda view: (view.account_id, view.currency))

    async def entries(self, actor: Actor, wanted: CashEntryFilter, page: PageRequest) -> Page[CashEntryView]:
        """Return entries; the balance before the first of them is the sum of all that came before."""
        listing = _entries(actor, wanted, f"SELECT {', '.join(f'x.{name}' for name in names(_Entry))} {_OF_ENTRIES}")
        listing.order = "ORDER BY x.occurred_at, x.rank, x.id"
        _between(listing, wanted.occurred_from, wanted.occurred_to)
        if page.cursor is not None:
            at, rank, after = decode_cursor(page.cursor, "cash_entries", datetime, int, UUID)
            listing.add("(x.occurred_at, x.rank, x.id) > (:at, :rank, :after)", at=at, rank=rank, after=after)
            # once more in the form that an index on time can serve
            listing.add("x.occurred_at >= :at")
        async with reading(self._engine, actor, self._moment) as reader:
            rows = read_rows(await listing.run(reader, page.limit + 1), _Entry)
            is_first = page.cursor is None and wanted.occurred_from is None
            opening = await _sum_before(reader, actor, wanted, rows[0]) if rows and not is_first else ZERO
        shown = cut(rows, page, "cash_entries", lambda row: row.place)
        balances = accumulate((row.amount for row in shown.rows), EXACT.add, initial=opening)
        next(balances)
        return Page([_entry(*row) for row in zip(shown.rows, balances, strict=True)], shown.next_cursor)


@final
class SqlCashExports(CashExports):
    """Exports of cash."""

    def __init__(self, engine: AsyncEngine | Replicated, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlCashExports:
        """Return the same as of the moment."""
        return SqlCashExports(self._engine, moment)

    async def cash_movements(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[ExportedCash]:
        """Yield movements by time and id."""
        listing = Listing(actor, _EXPORTED, ["x.voided_at IS NULL"], order="ORDER BY x.occurred_at, x.id")
        listing.equal(x__account_id=wanted.account_id)
        async with reading(self._engine, actor, self._moment) as reader:
            async for part in listing.stream(reader):
                for row, instrument in with_optional_instruments(part, _Exported):
                    yield ExportedCash(_movement(row, instrument), _received(row))


def _entries(actor: Actor, wanted: CashEntryFilter, select: str) -> Listing:
    listing = Listing(actor, select)
    listing.add("x.account_id = :account", account=wanted.account_id)
    listing.add(_CURRENCY, currency=None if wanted.currency is None else wanted.currency.code)
    return listing


async def _sum_before(reader: Reader, actor: Actor, wanted: CashEntryFilter, row: _Entry) -> Decimal:
    """Return the balance before the entry."""
    listing = _entries(actor, wanted, f"SELECT coalesce(sum(x.amount), 0) {_OF_ENTRIES}")
    at, rank, id_ = row.place
    listing.add("(x.occurred_at, x.rank, x.id) < (:at, :rank, :id) AND x.occurred_at <= :at", at=at, rank=rank, id=id_)
    (opening,) = read_rows(await listing.run(reader), _Sum)
    return opening.amount


def _between(listing: Listing, first: datetime | None, end: datetime | None) -> None:
    if first is not None:
        listing.add("x.occurred_at >= :occurred_from", occurred_from=first)
    if end is not None:
        listing.add("x.occurred_at < :occurred_to", occurred_to=end)


async def _by_kind(
    reader: Reader, actor: Actor, account_ids: set[UUID]
) -> Mapping[tuple[UUID, str], Sequence[KindTotalView]]:
    listing = Listing(
        actor, _BY_KIND, ["x.voided_at IS NULL"], group="GROUP BY x.account_id, x.currency, x.kind", order="ORDER BY 3"
    )
    listing.add("x.account_id = ANY(:accounts)", accounts=list(account_ids))
    found: dict[tuple[UUID, str], list[KindTotalView]] = {}
    for row in read_rows(await listing.run(reader), _KindTotal):
        total = KindTotalView(CashKind(row.kind), row.net, row.count)
        found.setdefault((row.account_id, row.currency), []).append(total)
    return found


def _balance(row: _Balance, by_kind: Sequence[KindTotalView]) -> CashBalanceView:
    return CashBalanceView(
        account_id=AccountId(row.account_id),
        currency=row.currency,
        balance=EXACT.add(row.of_positions, row.of_movements),
        from_trades=EXACT.subtract(row.of_positions, row.of_actions),
        from_corporate_actions=row.of_actions,
        from_movements=row.of_movements,
        by_kind=by_kind,
    )


def _entry(row: _Entry, balance: Decimal) -> CashEntryView:
    return CashEntryView(
        source=EntrySource(row.source),
        source_id=row.source_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        instrument_id=None if row.instrument_id is None else InstrumentId(row.instrument_id),
        amount=row.amount,
        balance=balance,
    )


def _received(row: _Exported) -> ReceivedView | None:
    if row.received_amount is None or row.received_currency is None:
        return None
    return ReceivedView(row.received_amount, row.received_currency, row.received_value_date, row.received_notes)


def _movement(row: CashMovementRow, instrument: InstrumentView | None) -> CashMovementView:
    return CashMovementView(
        id=CashMovementId(row.id),
        account_id=AccountId(row.account_id),
        kind=CashKind(row.kind),
        amount=row.amount,
        tax=row.tax,
        net=row.net,
        currency=row.currency,
        occurred_at=row.occurred_at,
        value_date=row.value_date,
        instrument=instrument,
        reinvested_in=None if row.reinvested_in is None else TradeId(row.reinvested_in),
        counterpart_id=None if row.counterpart_id is None else CashMovementId(row.counterpart_id),
        notes=row.notes,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )
