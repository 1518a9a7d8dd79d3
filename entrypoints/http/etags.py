"""Optimistic concurrency over HTTP: the strong ETag of a resource is its version.

An update names the version it was made for in `If-Match`. Without it the answer is 428, with another
version 412: two writers at once cannot silently undo each other.
"""

from __future__ import annotations

import re
from typing import Annotated

from litestar.params import HeaderParameter
from msgspec import Meta

from entrypoints.http.errors import PreconditionFailed, PreconditionRequired

_ETAG = re.compile(r'"([1-9][0-9]{0,17})"')


def etag(version: int) -> str:
    """Write the strong ETag of this version."""
    return f'"{version}"'


async def provide_expected_version(
    if_match: Annotated[
        Annotated[str, Meta(pattern=r'^"[1-9][0-9]{0,17}"$', examples=['"1"'])] | None,
        HeaderParameter(
            name="If-Match", description="The ETag of the version that this change was made for. Required: 428 without."
        ),
    ] = None,
) -> int:
    """Return the version that the caller read.

    Raises PreconditionRequired without `If-Match` or for `*`, which names no version, and PreconditionFailed for
    a value that is no ETag of ours and so can never match.
    """
    if if_match is None or if_match.strip() in {"", "*"}:
        raise PreconditionRequired
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise PreconditionFailed(if_match)
    return int(match[1])


def none_match(header: str, current: str) -> bool:
    """Say whether `If-None-Match` names the current ETag, by weak comparison as RFC 9110 asks."""
    if header.strip() == "*":
        return True
    return any(candidate.strip().removeprefix("W/") == current for candidate in header.split(","))
