"""What capital gains reports are made from, as PostgreSQL tells it, each report from one snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final, final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import read_rows
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.reader import Reader
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, reading, with_instruments, within_days
from application.ledger.tax_reports import TaxPartView, TaxQueries, TaxReportFilter, TaxSnapshot
from application.ledger.views import InstrumentView
from application.shared.pages import Page, PageRequest
from domain.ledger.action_terms import ActionKind
from domain.ledger.lot import Direction
from domain.ledger.tax_facts import Bought, Rename, Sold, TaxFacts, UnitChange, linked
from domain.ledger.tax_labels import WINDOW_DAYS
from domain.ledger.tax_report import TaxPart
from domain.ledger.tax_year import TaxYear
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Segment
from domain.shared.moment import NOW, Moment
from domain.shared.time import zone

# what has no lot comes after all that have one
_LAST: Final = 2**31 - 1
# beyond the window by the days that the zones of the world lie apart
_AFTER: Final = timedelta(days=WINDOW_DAYS + 3)

_PARTS = (
    "SELECT x.disposal_id, x.ordinal, x.account_id, x.direction, x.lot_id, x.event_id, e.kind, x.quantity, "
    f"x.opened_at, x.closed_at, x.proceeds, x.cost, x.open_fee, x.close_fee, {INSTRUMENT} FROM ("
    "SELECT d.organisation_id, d.id, m.ordinal, d.account_id, d.instrument_id, d.direction, m.lot_id, d.event_id, "
    "m.quantity, m.opened_at, d.closed_at, m.proceeds, m.cost, m.open_fee, m.close_fee FROM disposals d "
    "JOIN lot_matches m ON m.organisation_id = d.organisation_id AND m.disposal_id = d.id "
    f"UNION ALL SELECT d.organisation_id, d.id, {_LAST}, d.account_id, d.instrument_id, d.direction, NULL, "
    "d.event_id, d.unmatched_quantity, NULL, d.closed_at, d.unmatched_proceeds, NULL, 0, d.fees - d.matched_fees "
    "FROM disposals d WHERE d.unmatched_quantity > 0"
    ") AS x(organisation_id, disposal_id, ordinal, account_id, instrument_id, direction, lot_id, event_id, quantity, "
    f"opened_at, closed_at, proceeds, cost, open_fee, close_fee) {INSTRUMENT_JOIN} "
    "LEFT JOIN corporate_actions e ON e.organisation_id = x.organisation_id AND e.id = x.event_id"
)
_ORDER = "ORDER BY x.closed_at, x.disposal_id, x.ordinal"
_OF_INSTRUMENTS = "organisation_id = :organisation AND {0}.instrument_id = ANY(:instruments)"
# what a purchase had left after closing a short; what an assignment bought has no trade but a lot of its own
_BOUGHT = text(
    "SELECT t.id, t.account_id, t.instrument_id, t.executed_at, t.quantity - coalesce(d.quantity, 0) FROM trades t "
    "LEFT JOIN disposals d ON d.organisation_id = t.organisation_id AND d.id = t.id "
    f"WHERE t.{_OF_INSTRUMENTS.format('t')} AND t.side = 'buy' AND t.voided_at IS NULL AND t.executed_at < :until "
    "AND t.quantity > coalesce(d.quantity, 0) "
    "UNION ALL SELECT l.id, l.account_id, l.instrument_id, l.opened_at, l.quantity FROM lots l "
    "JOIN corporate_actions e ON e.organisation_id = l.organisation_id AND e.id = l.event_id "
    f"WHERE l.{_OF_INSTRUMENTS.format('l')} AND l.direction = 'long' AND l.trade_id IS NULL "
    "AND l.opened_at < :until AND e.kind = 'assignment'"
)
_SOLD = text(
    "SELECT d.id, m.ordinal, d.account_id, d.instrument_id, d.closed_at, m.quantity, m.proceeds - m.cost, "
    "CASE WHEN e.kind = 'bonus' THEN NULL ELSE coalesce(l.trade_id, l.id) END FROM disposals d "
    "JOIN lot_matches m ON m.organisation_id = d.organisation_id AND m.disposal_id = d.id "
    "JOIN lots l ON l.organisation_id = m.organisation_id AND l.id = m.lot_id "
    "LEFT JOIN corporate_actions e ON e.organisation_id = l.organisation_id AND e.id = l.event_id "
    f"WHERE d.{_OF_INSTRUMENTS.format('d')} AND d.direction = 'long' AND d.closed_at < :until AND m.quantity > 0 "
    f"UNION ALL SELECT d.id, {_LAST}, d.account_id, d.instrument_id, d.closed_at, d.unmatched_quantity, NULL, NULL "
    f"FROM disposals d WHERE d.{_OF_INSTRUMENTS.format('d')} AND d.direction = 'long' AND d.closed_at < :until "
    "AND d.unmatched_quantity > 0"
)
_SPLITS = text(
    "SELECT e.effective_at, e.instrument_id, e.account_id, CAST(e.terms->>'new' AS bigint), "
    "CAST(e.terms->>'old' AS bigint) FROM corporate_actions e "
    f"WHERE e.{_OF_INSTRUMENTS.format('e')} AND e.kind = 'split' AND e.voided_at IS NULL"
)
_RENAMES = text(
    "SELECT e.instrument_id, e.into_id FROM corporate_actions e "
    "WHERE e.organisation_id = :organisation AND e.kind = 'symbol_change' AND e.voided_at IS NULL "
    "ORDER BY e.effective_at, e.id"
)
_ZONES = text("SELECT id, time_zone FROM accounts WHERE organisation_id = :organisation")
_SEGMENTS = text("SELECT id, segment FROM instruments WHERE organisation_id = :organisation AND id = ANY(:instruments)")


class _Instrument(Struct, frozen=True):
    instrument_id: UUID


class _Part(Struct, frozen=True):
    disposal_id: UUID
    ordinal: int
    account_id: UUID
    direction: str
    lot_id: UUID | None
    event_id: UUID | None
    event_kind: str | None
    quantity: Decimal
    opened_at: datetime | None
    closed_at: datetime
    proceeds: Decimal
    cost: Decimal | None
    open_fee: Decimal
    close_fee: Decimal


@final
class SqlTaxQueries(TaxQueries):
    """Snapshots of one organisation's ledger."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlTaxQueries:
        """Return the same as of the moment."""
        return SqlTaxQueries(self._engine, moment)

    @asynccontextmanager
    async def snapshot(self, actor: Actor) -> AsyncIterator[TaxSnapshot]:
        """Open a snapshot."""
        async with reading(self._engine, actor, self._moment) as connection:
            yield _SqlTaxSnapshot(connection, actor)


@final
class _SqlTaxSnapshot(TaxSnapshot):
    def __init__(self, connection: Reader, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def instruments(self, wanted: TaxReportFilter) -> Sequence[InstrumentId]:
        """Return the instruments of the year's disposals."""
        listing = Listing(self._actor, "SELECT DISTINCT x.instrument_id FROM disposals x")
        await self._narrow(listing, wanted)
        found = read_rows(await listing.run(self._connection), _Instrument)
        return [InstrumentId(each.instrument_id) for each in found]

    async def facts(self, year: TaxYear, instrument_ids: Collection[InstrumentId]) -> TaxFacts:
        """Return the instruments' whole history up to the end of the last window that touches the year."""
        tenant = {"organisation": self._actor.organisation_id}
        renames = [Rename(*row) for row in await self._connection.execute(_RENAMES, tenant)]
        instruments = list(linked(instrument_ids, renames))
        until = datetime.combine(year.last, time(), UTC) + _AFTER
        values = tenant | {"instruments": instruments, "until": until}
        return TaxFacts(
            zones={AccountId(id_): zone(name) for id_, name in await self._connection.execute(_ZONES, tenant)},
            segments={
                InstrumentId(id_): Segment(segment)
                for id_, segment in await self._connection.execute(_SEGMENTS, values)
            },
            bought=[Bought(*row) for row in await self._connection.execute(_BOUGHT, values)],
            sold=[Sold(*row) for row in await self._connection.execute(_SOLD, values)],
            unit_changes=[UnitChange(*row) for row in await self._connection.execute(_SPLITS, values)],
            renames=renames,
        )

    async def page(self, wanted: TaxReportFilter, page: PageRequest) -> Page[TaxPartView]:
        """Return a page of parts."""
        listing = Listing(self._actor, _PARTS, order=_ORDER)
        await self._narrow(listing, wanted)
        if page.cursor is not None:
            at, disposal, ordinal = decode_cursor(page.cursor, "tax_lines", datetime, UUID, int)
            after = {"at": at, "disposal": disposal, "ordinal": ordinal}
            listing.add("(x.closed_at, x.disposal_id, x.ordinal) > (:at, :disposal, :ordinal)", **after)
        found = with_instruments(await listing.run(self._connection, page.limit + 1), _Part)
        views = [_view(row, instrument) for row, instrument in found]
        return cut(views, page, "tax_lines", lambda view: (view.part.closed_at, *view.part.key))

    async def parts(self, wanted: TaxReportFilter) -> AsyncIterator[TaxPartView]:
        """Yield parts through a cursor."""
        listing = Listing(self._actor, _PARTS, order=_ORDER)
        await self._narrow(listing, wanted)
        async for some in listing.stream(self._connection):
            for row, instrument in with_instruments(some, _Part):
                yield _view(row, instrument)

    async def _narrow(self, listing: Listing, wanted: TaxReportFilter) -> None:
        listing.equal(x__account_id=wanted.account_id)
        await within_days(self._connection, listing, "x.closed_at", wanted.year.first, wanted.year.last)


def _view(row: _Part, instrument: InstrumentView) -> TaxPartView:
    part = TaxPart(
        disposal_id=row.disposal_id,
        ordinal=row.ordinal,
        account_id=AccountId(row.account_id),
        direction=Direction(row.direction),
        lot_id=row.lot_id,
        event_id=row.event_id,
        event_kind=None if row.event_kind is None else ActionKind(row.event_kind),
        quantity=row.quantity,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        proceeds=row.proceeds,
        cost=row.cost,
        open_fee=row.open_fee,
        close_fee=row.close_fee,
    )
    return TaxPartView(part, instrument)
