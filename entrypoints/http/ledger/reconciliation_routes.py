"""The route that compares a broker's statement with the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from application.ledger.reconcile_account import ReconcileAccount
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, success
from entrypoints.http.ledger.reconciliation_schemas import ReconcileRequest, ReconciliationBody, reconciliation_body
from entrypoints.http.problem import errors


@post(
    "/reconciliations",
    tags=["reconciliations"],
    status_code=200,
    responses=errors(404),
    opt={"no_idempotency": True},
)
async def reconcile_positions(
    data: JSONBody[ReconcileRequest],
    actor: NamedDependency[Actor],
    reconcile_account: NamedDependency[ReconcileAccount],
) -> Success[ReconciliationBody]:
    """Compare a broker's statement with an account.

    Send the closing positions, the cash or both, at a moment or at the close of a day. Lines of one instrument add up;
    an ISIN on both sides decides over symbols. A cost agrees if it is the ledger's, with fees or without, to the last
    digit that the broker gives. Each difference comes with what would mend it: the request to send, tried out on a
    replay. Nothing is changed or stored, so no `Idempotency-Key` is taken.
    """
    return success(reconciliation_body(await reconcile_account(actor, data.to_command())))


ROUTES: Sequence[ControllerRouterHandler] = [reconcile_positions]
