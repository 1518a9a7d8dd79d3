"""The routes of imports and of saved column mappings."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import State as RequestState
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.ledger.imports.commit_import import CommitImport, CommitImportCommand
from application.ledger.imports.create_import_mapping import CreateImportMapping, CreateImportMappingCommand
from application.ledger.imports.delete_import_mapping import DeleteImportMapping, DeleteImportMappingCommand
from application.ledger.imports.discard_import import DiscardImport, DiscardImportCommand
from application.ledger.imports.map_import import MapImport
from application.ledger.imports.queries import ImportQueries
from application.ledger.imports.receive_import import ReceiveImport, ReceiveImportCommand
from application.ledger.imports.replace_import_mapping import ReplaceImportMapping, ReplaceImportMappingCommand
from application.ledger.imports.undo_import import UndoImport, UndoImportCommand
from application.shared.pages import PageRequest
from domain.ledger.imports.mapping import MappingId
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Actor
from domain.shared.ids import AccountId, ImportId
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, success, versioned
from entrypoints.http.etags import etag, provide_expected_version
from entrypoints.http.ledger.imports_mapping_schemas import MappingBody, SaveMappingRequest, mapping_body
from entrypoints.http.ledger.imports_schemas import (
    ImportBody,
    ImportRowBody,
    MapImportRequest,
    import_body,
    import_row_body,
)
from entrypoints.http.ledger.imports_upload import PART, received
from entrypoints.http.problem import errors
from entrypoints.http.rate_limits import HEAVY
from entrypoints.http.types import LINE_PATTERN

_EXAMPLE: Final = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time\n"
    "INFY,INE009A01021,2026-01-30,NSE,EQ,EQ,buy,false,10,1500.50,2400871234,1100000012345678,2026-01-30T09:15:00\n"
)
_FILE: Final = {"type": "string", "format": "binary", "contentMediaType": "text/csv"}
_BODIES: Final = {
    # any bytes are a file: what cannot be read becomes a failed import
    "text/csv": {"schema": {"contentMediaType": "text/csv"}, "example": _EXAMPLE},
    "application/octet-stream": {"schema": {"contentMediaType": "application/octet-stream"}, "example": _EXAMPLE},
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {PART: _FILE},
            "required": [PART],
            "additionalProperties": False,
        },
        "example": {PART: _EXAMPLE},
    },
}


IfMatch: TypeAlias = Annotated[
    Annotated[str, Meta(pattern=r'^"[1-9][0-9]{0,17}"$', examples=['"1"'])] | None,
    HeaderParameter(name="If-Match", description="The ETag of the import as you saw it: 412 if it has changed since."),
]


class ImportFormat(StrEnum):
    """The formats that can be asked for."""

    TAPEDECK = "tapedeck"
    TAPEDECK_CASH = "tapedeck_cash"
    ZERODHA = "zerodha"
    GENERIC_CSV = "generic_csv"
    IB_ACTIVITY = "ib_activity"
    IB_FLEX = "ib_flex"
    TRADING_212 = "trading_212"
    SCHWAB = "schwab"
    SCHWAB_AWARDS = "schwab_awards"
    VANGUARD = "vanguard"
    FREETRADE = "freetrade"
    SHARESIGHT = "sharesight"
    MORGAN_STANLEY = "morgan_stanley"
    HARGREAVES_LANSDOWN = "hargreaves_lansdown"
    COINBASE = "coinbase"
    KRAKEN_LEDGERS = "kraken_ledgers"
    KRAKEN_TRADES = "kraken_trades"
    RAW_CSV = "raw_csv"


@post(
    "/imports",
    tags=["imports"],
    status_code=202,
    response_headers=CREATED,
    responses=errors(404, 409),
    opt={**HEAVY, "stream_body": True, "request_body": _BODIES},
    request_max_body_size=None,
)
async def upload_import(
    *,
    request: Request[object, object, RequestState],
    actor: NamedDependency[Actor],
    receive_import: NamedDependency[ReceiveImport],
    import_queries: NamedDependency[ImportQueries],
    account_id: Annotated[UUID, QueryParameter(name="accountId", description="The account that the file is of.")],
    file_format: Annotated[
        ImportFormat | None, QueryParameter(name="format", description="Only if the content does not tell.")
    ] = None,
    mapping_id: Annotated[
        UUID | None, QueryParameter(name="mappingId", description="The saved mapping to read a generic file with.")
    ] = None,
    file_name: Annotated[
        Annotated[str, Meta(min_length=1, max_length=255, pattern=LINE_PATTERN, examples=["tradebook.csv"])] | None,
        QueryParameter(name="fileName", description="What to call the file."),
    ] = None,
) -> Response[Success[ImportBody]]:
    """Upload a broker's file.

    Up to 50 MB of delimited text, XML, JSON or an Excel workbook, as the body itself or as the part `file` of a form.
    Its format is recognised from its content: the exports and statements of the brokers that `format` lists need
    nothing else, any other table a saved mapping whose columns it has. A workbook is read as the text that its visible
    sheets would be as CSV. The rows are then read in the background: look at them, and commit.
    """
    async with received(request) as upload:
        import_id = await receive_import(
            actor,
            ReceiveImportCommand(
                account_id=AccountId(account_id),
                upload=upload,
                file_name=file_name or upload.name,
                format=None if file_format is None else file_format.value,
                mapping_id=None if mapping_id is None else MappingId(mapping_id),
            ),
        )
    view = await import_queries.one(actor, import_id)
    headers = {"Location": f"/api/v1/imports/{view.id}", "ETag": etag(view.version)}
    return Response(success(import_body(view)), status_code=202, headers=headers)


@get("/imports", tags=["imports"])
async def list_imports(
    actor: NamedDependency[Actor],
    page: NamedDependency[PageRequest],
    import_queries: NamedDependency[ImportQueries],
    account_id: Annotated[UUID | None, QueryParameter(name="accountId", description="Only of this account.")] = None,
) -> Success[list[ImportBody]]:
    """List imports, the newest first."""
    account = None if account_id is None else AccountId(account_id)
    return paged(await import_queries.imports(actor, account, page), import_body)


@get("/imports/{import_id:uuid}", tags=["imports"], response_headers=VERSIONED)
async def read_import(
    import_id: FromPath[UUID], actor: NamedDependency[Actor], import_queries: NamedDependency[ImportQueries]
) -> Response[Success[ImportBody]]:
    """Read an import: its state, its progress, how many rows have which verdict."""
    return await _answer(import_queries, actor, import_id)


@get("/imports/{import_id:uuid}/rows", tags=["imports"])
async def list_import_rows(
    import_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    page: NamedDependency[PageRequest],
    import_queries: NamedDependency[ImportQueries],
    verdict: Annotated[Verdict | None, QueryParameter(description="Only rows with this verdict.")] = None,
) -> Success[list[ImportRowBody]]:
    """List the rows of an import with their verdicts, in the order of the file."""
    return paged(await import_queries.rows(actor, ImportId(import_id), verdict, page), import_row_body)


@put(
    "/imports/{import_id:uuid}/mapping",
    tags=["imports"],
    status_code=202,
    response_headers=VERSIONED,
)
async def map_an_import(
    *,
    import_id: FromPath[UUID],
    data: JSONBody[MapImportRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    map_import: NamedDependency[MapImport],
    import_queries: NamedDependency[ImportQueries],
) -> Response[Success[ImportBody]]:
    """Say which saved mapping reads the file, until the import is committed.

    The rows are read anew in the background. The import keeps its own copy of the mapping.
    """
    await map_import(actor, data.to_command(import_id, expected_version))
    return await _answer(import_queries, actor, import_id, status=202)


@post("/imports/{import_id:uuid}/commit", tags=["imports"], status_code=202, response_headers=VERSIONED)
async def commit_an_import(
    import_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    commit_import: NamedDependency[CommitImport],
    import_queries: NamedDependency[ImportQueries],
    if_match: IfMatch = None,
) -> Response[Success[ImportBody]]:
    """Record the rows that are ready: trades, movements of cash, corporate actions, transfers.

    This happens in the background, in the order of execution; `counts` shows how far it is.
    """
    await commit_import(actor, CommitImportCommand(ImportId(import_id), await _expected(if_match)))
    return await _answer(import_queries, actor, import_id, status=202)


@post("/imports/{import_id:uuid}/undo", tags=["imports"], status_code=202, response_headers=VERSIONED)
async def undo_an_import(
    import_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    undo_import: NamedDependency[UndoImport],
    import_queries: NamedDependency[ImportQueries],
    if_match: IfMatch = None,
) -> Response[Success[ImportBody]]:
    """Void all that an import recorded.

    This happens in the background. Afterwards the same file can be imported again; trades that you voided yourself
    stay void and known.
    """
    await undo_import(actor, UndoImportCommand(ImportId(import_id), await _expected(if_match)))
    return await _answer(import_queries, actor, import_id, status=202)


@post("/imports/{import_id:uuid}/discard", tags=["imports"], status_code=200, response_headers=VERSIONED)
async def discard_an_import(
    import_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    discard_import: NamedDependency[DiscardImport],
    import_queries: NamedDependency[ImportQueries],
    if_match: IfMatch = None,
) -> Response[Success[ImportBody]]:
    """Drop an import that was not committed: its file and its rows go, its record stays."""
    await discard_import(actor, DiscardImportCommand(ImportId(import_id), await _expected(if_match)))
    return await _answer(import_queries, actor, import_id)


@post("/import-mappings", tags=["imports"], status_code=201, response_headers=CREATED)
async def save_import_mapping(
    data: JSONBody[SaveMappingRequest],
    actor: NamedDependency[Actor],
    create_import_mapping: NamedDependency[CreateImportMapping],
) -> Response[Success[MappingBody]]:
    """Save a column mapping.

    Files that have all of its columns are recognised from then on.
    """
    saved = await create_import_mapping(actor, CreateImportMappingCommand(data.name, data.to_mapping()))
    return created(mapping_body(saved), f"/import-mappings/{saved.id}", saved.version)


@get("/import-mappings", tags=["imports"])
async def list_import_mappings(
    actor: NamedDependency[Actor], page: NamedDependency[PageRequest], import_queries: NamedDependency[ImportQueries]
) -> Success[list[MappingBody]]:
    """List your saved column mappings, the oldest first."""
    return paged(await import_queries.mappings(actor, page), mapping_body)


@get("/import-mappings/{mapping_id:uuid}", tags=["imports"], response_headers=VERSIONED)
async def read_import_mapping(
    mapping_id: FromPath[UUID], actor: NamedDependency[Actor], import_queries: NamedDependency[ImportQueries]
) -> Response[Success[MappingBody]]:
    """Read a saved column mapping."""
    saved = await import_queries.mapping(actor, MappingId(mapping_id))
    return versioned(mapping_body(saved), saved.version)


@put("/import-mappings/{mapping_id:uuid}", tags=["imports"], status_code=200, response_headers=VERSIONED)
async def change_import_mapping(
    mapping_id: FromPath[UUID],
    data: JSONBody[SaveMappingRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    replace_import_mapping: NamedDependency[ReplaceImportMapping],
) -> Response[Success[MappingBody]]:
    """Replace a saved column mapping.

    Imports that were read with it keep their copy.
    """
    saved = await replace_import_mapping(
        actor, ReplaceImportMappingCommand(MappingId(mapping_id), expected_version, data.name, data.to_mapping())
    )
    return versioned(mapping_body(saved), saved.version)


@delete("/import-mappings/{mapping_id:uuid}", tags=["imports"], status_code=204)
async def forget_import_mapping(
    mapping_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    delete_import_mapping: NamedDependency[DeleteImportMapping],
) -> None:
    """Delete a saved column mapping.

    Imports that were read with it keep their copy.
    """
    await delete_import_mapping(actor, DeleteImportMappingCommand(MappingId(mapping_id), expected_version))


async def _expected(if_match: str | None) -> int | None:
    """Return the version the caller saw; none is named by an empty header or by `*`."""
    return None if if_match is None or if_match.strip() in {"", "*"} else await provide_expected_version(if_match)


async def _answer(
    queries: ImportQueries, actor: Actor, import_id: UUID, *, status: int = 200
) -> Response[Success[ImportBody]]:
    view = await queries.one(actor, ImportId(import_id))
    return Response(success(import_body(view)), status_code=status, headers={"ETag": etag(view.version)})


ROUTES: Sequence[ControllerRouterHandler] = [
    upload_import,
    list_imports,
    read_import,
    list_import_rows,
    map_an_import,
    commit_an_import,
    undo_an_import,
    discard_an_import,
    save_import_mapping,
    list_import_mappings,
    read_import_mapping,
    change_import_mapping,
    forget_import_mapping,
]
