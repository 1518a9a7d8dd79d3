"""The page of numbers for Prometheus: there only where a token was set, and only for who sends it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from application.shared.telemetry import MetricsPage
from domain.shared.errors import Unauthenticated
from entrypoints.http.auth import PUBLIC, bearer_token
from entrypoints.http.rate_limits import UNLIMITED

_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MetricsAccess:
    """The page and what opens it."""

    token: str
    page: Callable[[], MetricsPage]


def metrics_route(access: MetricsAccess) -> HTTPRouteHandler:
    """Return the route of the page, which is none of the API's operations."""
    expected = access.token.encode()

    @get("/metrics", opt={**PUBLIC, **UNLIMITED}, include_in_schema=False)
    async def read_metrics(request: Request[object, object, State]) -> Response[bytes]:
        """Show the numbers."""
        token = bearer_token([value for name, value in request.scope["headers"] if name == b"authorization"])
        if not hmac.compare_digest(token.reveal().encode(), expected):
            raise Unauthenticated("This token does not open the metrics.")
        return Response(await access.page()(), media_type=_TEXT)

    return read_metrics
