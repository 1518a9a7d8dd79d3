"""Movements of cash on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import encode, insert_rows, names, read_rows, recordset
from adapters.ledger.cash_tables import cash_movements
from application.ledger.cash.ports import CashMovementStore
from domain.ledger.cash import CashDetails, CashMovement
from domain.ledger.cash_kind import CashKind
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, CashMovementId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.money import Currency


class CashMovementRow(Struct, frozen=True):
    """A row of `cash_movements`."""

    id: UUID
    account_id: UUID
    kind: str
    amount: Decimal
    tax: Decimal
    net: Decimal
    currency: str
    occurred_at: datetime
    value_date: date | None
    instrument_id: UUID | None
    reinvested_in: UUID | None
    counterpart_id: UUID | None
    notes: str | None
    source_key: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


_SELECT = f"SELECT {', '.join(names(CashMovementRow))} FROM cash_movements WHERE organisation_id = :organisation"
_ADD = insert_rows(cash_movements, CashMovementRow, "ON CONFLICT DO NOTHING RETURNING id")
# locked in the order of ids, so that two who begin at either side wait for each other and never in a circle
_GET = text(f"{_SELECT} AND (id = :id OR counterpart_id = :id) ORDER BY id FOR UPDATE")
_OF_IMPORT = text(
    f"{_SELECT} AND voided_at IS NULL AND import_id = :import_id "
    "ORDER BY least(id, counterpart_id), id LIMIT :limit FOR UPDATE"
)
_DIVIDENDS = text(
    f"{_SELECT} AND voided_at IS NULL AND instrument_id = :instrument AND kind IN ('dividend', 'dividend_paid')"
)
_KEEP = text(
    "WITH changed AS (SELECT m.organisation_id, m.id, m.version, to_jsonb(m) AS snapshot FROM cash_movements m "
    "JOIN json_to_recordset(CAST(:rows AS json)) AS r(id uuid, version integer) "
    "ON m.id = r.id AND m.version = r.version - 1 WHERE m.organisation_id = :organisation "
    "ORDER BY m.id FOR UPDATE OF m) "
    "INSERT INTO cash_movement_versions (organisation_id, cash_movement_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, id, version, snapshot, :now FROM changed"
)
_FIXED = {"id", "account_id", "counterpart_id", "import_id", "created_at"}
_SAVE = text(
    "UPDATE cash_movements m SET "
    + ", ".join(f"{name} = r.{name}" for name in names(CashMovementRow) if name not in _FIXED)
    + f" FROM {recordset(cash_movements)} "
    "WHERE m.organisation_id = :organisation AND m.id = r.id AND m.version = r.version - 1"
)


@final
class SqlCashMovementStore(CashMovementStore):
    """Movements of cash of one organisation."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, movements: Sequence[CashMovement]) -> frozenset[CashMovementId]:
        """Insert all in one statement, leaving out those whose keys are taken."""
        if not movements:
            return frozenset()
        rows = encode([cash_row(movement) for movement in movements])
        added = await self._connection.execute(_ADD, self._with(rows=rows))
        return frozenset(CashMovementId(id_) for (id_,) in added)

    async def get(self, movement_id: CashMovementId) -> Sequence[CashMovement]:
        """Return one or two movements, locked."""
        found = await self._connection.execute(_GET, self._with(id=movement_id))
        movements = [cash_of(row, self._organisation) for row in read_rows(found, CashMovementRow)]
        if not movements:
            raise NotFound("cash movement", movement_id)
        return sorted(movements, key=lambda movement: movement.id != movement_id)

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[CashMovement]:
        """Return what counts of an import, locked."""
        found = await self._connection.execute(_OF_IMPORT, self._with(import_id=import_id, limit=limit))
        return [cash_of(row, self._organisation) for row in read_rows(found, CashMovementRow)]

    async def dividends(self, instrument_id: InstrumentId) -> Sequence[CashMovement]:
        """Return what counts of an instrument's dividends."""
        found = await self._connection.execute(_DIVIDENDS, self._with(instrument=instrument_id))
        return [cash_of(row, self._organisation) for row in read_rows(found, CashMovementRow)]

    async def save(self, movements: Sequence[CashMovement], *, release_keys: bool = False) -> None:
        """Keep the old versions, then update; a statement each."""
        if not movements:
            return
        freed = [replace(each, source_key=None) if release_keys else each for each in movements]
        rows = encode([cash_row(movement) for movement in freed])
        now = movements[0].updated_at
        kept = await self._connection.execute(_KEEP, self._with(rows=rows, now=now))
        if kept.rowcount != len(movements):
            raise VersionConflict("cash movement", expected=movements[0].version - 1)
        await self._connection.execute(_SAVE, self._with(rows=rows))

    def _with(self, **values: object) -> dict[str, object]:
        return {"organisation": self._organisation, **values}


def cash_row(movement: CashMovement) -> CashMovementRow:
    """The row of a movement."""
    details = movement.details
    return CashMovementRow(
        id=movement.id,
        account_id=movement.account_id,
        kind=details.kind.value,
        amount=details.amount,
        tax=details.tax,
        net=details.net,
        currency=details.currency.code,
        occurred_at=details.occurred_at,
        value_date=details.value_date,
        instrument_id=details.instrument_id,
        reinvested_in=details.reinvested_in,
        counterpart_id=movement.counterpart_id,
        notes=details.notes,
        source_key=movement.source_key,
        import_id=movement.import_id,
        version=movement.version,
        created_at=movement.created_at,
        updated_at=movement.updated_at,
        voided_at=movement.voided_at,
        void_reason=movement.void_reason,
    )


def cash_of(row: CashMovementRow, organisation_id: OrganisationId) -> CashMovement:
    """The movement of a row."""
    return CashMovement(
        id=CashMovementId(row.id),
        organisation_id=organisation_id,
        account_id=AccountId(row.account_id),
        details=CashDetails(
            kind=CashKind(row.kind),
            amount=row.amount,
            currency=Currency(row.currency),
            occurred_at=row.occurred_at,
            tax=row.tax,
            value_date=row.value_date,
            instrument_id=None if row.instrument_id is None else InstrumentId(row.instrument_id),
            reinvested_in=None if row.reinvested_in is None else TradeId(row.reinvested_in),
            notes=row.notes,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        counterpart_id=None if row.counterpart_id is None else CashMovementId(row.counterpart_id),
        source_key=row.source_key,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )
