"""The route of the usage log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from application.shared.pages import PageRequest
from application.shared.usage import UsageQueries, UsageView
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, paged
from entrypoints.http.types import Instant


class CallBody(Struct, rename="camel", kw_only=True):
    """A call of yours, and how it went."""

    request_id: Annotated[UUID, Meta(description="What the answer carried as `X-Request-Id`.")]
    called_at: Instant
    method: Annotated[str, Meta(examples=["GET"])]
    route: Annotated[str, Meta(description="The path, with names for what varies.", examples=["/api/v1/trades"])]
    status: Annotated[int, Meta(description="0 where the caller went away before any.", examples=[200])]
    duration_ms: Annotated[float, Meta(ge=0, description="From the request to the end of its answer.", examples=[12.5])]
    address_hash: (
        Annotated[
            str,
            Meta(
                description="Equal for equal addresses of callers; the address itself is not kept.",
                examples=["5d41402abc4b2a76b9719d911017c592"],
            ),
        ]
        | None
    )


def _body(view: UsageView) -> CallBody:
    return CallBody(
        request_id=view.request_id,
        called_at=view.called_at,
        method=view.method,
        route=view.route,
        status=view.status,
        duration_ms=round(view.seconds * 1000, 3),
        address_hash=view.address_hash,
    )


@get("/usage", tags=["users"])
async def list_usage(
    actor: NamedDependency[Actor], page: NamedDependency[PageRequest], usage_queries: NamedDependency[UsageQueries]
) -> Success[list[CallBody]]:
    """List your calls of this API, newest first.

    They are kept for 90 days. A call is listed a second or so after it was answered.
    """
    return paged(await usage_queries.calls(actor, page), _body)


ROUTES: Sequence[ControllerRouterHandler] = [list_usage]
