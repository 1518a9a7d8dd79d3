"""The one shape of every success: `{"success": true, "data": ..., "meta": {...}}`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil, floor
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from litestar import Response
from litestar.datastructures import ResponseHeader
from msgspec import UNSET, Struct, UnsetType

from application.shared.cache import Cached
from application.shared.pages import Page
from entrypoints.http.context import exchange
from entrypoints.http.etags import etag

T = TypeVar("T")
Row = TypeVar("Row")

ETAG = ResponseHeader(
    name="ETag", description="The version of the resource, for `If-Match` and `If-None-Match`.", documentation_only=True
)
LOCATION = ResponseHeader(name="Location", description="The path of the new resource.", documentation_only=True)

# what a handler puts into `response_headers` so that the OpenAPI tells about them
VERSIONED = [ETAG]
CREATED = [LOCATION, ETAG]
CREATED_UNVERSIONED = [LOCATION]


class PageMeta(Struct, rename="camel", kw_only=True):
    """Where the next page starts."""

    next_cursor: (
        Annotated[
            str,
            msgspec.Meta(
                description="Send this as `cursor` for the next page; null on the last one.", examples=["eyJrIjoxfQ"]
            ),
        ]
        | None
    )


class CacheMeta(Struct, rename="camel", kw_only=True):
    """How old the answer is. Without this, it was worked out for this request from what holds now."""

    hit: Annotated[bool, msgspec.Meta(description="Whether it was kept from before; else it was just worked out.")]
    age: Annotated[int, msgspec.Meta(ge=0, description="Seconds since what it tells was looked up.", examples=[12])]
    ttl: Annotated[
        int, msgspec.Meta(ge=0, description="Seconds for which it is still fresh, 0 for a stale one.", examples=[47])
    ]
    stale: Annotated[
        bool, msgspec.Meta(description="Whether it stands in for a newer answer, which cannot be had now.")
    ]


class Meta(Struct, rename="camel", kw_only=True):
    """Facts about the answer rather than about the thing asked for."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True, description="When the request came in.")]
    request_id: Annotated[
        str,
        msgspec.Meta(
            description="The server's id of this exchange, as in `X-Request-Id`.",
            examples=["0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"],
        ),
    ]
    page: PageMeta | UnsetType = UNSET
    cache: CacheMeta | UnsetType = UNSET


class Success(Struct, Generic[T], rename="camel", kw_only=True):
    """An answer to a request that worked."""

    success: Literal[True] = True
    data: T
    meta: Meta


def success(data: T, page: PageMeta | None = None, cache: CacheMeta | None = None) -> Success[T]:
    """Wrap the data; lists also tell where the next page starts, and kept answers how old they are."""
    current = exchange()
    meta = Meta(
        timestamp=current.received_at,
        request_id=current.request_id,
        page=UNSET if page is None else page,
        cache=UNSET if cache is None else cache,
    )
    return Success(data=data, meta=meta)


def cache_meta(cached: Cached[object]) -> CacheMeta:
    """Tell how old a kept answer is; one that was made for this request has no age, however long that took."""
    age = ceil(cached.age_s) if cached.is_hit else 0
    return CacheMeta(hit=cached.is_hit, age=age, ttl=floor(cached.ttl_s), stale=cached.is_stale)


def paged(page: Page[Row], render: Callable[[Row], T]) -> Success[list[T]]:
    """Wrap one page of rows, each rendered to its response struct."""
    return success([render(row) for row in page.rows], PageMeta(next_cursor=page.next_cursor))


def versioned(data: T, version: int) -> Response[Success[T]]:
    """Answer 200 with the resource and its ETag; a GET whose `If-None-Match` names it becomes a 304."""
    return Response(success(data), status_code=200, headers={"ETag": etag(version)})


def created(data: T, location: str, version: int | None = None) -> Response[Success[T]]:
    """Answer 201 with the new resource, its path below `/api/v1` and, for what can be updated, its ETag."""
    headers = {"Location": f"/api/v1{location}"}
    if version is not None:
        headers["ETag"] = etag(version)
    return Response(success(data), status_code=201, headers=headers)
