"""The rows of imports on PostgreSQL, and what an account and a file already hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import final
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import insert_rows, names, recordset, run
from adapters.ledger.imports.rows import JudgedData, SettledData, fill_of, judged_data
from adapters.ledger.imports.tables import import_rows
from adapters.ledger.tables import instruments, trades
from application.ledger.imports.ports import ImportRowStore, KnownFills, ReadyRow, SettledRow
from domain.ledger.imports.fill import Fill, Holding
from domain.ledger.imports.judging import FirstRow, JudgedRow, Known
from domain.ledger.imports.tradebook_import import Import
from domain.ledger.imports.verdict import Verdict
from domain.shared.ids import AccountId, ImportId, OrganisationId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

_ADD = insert_rows(import_rows, JudgedData)
_SETTLED_COLUMNS = [name for name in names(SettledData) if name != "line"]
_SETTLE = text(
    f"UPDATE import_rows w SET {', '.join(f'{name} = r.{name}' for name in _SETTLED_COLUMNS)} "  # noqa: S608 - own names
    f"FROM {recordset(import_rows)} "
    "WHERE w.organisation_id = :organisation AND w.import_id = :import AND w.line = r.line"
)
# the rows of one content have the keys `row:<hash>:1`, `row:<hash>:2` and so on
_ORDINALS = text(
    "SELECT h.hash, count(*) FROM unnest(CAST(:hashes AS text[])) AS h(hash) JOIN import_rows w "
    "ON w.organisation_id = :organisation AND w.import_id = :import "
    "AND w.source_key >= 'row:' || h.hash || ':' AND w.source_key < 'row:' || h.hash || ';' GROUP BY h.hash"
)

_FIRST_ROWS = text(
    "SELECT DISTINCT ON (source_key) source_key, line, content_hash FROM import_rows "
    "WHERE organisation_id = :organisation AND import_id = :import AND source_key = ANY(CAST(:keys AS text[])) "
    "ORDER BY source_key, line"
)


@final
class SqlImportRowStore(ImportRowStore):
    """Rows with their verdicts."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, item: Import, rows: Sequence[JudgedRow]) -> None:
        """Store judged rows in one statement."""
        await run(self._connection, _ADD, self._organisation, [judged_data(item.id, row) for row in rows])

    async def next_ready(self, import_id: ImportId, limit: int) -> Sequence[ReadyRow]:
        """Return ready rows in the order of execution."""
        table = import_rows.c
        found = await self._connection.execute(
            select(table.line, table.fill, table.source_key)
            .where(
                table.organisation_id == self._organisation,
                table.import_id == import_id,
                table.verdict == Verdict.READY.value,
            )
            .order_by(table.executed_at, table.sequence, table.line)
            .limit(limit)
        )
        return [ReadyRow(line, fill_of(fill), source_key) for line, fill, source_key in found]

    async def settle(self, import_id: ImportId, rows: Sequence[SettledRow]) -> None:
        """Store what became of rows in one statement."""
        settled = [
            SettledData(
                line=row.line,
                verdict=row.verdict.value,
                trade_id=row.trade_id,
                duplicate_trade_id=None if row.known is None else row.known.trade_id,
                duplicate_import_id=None if row.known is None else row.known.import_id,
                problem_column=None if row.problem is None else row.problem.column,
                problem_reason=None if row.problem is None else row.problem.reason,
            )
            for row in rows
        ]
        await run(self._connection, _SETTLE.bindparams(**{"import": import_id}), self._organisation, settled)

    async def mark_undone(self, import_id: ImportId) -> int:
        """Mark imported rows whose trades are void and have no key any more."""
        marked = await self._connection.execute(
            update(import_rows)
            .where(
                import_rows.c.organisation_id == self._organisation,
                import_rows.c.import_id == import_id,
                import_rows.c.verdict == Verdict.IMPORTED.value,
                trades.c.organisation_id == self._organisation,
                trades.c.id == import_rows.c.trade_id,
                trades.c.voided_at.is_not(None),
                trades.c.source_key.is_(None),
            )
            .values(verdict=Verdict.UNDONE.value)
        )
        return marked.rowcount

    async def remove(self, import_id: ImportId) -> None:
        """Forget all rows."""
        await self._connection.execute(
            delete(import_rows).where(
                import_rows.c.organisation_id == self._organisation, import_rows.c.import_id == import_id
            )
        )


@final
class SqlKnownFills(KnownFills):
    """Looks fills up by their keys."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def ordinals(self, import_id: ImportId, hashes: Iterable[str]) -> Mapping[str, int]:
        """Count earlier rows of the same content."""
        wanted = list(hashes)
        if not wanted:
            return {}
        found = await self._connection.execute(
            _ORDINALS, {"organisation": self._organisation, "import": import_id, "hashes": wanted}
        )
        return {str(digest): int(count) for digest, count in found}

    async def first_rows(self, import_id: ImportId, source_keys: Iterable[str]) -> Mapping[str, FirstRow]:
        """Return the first row of each key."""
        found = await self._connection.execute(
            _FIRST_ROWS, {"organisation": self._organisation, "import": import_id, "keys": list(source_keys)}
        )
        return {key: FirstRow(line, digest) for key, line, digest in found}

    async def known(self, account_id: AccountId, source_keys: Iterable[str]) -> Mapping[str, Known]:
        """Return trades by key, with the content that their import saw."""
        table, rows = trades.c, import_rows.c
        found = await self._connection.execute(
            select(table.source_key, table.id, table.import_id, rows.content_hash)
            .select_from(
                trades.outerjoin(
                    import_rows,
                    (rows.organisation_id == table.organisation_id)
                    & (rows.import_id == table.import_id)
                    & (rows.source_key == table.source_key)
                    & (rows.trade_id == table.id),
                )
            )
            .where(
                table.organisation_id == self._organisation,
                table.account_id == account_id,
                table.source_key == func.any(list(source_keys)),
            )
        )
        return {key: Known(TradeId(trade_id), _import(import_id), digest) for key, trade_id, import_id, digest in found}

    async def told_before(self, account_id: AccountId, fills: Mapping[str, Fill]) -> Mapping[str, Known]:
        """Return trades that agree in the broker's id, side, quantity, price, time and instrument."""
        table = trades.c
        found = await self._connection.execute(
            select(trades, instruments.c.symbol)
            .select_from(
                trades.join(
                    instruments,
                    (instruments.c.organisation_id == table.organisation_id)
                    & (instruments.c.id == table.instrument_id),
                )
            )
            .where(
                table.organisation_id == self._organisation,
                table.account_id == account_id,
                table.broker_trade_id == func.any([fill.broker_trade_id for fill in fills.values()]),
                table.voided_at.is_(None),
            )
        )
        told: dict[tuple[object, ...], Known] = {}
        for row in found:
            told[row.broker_trade_id, row.side, row.quantity, row.price, row.executed_at, row.symbol] = Known(
                TradeId(row.id), _import(row.import_id)
            )
        matches = {key: told.get(_facts(fill)) for key, fill in fills.items()}
        return {key: match for key, match in matches.items() if match is not None}

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


def _import(import_id: UUID | None) -> ImportId | None:
    return None if import_id is None else ImportId(import_id)
