"""Transfers as PostgreSQL tells them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, with_instruments
from adapters.ledger.rows import selection_of
from adapters.ledger.transfer_store import TransferRow
from application.ledger.queries import TransferQueries
from application.ledger.transfer_views import TransferView
from application.ledger.views import InstrumentView
from application.ledger.wanted import TransferFilter
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, ImportId, TransferId
from domain.shared.moment import NOW, Moment
from domain.shared.money import ZERO


class _Row(TransferRow, frozen=True):
    moved_quantity: Decimal = ZERO


_TRANSFERS = (
    f"SELECT {', '.join(f'x.{name}' for name in names(TransferRow))}, coalesce(m.quantity, 0), {INSTRUMENT} "
    f"FROM transfers x {INSTRUMENT_JOIN} "
    "LEFT JOIN transfer_moves m ON m.organisation_id = x.organisation_id AND m.transfer_id = x.id"
)


@final
class SqlTransferQueries(TransferQueries):
    """Transfers."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlTransferQueries:
        """Return the same as of the moment."""
        return SqlTransferQueries(self._engine, moment)

    async def transfers(self, actor: Actor, wanted: TransferFilter, page: PageRequest) -> Page[TransferView]:
        """Return transfers, the latest first."""
        listing = Listing(actor, _TRANSFERS, order="ORDER BY x.transferred_at DESC, x.id DESC")
        listing.equal(x__instrument_id=wanted.instrument_id)
        if wanted.account_id is not None:
            listing.add("(x.from_account_id = :account OR x.to_account_id = :account)", account=wanted.account_id)
        if not wanted.include_voided:
            listing.add("x.voided_at IS NULL")
        if page.cursor is not None:
            at, after = decode_cursor(page.cursor, "transfers", datetime, UUID)
            listing.add("(x.transferred_at, x.id) < (:at, :after)", at=at, after=after)
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), _Row)
        views = [_view(row, instrument) for row, instrument in rows]
        return cut(views, page, "transfers", lambda view: (view.transferred_at, view.id))

    async def transfer(self, actor: Actor, transfer_id: TransferId) -> TransferView:
        """Return the transfer."""
        listing = Listing(actor, _TRANSFERS)
        listing.equal(x__id=transfer_id)
        for row, instrument in with_instruments(await listing.read(self._engine, self._moment), _Row):
            return _view(row, instrument)
        raise NotFound("transfer", transfer_id)


def _view(row: _Row, instrument: InstrumentView) -> TransferView:
    return TransferView(
        id=TransferId(row.id),
        instrument=instrument,
        from_account_id=AccountId(row.from_account_id),
        to_account_id=AccountId(row.to_account_id),
        quantity=row.quantity,
        moved_quantity=row.moved_quantity,
        transferred_at=row.transferred_at,
        lot_selection=selection_of(row.lot_selection),
        notes=row.notes,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )
