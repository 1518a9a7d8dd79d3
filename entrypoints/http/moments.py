"""The moment that a read looks at, from the query's `asOf` and `knownAt`."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from domain.shared.moment import Moment
from entrypoints.http.types import InstantText, to_instant


async def provide_moment(
    *,
    as_of: Annotated[
        InstantText | None,
        QueryParameter(name="asOf", description="What was true then: only what had happened by this instant counts."),
    ] = None,
    known_at: Annotated[
        InstantText | None,
        QueryParameter(
            name="knownAt",
            description="What was known then: without what was recorded, corrected or voided after this instant.",
        ),
    ] = None,
) -> Moment:
    """Return the moment; without either parameter it is now."""
    return Moment(
        as_of=None if as_of is None else to_instant(as_of, "asOf"),
        known_at=None if known_at is None else to_instant(known_at, "knownAt"),
    )
