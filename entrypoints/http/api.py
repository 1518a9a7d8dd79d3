"""Lays the layers around whatever routes it is given.

From the outside in: the gate (request id, sizes, headers), routing, authentication, limits, the checks of query
and body, idempotency, the handler.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast, final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.types import ControllerRouterHandler, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from application.shared.health import Probe
from application.shared.idempotency import Replays
from application.shared.ports import Clock, IdFactory
from application.shared.telemetry import NoTelemetry, RequestTelemetry
from entrypoints.http import docs, health, web
from entrypoints.http.addresses import Callers
from entrypoints.http.aliases import Alias, Aliases
from entrypoints.http.auth import Authentication, BearerAuth, Redemption
from entrypoints.http.bodies import ApiRequest, RequestGuard
from entrypoints.http.closing import Closing
from entrypoints.http.dependencies import provide, resolve_in_turn, trust_what_is_checked
from entrypoints.http.gate import Gate
from entrypoints.http.idempotency import IdempotencyKeys
from entrypoints.http.kept import KeptAnswers
from entrypoints.http.limits import BODY_TIMEOUT_S, HANDLER_TIMEOUT_S, MAX_BODY_BYTES, UPLOAD_TIMEOUT_S
from entrypoints.http.metrics import MetricsAccess, metrics_route
from entrypoints.http.operations import operations
from entrypoints.http.problem import respond
from entrypoints.http.rate_limits import RateLimits

PREFIX: Final = "/api/v1"
# ASGI, which servers and frameworks describe each in types of their own
_Anything: TypeAlias = Any  # as said
Sockets: TypeAlias = Callable[
    [Mapping[str, _Anything], Callable[[], Awaitable[_Anything]], Callable[[_Anything], Awaitable[None]]],
    Awaitable[None],
]
_CORS_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CORS_REQUEST: Final = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id")
_CORS_RESPONSE: Final = (
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the API is made of, apart from its routes."""

    clock: Clock
    ids: IdFactory
    authenticate: Callable[[], Authentication]
    replays: Callable[[], Replays]
    providers: Mapping[str, Callable[[], object]]
    probes: Callable[[], Sequence[Probe]]
    lifespan: Callable[[], AbstractAsyncContextManager[None]]
    limits: RateLimits | None = None
    aliases: Sequence[Alias] = ()
    no_symbols: frozenset[str] = frozenset()
    allowed_origins: Sequence[str] = ()
    callers: Callers = field(default_factory=Callers)
    telemetry: RequestTelemetry = field(default_factory=NoTelemetry)
    metrics: MetricsAccess | None = None
    closing: Closing = field(default_factory=Closing)
    sockets: Sockets | None = None
    redeem: Redemption | None = None
    body_timeout_s: float = BODY_TIMEOUT_S
    upload_timeout_s: float = UPLOAD_TIMEOUT_S
    handler_timeout_s: float = HANDLER_TIMEOUT_S
    # by which answers are kept; it never goes back
    seconds: Callable[[], float] = time.monotonic


@final
class Api(Litestar):
    """Litestar behind the gate, so that every answer passes it, also those that routing itself gives."""

    gate: Gate
    kept: KeptAnswers
    aliases: Aliases
    sockets: Sockets | None

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            # what comes with a scope of this type speaks of this type
            await self.gate.handle(scope, cast("Receive", receive), cast("Send", send), self._serve)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> bytes | None:
        if scope["type"] == ScopeType.HTTP:
            self.aliases.put_in_order(scope)
        elif self.sockets is not None:
            # routing and layers are for requests; here each message counts
            await self.sockets(scope, receive, send)
            return None
        return await self.kept.handle(scope, receive, send, super().__call__)


def build_api(parts: Parts, routes: Sequence[ControllerRouterHandler]) -> Api:
    """Return the ASGI application; its lifespan is that of the parts."""
    trust_what_is_checked(routes)
    guard = RequestGuard(
        body_timeout_s=parts.body_timeout_s,
        upload_timeout_s=parts.upload_timeout_s,
        handler_timeout_s=parts.handler_timeout_s,
    )
    keys = IdempotencyKeys(parts.replays)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with parts.lifespan():
            yield

    api = Api(
        route_handlers=[
            Router(path=PREFIX, route_handlers=routes),
            *health.routes(parts.probes, parts.closing),
            *docs.routes(lambda: api),
            *web.routes(),
            *([] if parts.metrics is None else [metrics_route(parts.metrics)]),
        ],
        dependencies=provide({**parts.providers, "closing": lambda: parts.closing}),
        middleware=[
            BearerAuth(parts.authenticate, parts.redeem),
            *([] if parts.limits is None else [parts.limits]),
            guard,
            keys,
        ],
        exception_handlers={Exception: respond},
        request_class=ApiRequest,
        lifespan=[lifespan],
        cors_config=_cors(parts.allowed_origins),
        # the document is drawn by entrypoints.http.openapi, the log is written by the gate
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY_BYTES,
    )
    resolve_in_turn(api)
    api.sockets = parts.sockets
    api.aliases = Aliases(PREFIX, parts.aliases, parts.no_symbols)
    api.kept = KeptAnswers(parts.authenticate, parts.limits, parts.telemetry, parts.seconds)
    api.gate = Gate(parts.clock, parts.ids, parts.telemetry, parts.callers)
    for operation in operations(api):
        guard.learn(operation)
        keys.learn(operation)
        if parts.limits is not None:
            parts.limits.learn(operation)
    if parts.limits is not None:
        parts.limits.check()
    return api


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=list(_CORS_METHODS),
        allow_headers=list(_CORS_REQUEST),
        expose_headers=list(_CORS_RESPONSE),
    )
