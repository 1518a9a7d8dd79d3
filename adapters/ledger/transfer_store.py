"""Transfers on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import TextualSelect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import encode, insert_rows, names, read_rows, recordset, run, select_rows
from adapters.ledger.rows import selection_of
from adapters.ledger.transfer_tables import transfer_moves, transfers
from application.ledger.transfer_ports import TransferStore
from domain.ledger.transfer import Moved, Report, Transfer, TransferDetails
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TransferId


class TransferRow(Struct, frozen=True):
    """A row of `transfers`; the selection is pairs of lot id and exact quantity."""

    id: UUID
    from_account_id: UUID
    to_account_id: UUID
    instrument_id: UUID
    quantity: Decimal
    transferred_at: datetime
    lot_selection: list[list[str]] | None
    notes: str | None
    import_id: UUID | None
    out_key: str | None
    out_import_id: UUID | None
    in_key: str | None
    in_import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


class MoveRow(Struct, frozen=True):
    """A row of `transfer_moves`."""

    transfer_id: UUID
    quantity: Decimal
    substituted: Decimal


_SELECT = f"SELECT {', '.join(names(TransferRow))} FROM transfers WHERE organisation_id = :organisation"
_GET = select_rows(f"{_SELECT} AND id = :id", TransferRow)
_TOUCHING = select_rows(f"{_SELECT} AND voided_at IS NULL AND instrument_id = ANY(:instruments)", TransferRow)
_TOLD = select_rows(
    f"{_SELECT} AND ((from_account_id = :account AND out_key = :key) OR (to_account_id = :account AND in_key = :key))",
    TransferRow,
)
_OF_IMPORT = select_rows(
    f"{_SELECT} AND voided_at IS NULL AND (out_import_id = :import_id OR in_import_id = :import_id) "
    "ORDER BY id LIMIT :limit",
    TransferRow,
)
_ADD = insert_rows(transfers, TransferRow)
_KEEP = text(
    "INSERT INTO transfer_versions (organisation_id, transfer_id, version, snapshot, replaced_at) "
    "SELECT organisation_id, id, version, to_jsonb(t), :now FROM transfers t "
    "WHERE organisation_id = :organisation AND id = :id AND version = :expected FOR UPDATE"
)
_FIXED = {"id", "created_at", "import_id"}
_SAVE = text(
    "UPDATE transfers t SET "
    + ", ".join(f"{name} = r.{name}" for name in names(TransferRow) if name not in _FIXED)
    + f" FROM {recordset(transfers)} WHERE t.organisation_id = :organisation AND t.id = r.id"
)
_NOTE = insert_rows(
    transfer_moves,
    MoveRow,
    "ON CONFLICT (organisation_id, transfer_id) DO UPDATE "
    "SET quantity = excluded.quantity, substituted = excluded.substituted "
    "WHERE (transfer_moves.quantity, transfer_moves.substituted) <> (excluded.quantity, excluded.substituted)",
)


@final
class SqlTransferStore(TransferStore):
    """Transfers of one organisation."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, transfer: Transfer) -> None:
        """Insert it."""
        await run(self._connection, _ADD, self._organisation, [transfer_row(transfer)])

    async def get(self, transfer_id: TransferId) -> Transfer:
        """Return the transfer."""
        for transfer in await self._found(_GET, id=transfer_id):
            return transfer
        raise NotFound("transfer", transfer_id)

    async def save(self, transfer: Transfer) -> None:
        """Keep the old version, then update."""
        expected = transfer.version - 1
        kept = await self._connection.execute(
            _KEEP, self._with(id=transfer.id, expected=expected, now=transfer.updated_at)
        )
        if kept.rowcount != 1:
            raise VersionConflict("transfer", expected=expected)
        await self._connection.execute(_SAVE, self._with(rows=encode([transfer_row(transfer)])))

    async def touching(self, instrument_ids: Iterable[InstrumentId]) -> Sequence[Transfer]:
        """Return what counts of these instruments."""
        return await self._found(_TOUCHING, instruments=list(instrument_ids))

    async def told(self, account_id: AccountId, source_key: str) -> Transfer | None:
        """Return what was told under the key."""
        for transfer in await self._found(_TOLD, account=account_id, key=source_key):
            return transfer
        return None

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Transfer]:
        """Return what counts of an import."""
        return await self._found(_OF_IMPORT, import_id=import_id, limit=limit)

    async def note_moved(self, moved: Mapping[TransferId, Moved]) -> None:
        """Insert or update them."""
        rows = [MoveRow(id_, *each) for id_, each in moved.items()]
        await run(self._connection, _NOTE, self._organisation, rows)

    async def _found(self, statement: TextualSelect, **values: object) -> list[Transfer]:
        found = await self._connection.execute(statement, self._with(**values))
        return [transfer_of(row, self._organisation) for row in read_rows(found, TransferRow)]

    def _with(self, **values: object) -> dict[str, object]:
        return {"organisation": self._organisation, **values}


def transfer_row(transfer: Transfer) -> TransferRow:
    """The row of a transfer."""
    details, out, into = transfer.details, transfer.out_report, transfer.in_report
    return TransferRow(
        id=transfer.id,
        from_account_id=details.from_account_id,
        to_account_id=details.to_account_id,
        instrument_id=details.instrument_id,
        quantity=details.quantity,
        transferred_at=details.transferred_at,
        lot_selection=[[str(each.lot_id), str(each.quantity)] for each in details.lot_selection] or None,
        notes=details.notes,
        import_id=transfer.import_id,
        out_key=None if out is None else out.source_key,
        out_import_id=None if out is None else out.import_id,
        in_key=None if into is None else into.source_key,
        in_import_id=None if into is None else into.import_id,
        version=transfer.version,
        created_at=transfer.created_at,
        updated_at=transfer.updated_at,
        voided_at=transfer.voided_at,
        void_reason=transfer.void_reason,
    )


def transfer_of(row: TransferRow, organisation_id: OrganisationId) -> Transfer:
    """The transfer of a row."""
    return Transfer(
        id=TransferId(row.id),
        organisation_id=organisation_id,
        details=TransferDetails(
            from_account_id=AccountId(row.from_account_id),
            to_account_id=AccountId(row.to_account_id),
            instrument_id=InstrumentId(row.instrument_id),
            quantity=row.quantity,
            transferred_at=row.transferred_at,
            lot_selection=selection_of(row.lot_selection),
            notes=row.notes,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        out_report=_report(row.out_key, row.out_import_id),
        in_report=_report(row.in_key, row.in_import_id),
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


def _report(source_key: str | None, import_id: UUID | None) -> Report | None:
    return None if source_key is None or import_id is None else Report(source_key, ImportId(import_id))
