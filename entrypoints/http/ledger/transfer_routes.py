"""The routes of transfers of securities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.queries import TransferQueries
from application.ledger.record_transfer import RecordTransfer
from application.ledger.void_transfer import VoidTransfer, VoidTransferCommand
from application.ledger.wanted import TransferFilter
from application.shared.pages import PageRequest
from domain.shared.access import Actor
from domain.shared.ids import TransferId
from domain.shared.moment import Moment
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, versioned
from entrypoints.http.ledger.position_routes import OfAccount, OfInstrument, account_wanted, instrument_wanted
from entrypoints.http.ledger.transfer_schemas import (
    RecordTransferRequest,
    TransferBody,
    TransferOutcomeBody,
    VoidTransferRequest,
    outcome_body,
    transfer_body,
)
from entrypoints.http.problem import errors


@post("/transfers", tags=["transfers"], status_code=201, response_headers=CREATED, responses=errors(404, 409))
async def record_a_transfer(
    data: JSONBody[RecordTransferRequest],
    actor: NamedDependency[Actor],
    record_transfer: NamedDependency[RecordTransfer],
) -> Response[Success[TransferOutcomeBody]]:
    """Record a transfer of securities from one of your accounts to another.

    Lots go over with their dates of acquisition, costs and fees, and nothing is realised. What happened after it is
    counted anew in both accounts, however late it is entered, and the answer tells which positions changed. Where the
    giving account holds less, what it holds goes; a short position neither gives nor receives.
    """
    outcome = await record_transfer(actor, data.to_details())
    return created(outcome_body(outcome), f"/transfers/{outcome.transfer.id}", outcome.transfer.version)


async def provide_transfers_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    include_voided: Annotated[bool, QueryParameter(name="includeVoided", description="Void ones too.")] = False,
) -> TransferFilter:
    """Return which transfers are wanted."""
    return TransferFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        include_voided=include_voided,
    )


@get("/transfers", tags=["transfers"], dependencies={"wanted": Provide(provide_transfers_wanted)})
async def list_transfers(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[TransferFilter],
    page: NamedDependency[PageRequest],
    transfer_queries: NamedDependency[TransferQueries],
) -> Success[list[TransferBody]]:
    """List transfers, the latest first; those of an account are those it gave and those it received."""
    return paged(await transfer_queries.at(moment).transfers(actor, wanted, page), transfer_body)


@get("/transfers/{transfer_id:uuid}", tags=["transfers"], response_headers=VERSIONED)
async def read_transfer(
    transfer_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    transfer_queries: NamedDependency[TransferQueries],
) -> Response[Success[TransferBody]]:
    """Read a transfer, void or not."""
    view = await transfer_queries.at(moment).transfer(actor, TransferId(transfer_id))
    return versioned(transfer_body(view), view.version)


@post(
    "/transfers/{transfer_id:uuid}/void",
    tags=["transfers"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def void_a_transfer(
    transfer_id: FromPath[UUID],
    data: JSONBody[VoidTransferRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    void_transfer: NamedDependency[VoidTransfer],
) -> Response[Success[TransferOutcomeBody]]:
    """Void a transfer.

    Everything is counted as if it had never been; it stays on record. To correct one, void it and record it anew.
    """
    command = VoidTransferCommand(TransferId(transfer_id), expected_version, data.reason)
    outcome = await void_transfer(actor, command)
    return versioned(outcome_body(outcome), outcome.transfer.version)


ROUTES: Sequence[ControllerRouterHandler] = [
    record_a_transfer,
    list_transfers,
    read_transfer,
    void_a_transfer,
]
