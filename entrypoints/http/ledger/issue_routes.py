"""The route of issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.find_issues import FindIssues, IssueKind
from application.shared.pages import PageRequest
from domain.shared.access import Actor
from domain.shared.moment import Moment
from entrypoints.http.envelope import Success, paged
from entrypoints.http.ledger.issue_schemas import IssueBody, issue_body
from entrypoints.http.ledger.position_routes import OfAccount, account_wanted


@get("/ledger/issues", tags=["issues"])
async def list_issues(
    *,
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    page: NamedDependency[PageRequest],
    find_issues: NamedDependency[FindIssues],
    account_id: OfAccount = None,
    kind: Annotated[IssueKind | None, QueryParameter(description="Only of this kind.")] = None,
) -> Success[list[IssueBody]]:
    """List what deserves a second look, kind by kind, each with what would mend it.

    Nothing here is changed by itself, and an issue is gone as soon as its reason is.
    """
    return paged(await find_issues(actor, account_wanted(account_id), kind, page, moment), issue_body)


ROUTES: Sequence[ControllerRouterHandler] = [list_issues]
