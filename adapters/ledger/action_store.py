"""Corporate actions on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.action_tables import corporate_actions
from adapters.ledger.bulk import encode, insert_rows, names, read_rows, recordset, select_rows
from application.ledger.action_ports import CorporateActionStore
from domain.ledger.action_terms import ActionKind, ActionTerms, into_of, terms_type
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, CorporateActionId, ImportId, InstrumentId, OrganisationId


class ActionRow(Struct, frozen=True):
    """A row of `corporate_actions`; the terms are a JSON object of their fields, decimals as texts."""

    id: UUID
    instrument_id: UUID
    account_id: UUID | None
    into_id: UUID | None
    kind: str
    terms: dict[str, object]
    effective_at: datetime
    notes: str | None
    source_key: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


_SELECT = f"SELECT {', '.join(names(ActionRow))} FROM corporate_actions WHERE organisation_id = :organisation"
_GET = select_rows(f"{_SELECT} AND id = :id FOR UPDATE", ActionRow)
_COUNTING = select_rows(f"{_SELECT} AND voided_at IS NULL", ActionRow)
_OF_IMPORT = select_rows(
    f"{_SELECT} AND voided_at IS NULL AND import_id = :import_id ORDER BY id LIMIT :limit FOR UPDATE", ActionRow
)
_TOUCHING = select_rows(
    f"{_SELECT} AND voided_at IS NULL AND (instrument_id = ANY(:instruments) OR into_id = ANY(:instruments))", ActionRow
)
_ADD = insert_rows(corporate_actions, ActionRow)
_KEEP = text(
    "INSERT INTO corporate_action_versions (organisation_id, corporate_action_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, id, version, to_jsonb(a), :now FROM corporate_actions a "
    "WHERE organisation_id = :organisation AND id = :id AND version = :expected"
)
_FIXED = {"id", "created_at", "import_id"}
_SAVE = text(
    "UPDATE corporate_actions a SET "
    + ", ".join(f"{name} = r.{name}" for name in names(ActionRow) if name not in _FIXED)
    + f" FROM {recordset(corporate_actions)} WHERE a.organisation_id = :organisation AND a.id = r.id"
)


@final
class SqlCorporateActionStore(CorporateActionStore):
    """Corporate actions of one organisation."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, action: CorporateAction) -> None:
        """Insert it."""
        await self._connection.execute(_ADD, self._with(rows=encode([action_row(action)])))

    async def get(self, action_id: CorporateActionId) -> CorporateAction:
        """Return the action, locked."""
        found = await self._connection.execute(_GET, self._with(id=action_id))
        for row in read_rows(found, ActionRow):
            return action_of(row, self._organisation)
        raise NotFound("corporate action", action_id)

    async def save(self, action: CorporateAction) -> None:
        """Keep the old version, then update."""
        expected = action.version - 1
        kept = await self._connection.execute(_KEEP, self._with(id=action.id, expected=expected, now=action.updated_at))
        if kept.rowcount != 1:
            raise VersionConflict("corporate action", expected=expected)
        await self._connection.execute(_SAVE, self._with(rows=encode([action_row(action)])))

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[CorporateAction]:
        """Return what counts of these instruments."""
        found = await self._connection.execute(_TOUCHING, self._with(instruments=list(instrument_ids)))
        return [action_of(row, self._organisation) for row in read_rows(found, ActionRow)]

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CorporateAction]:
        """Return what counts of an import, locked."""
        found = await self._connection.execute(_OF_IMPORT, self._with(import_id=import_id, limit=limit))
        return [action_of(row, self._organisation) for row in read_rows(found, ActionRow)]

    async def counting(self) -> Sequence[CorporateAction]:
        """Return all that count."""
        found = await self._connection.execute(_COUNTING, self._with())
        return [action_of(row, self._organisation) for row in read_rows(found, ActionRow)]

    def _with(self, **values: object) -> dict[str, object]:
        return {"organisation": self._organisation, **values}


def action_row(action: CorporateAction) -> ActionRow:
    """The row of an action."""
    details = action.details
    terms = {field.name: getattr(details.terms, field.name) for field in fields(details.terms)}
    return ActionRow(
        id=action.id,
        instrument_id=details.instrument_id,
        account_id=details.account_id,
        into_id=into_of(details.terms),
        kind=action.kind.value,
        terms=msgspec.to_builtins(terms),
        effective_at=details.effective_at,
        notes=details.notes,
        source_key=action.source_key,
        import_id=action.import_id,
        version=action.version,
        created_at=action.created_at,
        updated_at=action.updated_at,
        voided_at=action.voided_at,
        void_reason=action.void_reason,
    )


def action_of(row: ActionRow, organisation_id: OrganisationId) -> CorporateAction:
    """The action of a row."""
    return CorporateAction(
        id=CorporateActionId(row.id),
        organisation_id=organisation_id,
        details=ActionDetails(
            instrument_id=InstrumentId(row.instrument_id),
            effective_at=row.effective_at,
            terms=terms_of(row.kind, row.terms),
            account_id=None if row.account_id is None else AccountId(row.account_id),
            notes=row.notes,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        source_key=row.source_key,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


def terms_of(kind: str, terms: dict[str, object]) -> ActionTerms:
    """The terms of the JSON object they are kept in."""
    return msgspec.convert(terms, terms_type(ActionKind(kind)))
