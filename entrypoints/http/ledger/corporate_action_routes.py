"""The routes of corporate actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.queries import CorporateActionQueries
from application.ledger.record_corporate_action import RecordCorporateAction
from application.ledger.void_corporate_action import VoidCorporateAction, VoidCorporateActionCommand
from application.ledger.wanted import ActionFilter
from application.shared.pages import PageRequest
from domain.ledger.action_terms import ActionKind
from domain.shared.access import Actor
from domain.shared.ids import CorporateActionId
from domain.shared.moment import Moment
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, versioned
from entrypoints.http.ledger.corporate_action_schemas import (
    ActionOutcomeBody,
    CorporateActionBody,
    RecordCorporateActionRequest,
    VoidCorporateActionRequest,
    action_body,
    outcome_body,
)
from entrypoints.http.ledger.position_routes import OfAccount, OfInstrument, account_wanted, instrument_wanted
from entrypoints.http.problem import errors


@post(
    "/corporate-actions",
    tags=["corporate actions"],
    status_code=201,
    response_headers=CREATED,
    responses=errors(404, 409),
)
async def record_a_corporate_action(
    data: JSONBody[RecordCorporateActionRequest],
    actor: NamedDependency[Actor],
    record_corporate_action: NamedDependency[RecordCorporateAction],
) -> Response[Success[ActionOutcomeBody]]:
    """Record a corporate action.

    Everything that happened after it is counted anew, however late it is entered, and the answer tells which positions
    changed. The same kind for the same instrument and instant is refused, so that nothing counts twice. An action that
    leads to another instrument has no effect where that is held the other way round, long against short.
    """
    outcome = await record_corporate_action(actor, data.to_details())
    return created(outcome_body(outcome), f"/corporate-actions/{outcome.action.id}", outcome.action.version)


async def provide_actions_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    kind: Annotated[ActionKind | None, QueryParameter(description="Only of this kind.")] = None,
    include_voided: Annotated[bool, QueryParameter(name="includeVoided", description="Void ones too.")] = False,
) -> ActionFilter:
    """Return which actions are wanted."""
    return ActionFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        kind=kind,
        include_voided=include_voided,
    )


@get("/corporate-actions", tags=["corporate actions"], dependencies={"wanted": Provide(provide_actions_wanted)})
async def list_corporate_actions(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[ActionFilter],
    page: NamedDependency[PageRequest],
    corporate_action_queries: NamedDependency[CorporateActionQueries],
) -> Success[list[CorporateActionBody]]:
    """List corporate actions, the latest first; those of an account include those of every account."""
    return paged(await corporate_action_queries.at(moment).actions(actor, wanted, page), action_body)


@get("/corporate-actions/{action_id:uuid}", tags=["corporate actions"], response_headers=VERSIONED)
async def read_corporate_action(
    action_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    corporate_action_queries: NamedDependency[CorporateActionQueries],
) -> Response[Success[CorporateActionBody]]:
    """Read a corporate action, void or not."""
    view = await corporate_action_queries.at(moment).action(actor, CorporateActionId(action_id))
    return versioned(action_body(view), view.version)


@post(
    "/corporate-actions/{action_id:uuid}/void",
    tags=["corporate actions"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def void_a_corporate_action(
    action_id: FromPath[UUID],
    data: JSONBody[VoidCorporateActionRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    void_corporate_action: NamedDependency[VoidCorporateAction],
) -> Response[Success[ActionOutcomeBody]]:
    """Void a corporate action.

    Everything is counted as if it had never been; it stays on record. To correct one, void it and record it anew.
    """
    command = VoidCorporateActionCommand(CorporateActionId(action_id), expected_version, data.reason)
    outcome = await void_corporate_action(actor, command)
    return versioned(outcome_body(outcome), outcome.action.version)


ROUTES: Sequence[ControllerRouterHandler] = [
    record_a_corporate_action,
    list_corporate_actions,
    read_corporate_action,
    void_a_corporate_action,
]
