"""Builds the HTTP application: every capability's routes below `/api/v1`, behind the same few layers.

From the outside in: the gate (request id, sizes, headers), routing, authentication, the checks of query and
body, idempotency, the handler.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.types import ControllerRouterHandler, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from bootstrap import App
from entrypoints.http import docs, health
from entrypoints.http.auth import BearerAuth
from entrypoints.http.bodies import RequestGuard
from entrypoints.http.dependencies import provide
from entrypoints.http.gate import Gate
from entrypoints.http.idempotency import IdempotencyKeys
from entrypoints.http.identity.routes import ROUTES as IDENTITY
from entrypoints.http.imports.routes import ROUTES as IMPORTS
from entrypoints.http.ledger.routes import ROUTES as LEDGER
from entrypoints.http.limits import MAX_BODY_BYTES
from entrypoints.http.operations import operations
from entrypoints.http.problem import HANDLERS

PREFIX: Final = "/api/v1"
CAPABILITIES: Final[Sequence[ControllerRouterHandler]] = (*IDENTITY, *LEDGER, *IMPORTS)
_CORS_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_CORS_REQUEST: Final = ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id"]
_CORS_RESPONSE: Final = ["ETag", "Location", "Idempotency-Replayed", "Retry-After", "X-Request-Id"]


@final
class Api(Litestar):
    """Litestar behind the gate, so that every answer passes it, also those that routing itself gives."""

    gate: Gate

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self.gate.handle(scope, receive, send, super().__call__)
        else:
            await super().__call__(scope, receive, send)


def create_app(app: App, routes: Sequence[ControllerRouterHandler] = CAPABILITIES) -> Litestar:
    """Return the ASGI application that serves this App; its lifespan opens and closes the App's resources."""
    guard = RequestGuard()
    keys = IdempotencyKeys(app.replays)
    api = Api(
        route_handlers=[
            Router(path=PREFIX, route_handlers=routes),
            *health.routes(app.probes),
            *docs.routes(lambda: api),
        ],
        dependencies=provide(app),
        middleware=[BearerAuth(app.authenticate), guard, keys],
        exception_handlers=HANDLERS,
        lifespan=[lambda _: _lifespan(app)],
        cors_config=_cors(app.settings.http.allowed_origins),
        # the document is drawn by entrypoints.http.openapi, the log written by the gate
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY_BYTES,
    )
    api.gate = Gate(app.platform.clock(), app.platform.ids())
    for operation in operations(api):
        guard.learn(operation)
        keys.learn(operation)
    return api


@asynccontextmanager
async def _lifespan(app: App) -> AsyncIterator[None]:
    async with app.lifespan():
        yield


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=_CORS_METHODS,  # type: ignore[arg-type] - a plain list of their own literals
        allow_headers=_CORS_REQUEST,
        expose_headers=_CORS_RESPONSE,
    )
