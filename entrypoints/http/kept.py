"""Answers that are the same for everybody are given again without being made again: no routing, handler or encoding.

Whoever asks is still authenticated and counted, and the answer still passes the gate. An operation takes part by
`opt=same_for_everybody(scope)`, which promises that path and query alone decide what it answers, and that nobody needs
more than the scope. What is given again says in `meta.cache` how old it is by now.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

import msgspec
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from msgspec import Raw, Struct

from application.shared.telemetry import RequestTelemetry
from domain.shared.access import Scope as Permission
from domain.shared.errors import TapedeckError
from entrypoints.http.auth import Authentication, bearer_token, store_actor
from entrypoints.http.context import exchange
from entrypoints.http.envelope import CacheMeta, Meta
from entrypoints.http.rate_limits import RateLimits

Server = Callable[[Scope, Receive, Send], Awaitable[None]]

# who asks often is spared the work, and nobody is told anything for longer than a look at the clock takes
LONGEST_S: Final = 1.0
_OPTION: Final = "same_for_everybody"
_MOST: Final = 4_096
_LARGEST_BYTES: Final = 16_384
_LONGEST_QUERY: Final = 256
_OK: Final = 200
# a request with any other header may want another answer
_PLAIN: Final = frozenset(
    {
        b"accept-encoding",
        b"authorization",
        b"connection",
        b"host",
        b"traceparent",
        b"user-agent",
        b"x-forwarded-for",
        b"x-request-id",
    }
)
_PLAIN_VALUES: Final = frozenset({(b"accept", b"*/*"), (b"accept", b"application/json"), (b"content-length", b"0")})
_Key = tuple[str, bytes, bytes]


def same_for_everybody(permission: Permission) -> Mapping[str, object]:
    """Say of an operation that all who have this permission get the same answer to the same path and query."""
    return {_OPTION: permission}


class _KeptMeta(Struct):
    cache: CacheMeta | None = None


class _Body(Struct):
    data: Raw
    meta: _KeptMeta


@dataclass(frozen=True, slots=True)
class _Kept:
    handler: HTTPRouteHandler
    template: str
    permission: Permission
    data: bytes
    cache: CacheMeta
    put_at: float
    until: float

    def body(self, now: float) -> bytes:
        """Write the answer to the request in hand."""
        current, since = exchange(), int(now - self.put_at)
        meta = Meta(
            timestamp=current.received_at,
            request_id=current.request_id,
            cache=CacheMeta(hit=True, age=self.cache.age + since, ttl=max(0, self.cache.ttl - since), stale=False),
        )
        return b'{"success":true,"data":' + self.data + b',"meta":' + msgspec.json.encode(meta) + b"}"


@final
class KeptAnswers:
    """The answers of the last second, by path, query and host."""

    def __init__(
        self,
        authenticate: Callable[[], Authentication],
        limits: RateLimits | None,
        telemetry: RequestTelemetry,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authenticate = authenticate
        self._limits = limits
        self._telemetry = telemetry
        self._seconds = seconds
        self._kept: dict[_Key, _Kept] = {}
        self._decoder = msgspec.json.Decoder(_Body)

    async def handle(self, scope: Scope, receive: Receive, send: Send, serve: Server) -> bytes | None:
        """Return the body to give again, a JSON; or have the answer made, and keep it if it may be kept."""
        key = _key(scope) if scope["type"] == ScopeType.HTTP else None
        if key is None or scope["type"] != ScopeType.HTTP:
            await serve(scope, receive, send)
            return None
        kept, now = self._kept.get(key), self._seconds()
        if kept is not None and now < kept.until and await self._may_have(scope, kept):
            scope["route_handler"] = kept.handler
            scope["path_template"] = kept.template
            if self._limits is not None:
                await self._limits.admit(scope, kept.handler)
            self._telemetry.given_again()
            return kept.body(now)
        await serve(scope, receive, self._keeping(scope, key, send))
        return None

    async def _may_have(self, scope: HTTPScope, kept: _Kept) -> bool:
        """Authenticate; whoever is refused is refused where everybody is."""
        try:
            actor = await self._authenticate()(bearer_token([v for n, v in scope["headers"] if n == b"authorization"]))
            actor.require(kept.permission)
        except TapedeckError:
            return False
        scope["state"] = {}
        store_actor(scope, actor)
        return True

    def _keeping(self, scope: HTTPScope, key: _Key, send: Send) -> Send:
        is_good = False

        async def keep(message: Message) -> None:
            nonlocal is_good
            if message["type"] == "http.response.start":
                is_good = message["status"] == _OK
            elif message["type"] == "http.response.body" and is_good and not message.get("more_body", False):
                self._keep(scope, key, message.get("body", b""))
            await send(message)

        return keep

    def _keep(self, scope: HTTPScope, key: _Key, body: bytes) -> None:
        # what routing refused met no handler
        handler = _told(scope, "route_handler")
        if not isinstance(handler, HTTPRouteHandler) or len(body) > _LARGEST_BYTES:
            return
        permission: object = handler.opt.get(_OPTION)
        if not isinstance(permission, Permission):
            return
        told = self._decoder.decode(body)
        cache = told.meta.cache
        if cache is None or cache.stale or cache.ttl < LONGEST_S:
            return
        if len(self._kept) >= _MOST:
            self._kept.clear()
        now = self._seconds()
        self._kept[key] = _Kept(
            handler=handler,
            template=scope["path_template"],
            permission=permission,
            data=bytes(told.data),
            cache=cache,
            put_at=now,
            until=now + LONGEST_S,
        )


def _key(scope: HTTPScope) -> _Key | None:
    """Return what an answer is kept under, or None for a request that is anything but plain."""
    if scope["method"] != "GET" or len(scope["query_string"]) > _LONGEST_QUERY or _told(scope, "root_path"):
        return None
    host = b""
    for header in scope["headers"]:
        name = header[0]
        if name == b"host":
            host = header[1]
        elif name not in _PLAIN and header not in _PLAIN_VALUES:
            return None
    return scope["path"], scope["query_string"], host


def _told(scope: Mapping[str, object], name: str) -> object:
    # a server need not say everything, and Litestar adds to it on the way
    return scope.get(name)
