"""`limit` and `cursor` of every list, as a `PageRequest`."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter
from msgspec import Meta

from application.shared.pages import DEFAULT_LIMIT, MAX_LIMIT, PageRequest


async def provide_page(
    limit: Annotated[
        int,
        QueryParameter(ge=1, le=MAX_LIMIT, description=f"At most this many rows, {DEFAULT_LIMIT} if not given."),
        Meta(ge=1, le=MAX_LIMIT, examples=[DEFAULT_LIMIT]),
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,1024}$")] | None,
        QueryParameter(description="The `nextCursor` of the page before."),
    ] = None,
) -> PageRequest:
    """Return which page is wanted."""
    return PageRequest(limit=limit, cursor=cursor)
