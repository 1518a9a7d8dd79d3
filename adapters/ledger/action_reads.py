"""Corporate actions as PostgreSQL tells them."""

from __future__ import annotations

from datetime import datetime
from typing import final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.action_store import ActionRow, terms_of
from adapters.ledger.bulk import names
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.reading import INSTRUMENT, INSTRUMENT_JOIN, Listing, with_instruments
from application.ledger.action_views import CorporateActionView
from application.ledger.queries import CorporateActionQueries
from application.ledger.views import InstrumentView
from application.ledger.wanted import ActionFilter
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, CorporateActionId, ImportId
from domain.shared.moment import NOW, Moment

_ACTIONS = (
    f"SELECT {', '.join(f'x.{name}' for name in names(ActionRow))}, {INSTRUMENT} "
    f"FROM corporate_actions x {INSTRUMENT_JOIN}"
)


@final
class SqlCorporateActionQueries(CorporateActionQueries):
    """Corporate actions."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlCorporateActionQueries:
        """Return the same as of the moment."""
        return SqlCorporateActionQueries(self._engine, moment)

    async def actions(self, actor: Actor, wanted: ActionFilter, page: PageRequest) -> Page[CorporateActionView]:
        """Return actions, the latest first."""
        listing = Listing(actor, _ACTIONS, order="ORDER BY x.effective_at DESC, x.id DESC")
        listing.equal(x__instrument_id=wanted.instrument_id, x__kind=wanted.kind)
        if wanted.account_id is not None:
            listing.add("(x.account_id = :account OR x.account_id IS NULL)", account=wanted.account_id)
        if not wanted.include_voided:
            listing.add("x.voided_at IS NULL")
        if page.cursor is not None:
            at, after = decode_cursor(page.cursor, "corporate_actions", datetime, UUID)
            listing.add("(x.effective_at, x.id) < (:at, :after)", at=at, after=after)
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), ActionRow)
        views = [_view(row, instrument) for row, instrument in rows]
        return cut(views, page, "corporate_actions", lambda view: (view.effective_at, view.id))

    async def action(self, actor: Actor, action_id: CorporateActionId) -> CorporateActionView:
        """Return the action."""
        listing = Listing(actor, _ACTIONS)
        listing.equal(x__id=action_id)
        for row, instrument in with_instruments(await listing.read(self._engine, self._moment), ActionRow):
            return _view(row, instrument)
        raise NotFound("corporate action", action_id)


def _view(row: ActionRow, instrument: InstrumentView) -> CorporateActionView:
    return CorporateActionView(
        id=CorporateActionId(row.id),
        instrument=instrument,
        account_id=None if row.account_id is None else AccountId(row.account_id),
        effective_at=row.effective_at,
        terms=terms_of(row.kind, row.terms),
        notes=row.notes,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )
