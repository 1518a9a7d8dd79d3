"""The outermost layer: what holds for every exchange, whatever routing, handlers or errors make of it."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, final

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import LitestarException
from litestar.types import HTTPResponseBodyEvent, HTTPScope, Message, Receive, Scope, Send

from application.shared.ports import Clock, IdFactory
from application.shared.telemetry import RequestTelemetry
from entrypoints.http.addresses import Callers
from entrypoints.http.auth import find_actor
from entrypoints.http.compression import Headers, chosen, compressed, is_worth_it
from entrypoints.http.context import Exchange, begin_exchange, stays_open, template_of
from entrypoints.http.errors import HeadersTooLarge, UriTooLong
from entrypoints.http.etags import none_match
from entrypoints.http.limits import MAX_HEADER_BYTES, MAX_TARGET_BYTES
from entrypoints.http.problem import PROBLEM_JSON, render, translate

Server = Callable[[Scope, Receive, Send], Awaitable[None]]

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._~:/+=-]{1,128}")
_NOT_MODIFIED: Final = 304
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
_CONTENT_SECURITY_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE: Final = (b"cache-control", b"no-store")
_VARY: Final = (b"vary", b"accept-encoding")
_REVALIDATE: Final = (b"cache-control", b"private, no-cache")
# what a 304 may repeat of the 200 it stands for
_KEPT_ON_NOT_MODIFIED: Final = frozenset({b"etag", b"cache-control", b"vary", b"location"})

_log: structlog.stdlib.BoundLogger = structlog.get_logger("tapedeck.http")


@final
class Gate:
    """Numbers each exchange, refuses oversized heads, answers HEAD and conditional GETs, compresses, adds headers.

    An exception that nothing inside has answered becomes a 500 problem here.
    """

    def __init__(self, clock: Clock, ids: IdFactory, telemetry: RequestTelemetry, callers: Callers) -> None:
        self._clock = clock
        self._ids = ids
        self._telemetry = telemetry
        # bound once: a logger that is looked up for each line costs as much as the line
        self._log = _log.bind()
        self._callers = callers

    async def handle(self, scope: Scope, receive: Receive, send: Send, serve: Server) -> None:
        """Serve one request; connections of other kinds pass."""
        if scope["type"] != ScopeType.HTTP:
            with self._telemetry.connection():
                await serve(scope, receive, send)
            return
        id_ = self._ids.new()
        request_id = str(id_)
        exchange = Exchange(request_id, self._clock.now(), self._callers.address(scope))
        begin_exchange(exchange)
        in_hand = self._telemetry.begin(scope["method"], self._callers.traceparent(scope))
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        served = scope
        answer = _Answer(scope, send, exchange)
        try:
            _check_head(scope)
            if scope["method"] == "HEAD":
                # a copy of its own: the server still needs to know that the client asked for no body
                served = scope.copy()
                served["method"] = HttpMethod.GET
                await serve(served, receive, answer.send)
            else:
                await serve(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the last place where an error can become an answer
            await answer.fail(error)
        finally:
            seconds = time.perf_counter() - started
            route = template_of(served)
            self._log.info(
                "request",
                method=scope["method"][:16],
                path=route,
                status=answer.status,
                milliseconds=round(seconds * 1000, 1),
            )
            structlog.contextvars.unbind_contextvars("request_id")
            in_hand.end(
                route=route,
                status=answer.status,
                # an answer that goes on as things happen took as long as it took to begin
                seconds=answer.began_at - started if stays_open(served) and answer.began_at else seconds,
                request_id=id_,
                actor=find_actor(served),
                address=exchange.address,
            )


def _check_head(scope: HTTPScope) -> None:
    target = len(scope["raw_path"]) + len(scope["query_string"])
    if target > MAX_TARGET_BYTES:
        raise UriTooLong(MAX_TARGET_BYTES)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(MAX_HEADER_BYTES)


@final
class _Answer:
    """The sending side of one exchange."""

    def __init__(self, scope: HTTPScope, send: Send, exchange: Exchange) -> None:
        self._send = send
        self._exchange = exchange
        self._head = scope["method"] == "HEAD"
        self._reads = scope["method"] in {"GET", "HEAD"}
        self._bodiless = self._head
        self._accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
        self._encoding: bytes | None = None
        self._begin: tuple[int, Headers] | None = None
        self._is_over = False
        self._none_match = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
        self._client_id = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        self.status = 0
        self.began_at = 0.0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", [])]
            status = message["status"]
            is_long = is_worth_it(headers)
            if is_long:
                headers.append(_VARY)
            if self._is_unchanged(status, headers):
                status = _NOT_MODIFIED
                self._bodiless = True
                headers = [header for header in headers if header[0] in _KEPT_ON_NOT_MODIFIED]
            self.status = status
            self.began_at = time.perf_counter()
            if is_long and not self._bodiless:
                self._encoding = chosen(self._accepted)
            if self._encoding is None:
                await self._start(status, headers)
            else:
                # what encoding it has depends on whether the body comes as a whole
                self._begin = status, headers
        elif message["type"] == "http.response.body" and self._bodiless:
            # at once: what would follow may go on for long, and nobody waits for it
            if not self._is_over:
                self._is_over = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            if self._begin is not None and message["type"] == "http.response.body":
                message = await self._shrink(*self._begin, message)
                self._begin = None
            await self._send(message)

    async def _start(self, status: int, headers: Headers) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": self._complete(headers)})

    async def _shrink(self, status: int, headers: Headers, message: HTTPResponseBodyEvent) -> HTTPResponseBodyEvent:
        """Send the head that was held back, and return the body as it goes out."""
        body = message.get("body", b"")
        if self._encoding is None or message.get("more_body", False):
            await self._start(status, headers)
            return message
        small = await compressed(self._encoding, body)
        kept = [header for header in headers if header[0] != b"content-length"]
        length = (b"content-length", str(len(small)).encode())
        await self._start(status, [*kept, (b"content-encoding", self._encoding), length])
        return {"type": "http.response.body", "body": small, "more_body": False}

    async def fail(self, error: Exception) -> None:
        """Answer with a problem; once a response has begun, all that is left is to break it off."""
        if self.status and self._begin is None:
            raise error
        self._begin = self._encoding = None
        if type(error) is LitestarException and isinstance(error.__cause__, Exception):
            # it takes an answer that is held until what it tells of is stored for one that has gone out
            error = error.__cause__
        ours, kept = translate(error)
        status, headers, body = render(ours)
        headers.update(kept)
        lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        lines += [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": lines})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    def _is_unchanged(self, status: int, headers: Headers) -> bool:
        if not self._reads or not self._none_match or status != HTTPStatus.OK:
            return False
        current = dict(headers).get(b"etag")
        return current is not None and none_match(self._none_match.decode("latin-1"), current.decode("latin-1"))

    def _complete(self, headers: Headers) -> Headers:
        names = {name for name, _ in headers}
        headers += [(b"x-request-id", self._exchange.request_id.encode()), *self._exchange.headers, *_SECURITY]
        if _CLIENT_ID.fullmatch(self._client_id):
            headers.append((b"x-client-request-id", self._client_id))
        if b"content-security-policy" not in names:
            headers.append(_CONTENT_SECURITY_POLICY)
        if b"cache-control" not in names:
            headers.append(_REVALIDATE if b"etag" in names else _NO_STORE)
        return headers
