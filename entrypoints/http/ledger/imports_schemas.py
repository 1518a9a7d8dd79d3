"""What goes over the wire for imports."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.imports.map_import import MapImportCommand
from application.ledger.imports.queries import ImportRowView, ImportView
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, CashEntry, Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.identity import described
from domain.ledger.imports.layout import Encoding, Layout, Shape
from domain.ledger.imports.mapping import MappingId
from domain.ledger.imports.tradebook_import import State
from domain.ledger.imports.verdict import Verdict
from domain.shared.ids import ImportId
from domain.shared.instrument import Segment
from entrypoints.http.types import AmountText, CurrencyText, Instant, decimal_text

Count: TypeAlias = Annotated[int, Meta(ge=0, examples=[0])]
Version: TypeAlias = Annotated[int, Meta(ge=1, examples=[1])]


class MapImportRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """How the file is to be read."""

    mapping_id: UUID

    def to_command(self, import_id: UUID, expected_version: int) -> MapImportCommand:
        """Return the command."""
        return MapImportCommand(
            import_id=ImportId(import_id), expected_version=expected_version, mapping_id=MappingId(self.mapping_id)
        )


class FileBody(Struct, rename="camel", kw_only=True):
    """The file as it came."""

    name: Annotated[str, Meta(examples=["tradebook-EQ.csv"])] | None
    size: Annotated[int, Meta(ge=0, description="In bytes.", examples=[2048])]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", examples=["0" * 64])]


class LayoutBody(Struct, rename="camel", kw_only=True):
    """How the file is laid out."""

    shape: Annotated[
        Shape, Meta(description="A table, several below one another (`sections`), or a tree.", examples=["table"])
    ]
    encoding: Annotated[
        Encoding, Meta(description="By its byte-order mark, else UTF-8 if all of it is, else Windows-1252.")
    ]
    delimiter: Annotated[str, Meta(examples=[","])]
    columns: Annotated[list[str], Meta(description="The header's names as written.", examples=[["symbol", "price"]])]
    header_line: Annotated[int, Meta(ge=1, description="What stands above it is skipped.", examples=[1])]


class ImportBody(Struct, rename="camel", kw_only=True):
    """An import as it stands."""

    id: UUID
    account_id: UUID
    state: Annotated[
        State,
        Meta(
            description="`received`, `parsing`: the file is being read. `needs_mapping`: give it a column mapping. "
            "`previewed`: look at the rows, then commit. `committing`, `undoing`: at work. `committed`, `undone`, "
            "`discarded`: settled. `failed`: see `failure`; another mapping may help.",
            examples=["previewed"],
        ),
    ]
    format: Annotated[str, Meta(description="The format that was recognised.", examples=["zerodha"])] | None
    mapping_id: Annotated[UUID | None, Meta(description="The mapping a generic file is read with.")]
    file: FileBody
    layout: LayoutBody | None
    counts: Annotated[
        dict[Verdict, Count], Meta(description="How many rows have each verdict.", examples=[{"ready": 12, "bad": 1}])
    ]
    bytes_read: Annotated[int, Meta(ge=0, description="How much has been read, of `bytesToRead`.", examples=[2048])]
    bytes_to_read: Annotated[
        int, Meta(ge=0, description="The size of the file, or of a workbook's text.", examples=[2048])
    ]
    failure: Annotated[str, Meta(description="Why it failed.", examples=["The file is a PDF."])] | None
    job_id: Annotated[
        UUID | None,
        Meta(description="The latest work in the background: how far it is, and how to stop it, is at `/jobs`."),
    ]
    version: Version
    created_at: Instant
    updated_at: Instant


class FillBody(Struct, rename="camel", kw_only=True):
    """What a row says."""

    symbol: Annotated[str, Meta(examples=["INFY"])]
    exchange: Annotated[str, Meta(examples=["NSE"])]
    segment: Segment
    currency: CurrencyText
    side: Side
    quantity: AmountText
    price: AmountText
    fees: Annotated[AmountText, Meta(description="In total.", examples=["0"])]
    executed_at: Instant
    broker_trade_id: Annotated[str, Meta(examples=["2400871234"])] | None
    broker_order_id: Annotated[str, Meta(examples=["1100000012345678"])] | None


class CashBody(Struct, rename="camel", kw_only=True):
    """A movement of cash that a row says."""

    kind: Annotated[CashKind, Meta(examples=["dividend"])]
    amount: Annotated[AmountText, Meta(description="Gross.", examples=["20"])]
    currency: CurrencyText
    tax: Annotated[AmountText, Meta(description="What was withheld of it.", examples=["3"])]
    symbol: Annotated[str, Meta(examples=["VT"])] | None
    received_amount: Annotated[AmountText, Meta(description="What a conversion brought.", examples=["18.2"])] | None
    received_currency: CurrencyText | None
    occurred_at: Instant
    notes: Annotated[str, Meta(examples=["VT Cash Dividend"])] | None


class ActionBody(Struct, rename="camel", kw_only=True):
    """A corporate action that a row says."""

    action: Annotated[str, Meta(description="Its kind and its terms.", examples=["split 4 for 1"])]
    symbol: Annotated[str, Meta(examples=["INFY"])]
    into: Annotated[str, Meta(description="The symbol of what comes of it.", examples=["META"])] | None
    effective_at: Instant
    notes: Annotated[str, Meta(examples=["INFY SPLIT 4 FOR 1"])] | None


class TransferBody(Struct, rename="camel", kw_only=True):
    """Securities that moved between two accounts, as a row says."""

    symbol: Annotated[str, Meta(examples=["INFY"])]
    direction: Annotated[Direction, Meta(examples=["in"])]
    quantity: AmountText
    counterparty: Annotated[str, Meta(description="The other account as the file names it.", examples=["U1234567"])]
    transferred_at: Instant


class RowProblemBody(Struct, rename="camel", kw_only=True):
    """What stands against a row."""

    column: Annotated[str, Meta(description="The column at fault, if one is.", examples=["trade_type"])] | None
    reason: Annotated[str, Meta(examples=["trade_type is neither buy nor sell; got 'transfer'."])]


class DuplicateBody(Struct, rename="camel", kw_only=True):
    """What a row repeats: a record of the account, or an earlier line of the file."""

    record_id: UUID | None
    trade_id: Annotated[UUID | None, Meta(description="The record, if it is a trade.")]
    import_id: UUID | None
    line: Annotated[int, Meta(ge=1, examples=[2])] | None


class ImportRowBody(Struct, rename="camel", kw_only=True):
    """A row with its verdict."""

    line: Annotated[int, Meta(ge=1, description="The line of the file on which the row begins.", examples=[2])]
    part: Annotated[int, Meta(ge=1, description="One line can make several entries.", examples=[1])]
    verdict: Annotated[
        Verdict,
        Meta(
            description="`ready`: is recorded by the commit. `duplicate`, `duplicate_in_file`: is known. `conflict`: "
            "an entry with this id is known with other content. `bad`, `ignored`: see `problem`. `imported`: is "
            "recorded. `undone`: that record was voided.",
            examples=["ready"],
        ),
    ]
    fill: FillBody | None
    cash: CashBody | None
    corporate_action: ActionBody | None
    transfer: TransferBody | None
    problem: RowProblemBody | None
    record_id: Annotated[UUID | None, Meta(description="What was recorded: a trade, a cash movement and so on.")]
    trade_id: Annotated[UUID | None, Meta(description="The record, if it is a trade.")]
    duplicate_of: DuplicateBody | None


def import_body(view: ImportView) -> ImportBody:
    """Render an import."""
    return ImportBody(
        id=view.id,
        account_id=view.account_id,
        state=view.state,
        format=view.format,
        mapping_id=view.mapping_id,
        file=FileBody(name=view.file.name, size=view.file.size, sha256=view.file.sha256),
        layout=None if view.layout is None else _layout_body(view.layout),
        counts={verdict: view.counts.get(verdict, 0) for verdict in Verdict},
        bytes_read=view.bytes_read,
        bytes_to_read=view.content_size,
        failure=view.failure,
        job_id=view.job_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def import_row_body(view: ImportRowView) -> ImportRowBody:
    """Render a row."""
    entry = view.entry
    is_fill = isinstance(entry, Fill)
    is_duplicate = view.duplicate_record_id is not None or view.duplicate_line is not None
    return ImportRowBody(
        line=view.line,
        part=view.part,
        verdict=view.verdict,
        fill=_fill_body(entry) if isinstance(entry, Fill) else None,
        cash=_cash_body(entry) if isinstance(entry, CashEntry) else None,
        corporate_action=_action_body(entry) if isinstance(entry, ActionEntry) else None,
        transfer=_transfer_body(entry) if isinstance(entry, TransferEntry) else None,
        problem=None
        if view.problem is None
        else RowProblemBody(column=view.problem.column, reason=view.problem.reason),
        record_id=view.record_id,
        trade_id=view.record_id if is_fill else None,
        duplicate_of=DuplicateBody(
            record_id=view.duplicate_record_id,
            trade_id=view.duplicate_record_id if is_fill else None,
            import_id=view.duplicate_import_id,
            line=view.duplicate_line,
        )
        if is_duplicate
        else None,
    )


def _layout_body(layout: Layout) -> LayoutBody:
    return LayoutBody(
        shape=layout.shape,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        columns=list(layout.columns),
        header_line=layout.header_line,
    )


def _fill_body(fill: Fill) -> FillBody:
    return FillBody(
        symbol=fill.instrument.symbol,
        exchange=fill.instrument.exchange,
        segment=fill.instrument.segment,
        currency=fill.instrument.currency.code,
        side=fill.side,
        quantity=decimal_text(fill.quantity),
        price=decimal_text(fill.price),
        fees=decimal_text(fill.fees.total),
        executed_at=fill.executed_at,
        broker_trade_id=fill.broker_trade_id,
        broker_order_id=fill.broker_order_id,
    )


def _cash_body(entry: CashEntry) -> CashBody:
    return CashBody(
        kind=entry.kind,
        amount=decimal_text(entry.amount),
        currency=entry.currency.code,
        tax=decimal_text(entry.tax),
        symbol=None if entry.instrument is None else entry.instrument.symbol,
        received_amount=None if entry.received is None else decimal_text(entry.received.amount),
        received_currency=None if entry.received is None else entry.received.currency.code,
        occurred_at=entry.occurred_at,
        notes=entry.notes,
    )


def _action_body(entry: ActionEntry) -> ActionBody:
    return ActionBody(
        action=described(entry.terms),
        symbol=entry.instrument.symbol,
        into=None if entry.into is None else entry.into.symbol,
        effective_at=entry.effective_at,
        notes=entry.notes,
    )


def _transfer_body(entry: TransferEntry) -> TransferBody:
    return TransferBody(
        symbol=entry.instrument.symbol,
        direction=entry.direction,
        quantity=decimal_text(entry.quantity),
        counterparty=entry.counterparty,
        transferred_at=entry.transferred_at,
    )
