"""The rows of imports on PostgreSQL, and what an account and a file already hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import insert_rows, names, recordset, run
from adapters.ledger.imports.entries import entry_of
from adapters.ledger.imports.rows import JudgedData, SettledData, judged_data, source_key_of, whole_key
from adapters.ledger.imports.tables import import_rows
from adapters.ledger.tables import instruments
from application.ledger.imports.ports import ImportRowStore, KnownEntries, ReadyRow, SettledRow
from application.shared.ports import IdFactory
from domain.ledger.imports.fill import Fill, Holding
from domain.ledger.imports.identity import EntryKind
from domain.ledger.imports.judging import FirstRow, JudgedRow, Known
from domain.ledger.imports.tradebook_import import Import
from domain.ledger.imports.verdict import Verdict
from domain.shared.ids import AccountId, CashMovementId, ImportId, OrganisationId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

_ADD = insert_rows(import_rows, JudgedData)
_SETTLED_COLUMNS = [name for name in names(SettledData) if name != "id"]
_SETTLE = text(
    f"UPDATE import_rows w SET {', '.join(f'{name} = r.{name}' for name in _SETTLED_COLUMNS)} "
    f"FROM {recordset(import_rows)} WHERE w.organisation_id = :organisation AND w.id = r.id"
)
# the trades are looked up one by one: joined, the planner may begin with all void trades there are
_MARK_UNDONE = text(
    "UPDATE import_rows w SET verdict = 'undone' WHERE w.organisation_id = :organisation AND w.import_id = :import "
    "AND w.verdict = 'imported' AND CASE w.kind "
    "WHEN 'fill' THEN (SELECT t.voided_at IS NOT NULL AND t.source_key IS NULL FROM trades t "
    "WHERE t.organisation_id = w.organisation_id AND t.id = w.record_id) "
    "WHEN 'action' THEN (SELECT a.voided_at IS NOT NULL AND a.source_key IS NULL FROM corporate_actions a "
    "WHERE a.organisation_id = w.organisation_id AND a.id = w.record_id) "
    "WHEN 'cash' THEN (SELECT m.voided_at IS NOT NULL AND m.source_key IS NULL FROM cash_movements m "
    "WHERE m.organisation_id = w.organisation_id AND m.id = w.record_id) "
    # a transfer stays for the file of the other account, if that tells of it too
    "WHEN 'transfer' THEN (SELECT x.out_import_id IS DISTINCT FROM w.import_id "
    "AND x.in_import_id IS DISTINCT FROM w.import_id FROM transfers x "
    "WHERE x.organisation_id = w.organisation_id AND x.id = w.record_id) END"
)
# the rows of one content have the keys `row:<hash>:1`, `row:<hash>:2` and so on
_ORDINALS = text(
    "SELECT h.hash, n.rows FROM unnest(CAST(:hashes AS text[])) AS h(hash) CROSS JOIN LATERAL "
    "(SELECT count(*) AS rows FROM import_rows w WHERE w.organisation_id = :organisation "
    "AND w.file_key >= :import || '|row:' || h.hash || ':' AND w.file_key < :import || '|row:' || h.hash || ';') n "
    "WHERE n.rows > 0"
)
_FIRST_ROWS = text(
    "SELECT w.file_key, w.line, w.part, w.content_hash FROM unnest(CAST(:keys AS text[])) AS k(key) CROSS JOIN LATERAL "
    "(SELECT f.file_key, f.line, f.part, f.content_hash FROM import_rows f WHERE f.organisation_id = :organisation "
    "AND f.file_key = k.key ORDER BY f.line, f.part LIMIT 1) w"
)
_KNOWN = text(
    "SELECT w.account_key, w.record_id, w.import_id, w.content_hash FROM unnest(CAST(:keys AS text[])) AS k(key) "
    "CROSS JOIN LATERAL (SELECT f.account_key, f.record_id, f.import_id, f.content_hash FROM import_rows f "
    "WHERE f.organisation_id = :organisation AND f.account_key = k.key AND f.verdict = 'imported' LIMIT 1) w"
)
# the exported trade itself; what the undoing of an import voided may come in again
_OWN, _OWN_CASH = (
    text(
        f"SELECT t.id, t.import_id FROM {table} t WHERE t.organisation_id = :organisation AND t.id = ANY(:ids) AND "
        "t.account_id = :account AND NOT (t.voided_at IS NOT NULL AND t.import_id IS NOT NULL AND t.source_key IS NULL)"
    )
    for table in ("trades", "cash_movements")
)
_REPEATED = text(
    "SELECT w.file_key, w.duplicate_record_id FROM unnest(CAST(:keys AS text[])) AS k(key) CROSS JOIN LATERAL "
    "(SELECT f.file_key, f.duplicate_record_id FROM import_rows f WHERE f.organisation_id = :organisation "
    "AND f.file_key = k.key AND f.verdict = 'duplicate' LIMIT 1) w"
)
_EXPORTED_FROM = text(
    "SELECT w.entry ->> 'origin_account' FROM import_rows w WHERE w.organisation_id = :organisation "
    "AND w.import_id = :import AND w.entry IS NOT NULL ORDER BY w.line, w.part LIMIT 1"
)
_HELD_UNDER = text(
    "SELECT i.symbol, i.exchange, i.segment, i.currency FROM instruments i WHERE i.organisation_id = :organisation "
    "AND i.symbol = ANY(:symbols) AND EXISTS (SELECT FROM positions p WHERE p.organisation_id = i.organisation_id "
    "AND p.account_id = :account AND p.instrument_id = i.id) ORDER BY i.created_at, i.id"
)
_TOLD_BEFORE = text(
    "SELECT t.id, t.account_id, t.import_id, t.broker_trade_id, t.side, t.quantity, t.price, t.executed_at, i.symbol "
    "FROM unnest(CAST(:ids AS text[])) AS k(id) CROSS JOIN LATERAL (SELECT * FROM trades f "
    "WHERE f.organisation_id = :organisation AND f.broker_trade_id = k.id AND f.voided_at IS NULL LIMIT 100) t "
    "JOIN instruments i ON i.organisation_id = t.organisation_id AND i.id = t.instrument_id"
)


@final
class SqlImportRowStore(ImportRowStore):
    """Rows with their verdicts."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId, ids: IdFactory) -> None:
        self._connection = connection
        self._organisation = organisation_id
        self._ids = ids

    async def add(self, item: Import, rows: Sequence[JudgedRow]) -> None:
        """Store judged rows in one statement."""
        await run(self._connection, _ADD, self._organisation, [judged_data(self._ids.new(), item, row) for row in rows])

    async def next_ready(self, import_id: ImportId, limit: int) -> Sequence[ReadyRow]:
        """Return ready rows in the order in which their entries happened."""
        kind = import_rows.c.kind
        apart = [EntryKind.FILL.value, EntryKind.CASH.value]
        for which in (*(kind == name for name in apart), kind.not_in(apart)):
            rows = await self._ready(import_id, limit, which)
            if rows:
                return rows
        return []

    async def _ready(self, import_id: ImportId, limit: int, which: ColumnElement[bool]) -> Sequence[ReadyRow]:
        table = import_rows.c
        found = await self._connection.execute(
            select(table.id, table.line, table.kind, table.entry.cast(Text), table.account_key)
            .where(
                table.organisation_id == self._organisation,
                table.import_id == import_id,
                table.verdict == Verdict.READY.value,
                which,
            )
            .order_by(table.occurred_at, table.sequence, table.line, table.part)
            .limit(limit)
        )
        return [
            ReadyRow(id_, line, entry_of(EntryKind(kind), entry), source_key_of(key))
            for id_, line, kind, entry, key in found
        ]

    async def settle(self, rows: Sequence[SettledRow]) -> None:
        """Store what became of rows in one statement."""
        settled = [
            SettledData(
                id=row.id,
                verdict=row.verdict.value,
                record_id=row.record_id,
                duplicate_record_id=None if row.known is None else row.known.record_id,
                duplicate_import_id=None if row.known is None else row.known.import_id,
                problem_column=None if row.problem is None else row.problem.column,
                problem_reason=None if row.problem is None else row.problem.reason,
            )
            for row in rows
        ]
        await run(self._connection, _SETTLE, self._organisation, settled)

    async def first_imported_at(self, import_id: ImportId) -> datetime | None:
        """Return when the earliest happened of what was imported."""
        table = import_rows.c
        found = await self._connection.execute(
            select(func.min(table.occurred_at)).where(
                table.organisation_id == self._organisation,
                table.import_id == import_id,
                table.verdict == Verdict.IMPORTED.value,
            )
        )
        earliest: datetime | None = found.scalar_one()
        return earliest

    async def mark_undone(self, import_id: ImportId) -> int:
        """Mark imported rows whose trades are void and have no key any more."""
        marked = await self._connection.execute(_MARK_UNDONE, {"organisation": self._organisation, "import": import_id})
        return marked.rowcount

    async def remove(self, import_id: ImportId) -> None:
        """Forget all rows."""
        await self._connection.execute(
            delete(import_rows).where(
                import_rows.c.organisation_id == self._organisation, import_rows.c.import_id == import_id
            )
        )


@final
class SqlKnownEntries(KnownEntries):
    """Looks entries up by their keys."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def ordinals(self, import_id: ImportId, hashes: Iterable[str]) -> Mapping[str, int]:
        """Count earlier rows of the same content."""
        wanted = list(hashes)
        if not wanted:
            return {}
        found = await self._connection.execute(
            _ORDINALS, {"organisation": self._organisation, "import": str(import_id), "hashes": wanted}
        )
        return {str(digest): int(count) for digest, count in found}

    async def first_rows(self, import_id: ImportId, source_keys: Iterable[str]) -> Mapping[str, FirstRow]:
        """Return the first row of each key."""
        keys = [whole_key(import_id, key) for key in source_keys]
        found = await self._connection.execute(_FIRST_ROWS, {"organisation": self._organisation, "keys": keys})
        return {source_key_of(key): FirstRow(line, part, digest) for key, line, part, digest in found}

    async def recorded(self, account_id: AccountId, source_keys: Iterable[str]) -> Mapping[str, Known]:
        """Return what earlier imports made of the keys: all records with a source key come from imports."""
        keys = [whole_key(account_id, key) for key in source_keys]
        found = await self._connection.execute(_KNOWN, {"organisation": self._organisation, "keys": keys})
        return {
            source_key_of(key): Known(record_id, ImportId(import_id), digest)
            for key, record_id, import_id, digest in found
        }

    async def own(self, account_id: AccountId, trade_ids: Iterable[TradeId]) -> Mapping[TradeId, Known]:
        """Return the account's trades by id."""
        found = await self._connection.execute(
            _OWN, {"organisation": self._organisation, "account": account_id, "ids": list(trade_ids)}
        )
        return {
            TradeId(trade_id): Known(trade_id, None if import_id is None else ImportId(import_id))
            for trade_id, import_id in found
        }

    async def own_cash(
        self, account_id: AccountId, movement_ids: Iterable[CashMovementId]
    ) -> Mapping[CashMovementId, Known]:
        """Return the account's movements by id."""
        found = await self._connection.execute(
            _OWN_CASH, {"organisation": self._organisation, "account": account_id, "ids": list(movement_ids)}
        )
        return {
            CashMovementId(id_): Known(id_, None if import_id is None else ImportId(import_id))
            for id_, import_id in found
        }

    async def repeated(self, import_id: ImportId, source_keys: Iterable[str]) -> Mapping[str, UUID]:
        """Return what the file's duplicate rows repeat."""
        keys = [whole_key(import_id, key) for key in source_keys]
        found = await self._connection.execute(_REPEATED, {"organisation": self._organisation, "keys": keys})
        return {source_key_of(key): record_id for key, record_id in found if record_id is not None}

    async def exported_from(self, import_id: ImportId) -> AccountId | None:
        """Return the account that the file's first entry names."""
        found = await self._connection.execute(
            _EXPORTED_FROM, {"organisation": self._organisation, "import": import_id}
        )
        account_id = found.scalar_one_or_none()
        return None if account_id is None else AccountId(UUID(account_id))

    async def told_before(self, account_id: AccountId, fills: Mapping[str, Fill]) -> Mapping[str, Known]:
        """Return trades that agree in the broker's id, side, quantity, price, time and symbol."""
        ids = list({fill.broker_trade_id for fill in fills.values()})
        found = await self._connection.execute(_TOLD_BEFORE, {"organisation": self._organisation, "ids": ids})
        told: dict[tuple[object, ...], Known] = {
            (row.broker_trade_id, row.side, row.quantity, row.price, row.executed_at, row.symbol): Known(
                row.id, None if row.import_id is None else ImportId(row.import_id)
            )
            for row in found
            if row.account_id == account_id
        }
        matches = {key: told.get(_facts(fill)) for key, fill in fills.items()}
        return {key: match for key, match in matches.items() if match is not None}

    async def held_under(self, account_id: AccountId, symbols: Iterable[str]) -> Sequence[InstrumentKey]:
        """Return instruments by way of the account's positions."""
        found = await self._connection.execute(
            _HELD_UNDER, {"organisation": self._organisation, "account": account_id, "symbols": list(symbols)}
        )
        return [
            InstrumentKey(symbol, exchange, Segment(segment), Currency(code))
            for symbol, exchange, segment, code in found
        ]

    async def listings(self, isins: Iterable[str]) -> Mapping[Holding, InstrumentKey]:
        """Return the oldest instrument of each paper."""
        table = instruments.c
        found = await self._connection.execute(
            select(table.isin, table.segment, table.currency, table.symbol, table.exchange)
            .where(table.organisation_id == self._organisation, table.isin == func.any(list(isins)))
            .order_by(table.created_at.desc(), table.id.desc())
        )
        listings: dict[Holding, InstrumentKey] = {}
        for isin, segment_name, code, symbol, exchange in found:
            segment, currency = Segment(segment_name), Currency(code)
            # the oldest comes last and stays
            listings[Holding(isin, segment, currency)] = InstrumentKey(symbol, exchange, segment, currency)
        return listings


def _facts(fill: Fill) -> tuple[object, ...]:
    return (
        fill.broker_trade_id,
        fill.side.value,
        fill.quantity,
        fill.price,
        fill.executed_at,
        fill.instrument.symbol,
    )
