"""The outermost layer: what holds for every exchange, whatever routing, handlers or errors make of it."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, final

from litestar.enums import HttpMethod, ScopeType
from litestar.exceptions import LitestarException
from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from application.shared.ports import Clock, IdFactory
from application.shared.telemetry import RequestTelemetry
from entrypoints.http.addresses import Callers
from entrypoints.http.auth import find_actor
from entrypoints.http.compression import MIN_BYTES, Headers, chosen, compressed, is_worth_it
from entrypoints.http.context import Exchange, begin_exchange, stays_open, template_of
from entrypoints.http.errors import HeadersTooLarge, UriTooLong
from entrypoints.http.etags import none_match
from entrypoints.http.limits import LONG_TARGETS, MAX_HEADER_BYTES, MAX_TARGET_BYTES
from entrypoints.http.outlet import outlet_of
from entrypoints.http.problem import PROBLEM_JSON, render, translate

# it answers, or returns the JSON of a 200 that is still to be sent, and is all there is to it
Server = Callable[[Scope, Receive, Send], Awaitable[bytes | None]]

_CLIENT_ID = re.compile(rb"[A-Za-z0-9._~:/+=-]{1,128}")
# what the server would refuse in a header
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ASKED: Final = frozenset({b"accept-encoding", b"if-none-match", b"x-request-id"})
_READS: Final = frozenset({"GET", "HEAD"})
_NOT_MODIFIED: Final = 304
_BODILESS: Final = frozenset({204, 304})
# with one of these an answer says itself what it is otherwise told to say
_DECIDED_INSIDE: Final = frozenset({b"content-security-policy", b"cache-control", b"etag"})
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
_CONTENT_SECURITY_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_JSON: Final = (b"content-type", b"application/json")
_NO_STORE: Final = (b"cache-control", b"no-store")
_VARY: Final = (b"vary", b"accept-encoding")
_REVALIDATE: Final = (b"cache-control", b"private, no-cache")
# what a 304 may repeat of the 200 it stands for
_KEPT_ON_NOT_MODIFIED: Final = frozenset({b"etag", b"cache-control", b"vary", b"location"})


@final
class Gate:
    """Numbers each exchange, refuses oversized heads, answers HEAD and conditional GETs, compresses, adds headers.

    An exception that nothing inside has answered becomes a 500 problem here.
    """

    def __init__(self, clock: Clock, ids: IdFactory, telemetry: RequestTelemetry, callers: Callers) -> None:
        self._clock = clock
        self._ids = ids
        self._telemetry = telemetry
        self._callers = callers

    async def handle(self, scope: Scope, receive: Receive, send: Send, serve: Server) -> None:
        """Serve one request; connections of other kinds pass."""
        if scope["type"] != ScopeType.HTTP:
            with self._telemetry.connection():
                await serve(scope, receive, send)
            return
        head = _Head(scope["headers"])
        exchange = Exchange(self._ids.text(), self._clock.now(), self._callers.address(scope))
        begin_exchange(exchange)
        in_hand = self._telemetry.begin(exchange.request_id, scope["method"], self._callers.traceparent(scope))
        started = time.perf_counter()
        served = scope
        answer = _Answer(scope, send, exchange, head)
        try:
            _check_size(scope, head)
            if scope["method"] == "HEAD":
                # a copy of its own: the server still needs to know that the client asked for no body
                served = scope.copy()
                served["method"] = HttpMethod.GET
            given = await serve(served, receive, answer.send)
            if given is not None:
                await answer.give(given)
        except Exception as error:  # noqa: BLE001 - the last place where an error can become an answer
            await answer.fail(error)
        finally:
            seconds = time.perf_counter() - started
            in_hand.end(
                route=template_of(served),
                status=answer.status,
                # an answer that goes on as things happen took as long as it took to begin
                seconds=answer.began_at - started if stays_open(served) and answer.began_at else seconds,
                actor=find_actor(served),
                address=exchange.address,
            )


@final
class _Head:
    """What the gate asks of a request's headers, found in one pass over them."""

    __slots__ = ("_found", "size")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.size = 0
        self._found: dict[bytes, bytes] = {}
        for name, value in headers:
            self.size += len(name) + len(value)
            if name in _ASKED:
                before = self._found.get(name)
                self._found[name] = value if before is None else before + b"," + value

    def said(self, name: bytes) -> bytes:
        """Return what the header says, with commas where it comes more than once."""
        return self._found.get(name, b"")


def _check_size(scope: HTTPScope, head: _Head) -> None:
    target_bytes = len(scope["raw_path"]) + len(scope["query_string"])
    if target_bytes > MAX_TARGET_BYTES:
        limit = LONG_TARGETS.get(scope["path"], MAX_TARGET_BYTES)
        if target_bytes > limit:
            raise UriTooLong(limit)
    if head.size > MAX_HEADER_BYTES:
        raise HeadersTooLarge(MAX_HEADER_BYTES)


class _Start(NamedTuple):
    """The head of an answer that has not gone out yet; `length` is that of its body where it is known."""

    status: int
    headers: Headers
    found: Mapping[bytes, bytes]
    length: int | None


@final
class _Answer:
    """The sending side of one exchange. A head whose body is known to come at once waits for it."""

    __slots__ = (
        "_begin",
        "_bodiless",
        "_encoding",
        "_exchange",
        "_head",
        "_is_over",
        "_outlet",
        "_reads",
        "_send",
        "began_at",
        "status",
    )

    def __init__(self, scope: HTTPScope, send: Send, exchange: Exchange, head: _Head) -> None:
        method = scope["method"]
        self._send = send
        self._exchange = exchange
        self._head = head
        self._bodiless = method == "HEAD"
        self._reads = method in _READS
        self._outlet = outlet_of(scope)
        self._encoding: bytes | None = None
        self._begin: _Start | None = None
        self._is_over = False
        self.status = 0
        self.began_at = 0.0

    async def give(self, body: bytes) -> None:
        """Answer 200 with this JSON: as messages would, at a third of the price where nothing else is asked for."""
        length = b"%d" % len(body)
        is_plain = not self._bodiless and not self._head.said(b"if-none-match") and len(body) < MIN_BYTES
        if is_plain and self._outlet is not None:
            self.status, self.began_at = HTTPStatus.OK.value, time.perf_counter()
            told = b"content-type: application/json\r\ncontent-length: %b\r\n%b" % (length, _lines(self._own_headers()))
            if self._outlet.give(self.status, told + _SECURITY_LINES, body):
                return
        headers = [_JSON, (b"content-length", length)]
        await self.send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def send(self, message: Message) -> None:
        """Take a message from within."""
        if message["type"] == "http.response.start":
            start = self._started(message)
            if start.length is not None and not self._bodiless:
                self._begin = start
            else:
                await self._start(start)
        elif message["type"] == "http.response.body" and self._bodiless:
            # at once: what would follow may go on for long, and nobody waits for it
            if not self._is_over:
                self._is_over = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif self._begin is not None and message["type"] == "http.response.body":
            start, self._begin = self._begin, None
            await self._finish(start, message)
        else:
            await self._send(message)

    def _started(self, message: HTTPResponseStartEvent) -> _Start:
        status, headers = message["status"], [(name.lower(), value) for name, value in message.get("headers", [])]
        found = dict(headers)
        told = found.get(b"content-length", b"")
        length = int(told) if told.isdigit() else None
        is_long = is_worth_it(found, length)
        if is_long:
            headers.append(_VARY)
        if self._is_unchanged(status, found):
            status = _NOT_MODIFIED
            self._bodiless = True
            headers = [header for header in headers if header[0] in _KEPT_ON_NOT_MODIFIED]
        self.status = status
        self.began_at = time.perf_counter()
        if is_long and not self._bodiless:
            self._encoding = chosen(self._head.said(b"accept-encoding"))
        return _Start(status, headers, found, length)

    async def _start(self, start: _Start) -> None:
        headers = [*start.headers, *self._own_headers(), *_SECURITY, *_policies(start.found)]
        await self._send({"type": "http.response.start", "status": start.status, "headers": headers})

    async def _finish(self, start: _Start, message: HTTPResponseBodyEvent) -> None:
        """Send the head that was held back, and the first of its body, in one piece if that is all of it."""
        body = message.get("body", b"")
        if message.get("more_body", False):
            await self._start(start)
            await self._send(message)
            return
        if self._encoding is not None and len(body) == start.length:
            body = await compressed(self._encoding, body)
            kept = [header for header in start.headers if header[0] != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            start = start._replace(headers=[*kept, (b"content-encoding", self._encoding), length], length=len(body))
        if not self._gave(start, body):
            await self._start(start)
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _gave(self, start: _Start, body: bytes) -> bool:
        if self._outlet is None or len(body) != start.length or start.status in _BODILESS:
            return False
        for name, value in start.headers:
            # the server refuses such a header where it takes heads apart, and may do so here
            if _CONTROL.search(value) is not None or _CONTROL.search(name) is not None:
                return False
        headers = [*start.headers, *self._own_headers()]
        fixed = _SECURITY_LINES if start.found.keys().isdisjoint(_DECIDED_INSIDE) else _fixed(start.found)
        return self._outlet.give(start.status, _lines(headers) + fixed, body)

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

    def _is_unchanged(self, status: int, found: Mapping[bytes, bytes]) -> bool:
        none_match_said = self._head.said(b"if-none-match")
        if not none_match_said or not self._reads or status != HTTPStatus.OK:
            return False
        current = found.get(b"etag")
        return current is not None and none_match(none_match_said.decode("latin-1"), current.decode("latin-1"))

    def _own_headers(self) -> Headers:
        headers = [(b"x-request-id", self._exchange.request_id.encode()), *self._exchange.headers]
        client_id = self._head.said(b"x-request-id")
        if client_id and _CLIENT_ID.fullmatch(client_id):
            headers.append((b"x-client-request-id", client_id))
        return headers


def _policies(found: Mapping[bytes, bytes]) -> Headers:
    """Return what an answer with these headers still has to say of scripts and caches."""
    headers: Headers = []
    if b"content-security-policy" not in found:
        headers.append(_CONTENT_SECURITY_POLICY)
    if b"cache-control" not in found:
        headers.append(_REVALIDATE if b"etag" in found else _NO_STORE)
    return headers


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _fixed(found: Mapping[bytes, bytes]) -> bytes:
    return _lines((*_SECURITY, *_policies(found)))


_SECURITY_LINES: Final = _fixed({})
