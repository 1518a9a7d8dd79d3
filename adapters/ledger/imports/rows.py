"""The rows of the imports' tables as structs, member for column, and what they mean in the domain."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import JudgedRow
from domain.ledger.imports.layout import Layout, Place
from domain.ledger.imports.mapping import ColumnMapping, MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import Import, Reading, SourceFile, State
from domain.ledger.imports.verdict import Counts, Verdict
from domain.shared.ids import AccountId, ImportId, OrganisationId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency


class FillData(Struct, frozen=True, omit_defaults=True):
    """A fill inside a row; decimals are texts and lose nothing."""

    symbol: str
    exchange: str
    segment: Segment
    currency: str
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fill_id: str | None = None
    sequence: int | None = None
    isin: str | None = None
    multiplier: Decimal | None = None
    fees: dict[FeeKind, Decimal] | None = None
    settlement_date: date | None = None
    category: Category | None = None
    strategy: str | None = None
    tags: list[str] | None = None
    notes: str | None = None
    broker_trade_id: str | None = None
    broker_order_id: str | None = None


class JudgedData(Struct, frozen=True):
    """A row of `import_rows` as it is first written."""

    id: UUID
    import_id: UUID
    line: int
    verdict: str
    fill: FillData | None
    executed_at: datetime | None
    sequence: int | None
    file_key: str | None
    account_key: str | None
    content_hash: str | None
    problem_column: str | None
    problem_reason: str | None
    duplicate_trade_id: UUID | None
    duplicate_import_id: UUID | None
    duplicate_line: int | None


class SettledData(Struct, frozen=True):
    """What changes in a row of `import_rows` when it is settled."""

    id: UUID
    verdict: str
    trade_id: UUID | None
    duplicate_trade_id: UUID | None
    duplicate_import_id: UUID | None
    problem_column: str | None
    problem_reason: str | None


class ImportData(Struct, frozen=True):
    """A row of `imports`."""

    id: UUID
    account_id: UUID
    state: State
    file_name: str | None
    file_size: int
    file_sha256: str
    layout: Layout | None
    format: str | None
    mapping_id: UUID | None
    mapping: ColumnMapping | None
    place: Place
    counts: dict[Verdict, int]
    failure: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class MappingData(Struct, frozen=True):
    """A row of `import_mappings`."""

    id: UUID
    name: str
    mapping: ColumnMapping
    version: int
    created_at: datetime
    updated_at: datetime


def fill_data(fill: Fill) -> FillData:
    """Return the fill as it is stored."""
    return FillData(
        symbol=fill.instrument.symbol,
        exchange=fill.instrument.exchange,
        segment=fill.instrument.segment,
        currency=fill.instrument.currency.code,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        fill_id=fill.fill_id,
        sequence=fill.sequence,
        isin=fill.isin,
        multiplier=fill.multiplier,
        fees=dict(fill.fees.by_kind) or None,
        settlement_date=fill.settlement_date,
        category=fill.category,
        strategy=fill.strategy,
        tags=list(fill.tags) or None,
        notes=fill.notes,
        broker_trade_id=fill.broker_trade_id,
        broker_order_id=fill.broker_order_id,
    )


def fill_of(stored: object) -> Fill:
    """Return the fill that a row holds."""
    data = msgspec.convert(stored, FillData)
    return Fill(
        instrument=InstrumentKey(data.symbol, data.exchange, data.segment, Currency(data.currency)),
        side=data.side,
        quantity=data.quantity,
        price=data.price,
        executed_at=data.executed_at,
        fill_id=data.fill_id,
        sequence=data.sequence,
        isin=data.isin,
        multiplier=data.multiplier,
        fees=Fees(data.fees or {}),
        settlement_date=data.settlement_date,
        category=data.category,
        strategy=data.strategy,
        tags=tuple(data.tags or ()),
        notes=data.notes,
        broker_trade_id=data.broker_trade_id,
        broker_order_id=data.broker_order_id,
    )


def judged_data(id_: UUID, item: Import, row: JudgedRow) -> JudgedData:
    """Return a judged row as it is stored; rows of one time without a number keep the order of their lines."""
    fill, problem, known = row.fill, row.problem, row.known
    return JudgedData(
        id=id_,
        import_id=item.id,
        line=row.line,
        verdict=row.verdict.value,
        fill=None if fill is None else fill_data(fill),
        executed_at=None if fill is None else fill.executed_at,
        sequence=None if fill is None else row.line if fill.sequence is None else fill.sequence,
        file_key=None if row.source_key is None else whole_key(item.id, row.source_key),
        account_key=None if row.source_key is None else whole_key(item.account_id, row.source_key),
        content_hash=row.content_hash,
        problem_column=None if problem is None else problem.column,
        problem_reason=None if problem is None else problem.reason,
        duplicate_trade_id=None if known is None else known.trade_id,
        duplicate_import_id=None if known is None else known.import_id,
        duplicate_line=row.first_line,
    )


def whole_key(owner: UUID, source_key: str) -> str:
    """Return the one text under which a row is found for its file or for its account."""
    return f"{owner}|{source_key}"


def source_key_of(key: str) -> str:
    """Return the source key within a whole key."""
    return key.partition("|")[2]


def import_data(item: Import) -> ImportData:
    """Return the import as it is stored."""
    reading = item.reading
    return ImportData(
        id=item.id,
        account_id=item.account_id,
        state=item.state,
        file_name=item.file.name,
        file_size=item.file.size,
        file_sha256=item.file.sha256,
        layout=item.layout,
        format=None if reading is None else reading.format,
        mapping_id=None if reading is None else reading.mapping_id,
        mapping=None if reading is None else reading.mapping,
        place=item.place,
        counts=dict(item.counts.by_verdict),
        failure=item.failure,
        version=item.version,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def import_of(row: ImportData, organisation_id: OrganisationId) -> Import:
    """Return the import that a row holds."""
    reading = None
    if row.format is not None and row.layout is not None:
        mapping_id = None if row.mapping_id is None else MappingId(row.mapping_id)
        reading = Reading(row.format, row.layout, row.mapping, mapping_id)
    return Import(
        id=ImportId(row.id),
        organisation_id=organisation_id,
        account_id=AccountId(row.account_id),
        file=SourceFile(row.file_name, row.file_size, row.file_sha256),
        layout=row.layout,
        state=row.state,
        reading=reading,
        place=row.place,
        counts=Counts(row.counts),
        failure=row.failure,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def mapping_data(saved: SavedMapping) -> MappingData:
    """Return the mapping as it is stored."""
    return MappingData(
        id=saved.id,
        name=saved.name,
        mapping=saved.mapping,
        version=saved.version,
        created_at=saved.created_at,
        updated_at=saved.updated_at,
    )


def mapping_of(row: MappingData, organisation_id: OrganisationId) -> SavedMapping:
    """Return the mapping that a row holds."""
    return SavedMapping(
        id=MappingId(row.id),
        organisation_id=organisation_id,
        name=row.name,
        mapping=row.mapping,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
