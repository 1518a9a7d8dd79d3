"""Looks at query and body before anything parses them for their meaning.

What is not well formed is answered here with 400, what is of the wrong type or size with 415 or 413, so that
handlers meet only UTF-8, honest JSON of bounded depth, and parameters that their operation knows.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from entrypoints.http.context import method_of
from entrypoints.http.errors import (
    DeadlineExceeded,
    InvalidFields,
    Malformed,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)
from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.limits import BODY_TIMEOUT_S, HANDLER_TIMEOUT_S, MAX_BODY_BYTES, MAX_NESTING, UPLOAD_TIMEOUT_S
from entrypoints.http.operations import Operation, Parameter
from entrypoints.http.validation import DOES_NOT_MATCH, in_words, problem_in_body

_BODY: Final = "tapedeck.body"
_OPERATION: Final = "tapedeck.operation"
_IN_THREAD_BYTES: Final = 200_000
_QUERIES: Final = 64
_LONGEST_REMEMBERED: Final = 256
_NUL: Final = "\x00"
_JSON: Final = "application/json"
_ONLY_BRACKETS: Final = bytes(sorted(set(range(256)) - set(b'[]{}"')))
_ROUND_AS_SQUARE: Final = bytes.maketrans(b"{}", b"[]")


class RequestGuard(ASGIMiddleware):
    """Refuses requests that are broken, too large or ask for what their operation does not know."""

    scopes = (ScopeType.HTTP,)

    def __init__(
        self,
        *,
        body_timeout_s: float = BODY_TIMEOUT_S,
        upload_timeout_s: float = UPLOAD_TIMEOUT_S,
        handler_timeout_s: float = HANDLER_TIMEOUT_S,
    ) -> None:
        self._operations: dict[tuple[HTTPRouteHandler, str], Operation] = {}
        # by operation, what finds fault with a query and remembers the last ones without
        self._queries: dict[tuple[HTTPRouteHandler, str], Callable[[bytes], None]] = {}
        self._methods: dict[str, set[str]] = {}
        self._body_timeout_s = body_timeout_s
        self._upload_timeout_s = upload_timeout_s
        self._handler_timeout_s = handler_timeout_s

    def learn(self, operation: Operation) -> None:
        """Know what this operation takes."""
        key = operation.handler, operation.method
        self._operations[key] = operation
        self._queries[key] = lru_cache(_QUERIES)(partial(check_query, known=operation.query))
        allowed = self._methods.setdefault(operation.path, {"OPTIONS"})
        allowed |= {operation.method, "HEAD"} if operation.method == "GET" else {operation.method}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check, then go on with the body at hand and a limit on the time that all of it may take."""
        method = method_of(scope)
        handler = scope["route_handler"]
        operation = self._operations.get((handler, method)) if isinstance(handler, HTTPRouteHandler) else None
        if method == "OPTIONS" and (allowed := self._methods.get(scope["path_template"])):
            await _allow(allowed, send)
            return
        if operation is None:
            await next_app(scope, receive, send)
            return
        query = scope["query_string"]
        if len(query) <= _LONGEST_REMEMBERED:
            self._queries[operation.handler, method](query)
        else:
            check_query(query, operation.query)
        bounded = self._bounded(scope, receive, _limit(operation))
        if operation.stays_open:
            await next_app(scope, bounded, send)
            return
        if operation.takes_json:
            body = await self._read(bounded)
            await _check_body(scope, body)
            scope["state"][_BODY] = body
            scope["state"][_OPERATION] = operation
            bounded = _replay(body, receive)
        await self._within_deadline(scope, bounded, send, next_app)

    def _bounded(self, scope: Scope, receive: Receive, limit: int) -> Receive:
        """Let no more than `limit` bytes through, and wait for each piece and for all of them only so long."""
        declared = _header(scope, b"content-length")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise TooLarge(limit)
        clock = asyncio.get_running_loop().time
        ends = clock() + self._upload_timeout_s
        size = 0
        is_whole = False

        async def next_piece() -> HTTPReceiveMessage:
            nonlocal size, is_whole
            if is_whole:
                # what follows is the client going away, and nobody waits for that in vain
                return await receive()  # type: ignore[return-value]  # the ASGI types leave a disconnect out
            until = min(clock() + self._body_timeout_s, ends)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError as error:
                is_over = until == ends
                raise RequestTimeout(self._upload_timeout_s if is_over else self._body_timeout_s) from error
            if message["type"] == "http.request":
                is_whole = not message.get("more_body", False)
                size += len(message.get("body", b""))
                if size > limit:
                    raise TooLarge(limit)
            return message  # type: ignore[return-value]  # any other message is the client going away

        return next_piece

    async def _read(self, receive: Receive) -> bytes:
        pieces: list[bytes] = []
        try:
            # many small pieces must not add up to for ever either
            async with asyncio.timeout(self._body_timeout_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Malformed("The connection ended before the whole body had arrived.")
                    more = message.get("more_body", False)
                    pieces.append(message.get("body", b""))
        except TimeoutError as error:
            raise RequestTimeout(self._body_timeout_s) from error
        return b"".join(pieces)

    async def _within_deadline(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wait so long for the answer to begin, and again so long after each piece that came in or was taken."""
        deadline = asyncio.timeout(self._handler_timeout_s)

        def extend() -> None:
            deadline.reschedule(asyncio.get_running_loop().time() + self._handler_timeout_s)

        async def receive_in_time() -> HTTPReceiveMessage:
            message = await receive()
            if message["type"] == "http.request":
                extend()
            return message  # type: ignore[return-value]  # any other message is the client going away

        async def send_in_time(message: Message) -> None:
            await send(message)
            extend()

        try:
            async with deadline:
                await next_app(scope, receive_in_time, send_in_time)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise DeadlineExceeded(self._handler_timeout_s) from error


class ApiRequest(Request[object, object, State]):
    """A request whose JSON is read at once and strictly into the type that its handler asks for."""

    async def json(self) -> object:
        """Return the body as its operation's type.

        Litestar alone would read it twice and leniently: the text "true" would count as true.
        """
        operation: object = self.scope["state"].get(_OPERATION)
        if not isinstance(operation, Operation):
            return await super().json()
        try:
            return operation.decoder.decode(await self.body())
        except msgspec.ValidationError as error:
            raise InvalidFields([problem_in_body(str(error))]) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise Malformed(f"The body is not JSON that can be read here: {error}") from error


def stored_body(scope: Scope) -> bytes:
    """Return the body that the guard has read; empty for operations without one."""
    body: object = scope["state"].get(_BODY, b"")
    return body if isinstance(body, bytes) else b""


def check_query(query: bytes, known: Mapping[str, Parameter]) -> None:
    """Raise Malformed unless the query is UTF-8, InvalidFields unless it is what the parameters ask for.

    Litestar overlooks the constraints inside of an optional parameter; msgspec, asked here, does not.
    """
    given: dict[str, list[str]] = {}
    for pair in query.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            given.setdefault(_percent_decoded(name), []).append(_percent_decoded(value))
    problems = [(name[:64], why) for name, values in given.items() if (why := _fault(known.get(name), values))]
    if problems:
        raise InvalidFields(problems)


def _percent_decoded(text: bytes) -> str:
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        raise Malformed("The query is not UTF-8 after percent-decoding.") from error


def _fault(parameter: Parameter | None, values: list[str]) -> str | None:
    if parameter is None:
        return "is not a parameter of this operation"
    if len(values) > 1 and not parameter.is_list:
        return "is given more than once"
    if any(_NUL in value for value in values):
        return "must not contain the character U+0000"
    try:
        msgspec.convert(values if parameter.is_list else values[0], parameter.required_type, strict=False)
    except msgspec.ValidationError as error:
        return in_words(str(error))
    if parameter.pattern is not None and not all(parameter.pattern.search(value) for value in values):
        return DOES_NOT_MATCH
    return None


async def _allow(methods: set[str], send: Send) -> None:
    headers = [(b"allow", ", ".join(sorted(methods)).encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _check_body(scope: Scope, body: bytes) -> None:
    if not body:
        raise InvalidFields([("body", "is missing; this operation needs one")])
    content_type = _header(scope, b"content-type").decode("latin-1")
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != _JSON or charset not in {"", "utf-8", "utf8"}:
        raise UnsupportedMediaType(_JSON, content_type)
    if _header(scope, b"content-encoding").lower() not in {b"", b"identity"}:
        raise UnsupportedMediaType("identity, not compressed", _header(scope, b"content-encoding").decode("latin-1"))
    if len(body) < _IN_THREAD_BYTES:
        check_json(body)
    else:
        await asyncio.to_thread(check_json, body)


def check_json(body: bytes) -> None:
    """Raise Malformed unless this is one JSON value in UTF-8 of bounded depth with distinct names.

    Raises InvalidFields for U+0000 in a text, which the database cannot hold. JSON itself leaves open what
    doubled names mean; two readers might take different amounts, so they are refused.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: byte {error.start} is wrong.") from error
    check_nesting(body)
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_distinct, parse_constant=_refuse_constant, parse_int=str, parse_float=str
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    if "\\u0000" in text and (path := next(_nul_paths(value, ""), None)) is not None:
        raise InvalidFields([(path[:200] or "body", "must not contain the character U+0000")])


def check_nesting(body: bytes) -> None:
    """Raise Malformed if brackets nest deeper than `MAX_NESTING` or do not close; cost is linear, depth no matter."""
    bare = body
    if b"\\" in bare:
        bare = bare.replace(b"\\\\", b"").replace(b'\\"', b"")
    bare = bare.translate(None, _ONLY_BRACKETS).replace(b'""', b"")
    brackets = b"".join(bare.split(b'"')[::2]).translate(_ROUND_AS_SQUARE)
    for _ in range(MAX_NESTING):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise Malformed(f"The body nests deeper than {MAX_NESTING} levels, or its brackets do not match.")


def _distinct(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"The name {doubled[:64]!r} is given twice in one object of the body.")
    return found


def _refuse_constant(name: str) -> object:
    raise Malformed(f"The body is not JSON: {name} is no JSON value.")


def _nul_paths(value: Json, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if _NUL in value:
            yield path
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _nul_paths(item, f"{path}[{position}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if _NUL in name:
                yield path
            yield from _nul_paths(item, f"{path}.{name}" if path else name)


def _limit(operation: Operation) -> int:
    limit = operation.handler.resolve_request_max_body_size()
    if isinstance(limit, int):
        return limit
    # a handler that reads its body itself may count for itself
    return sys.maxsize if operation.streams else MAX_BODY_BYTES


def _header(scope: Scope, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name).strip()


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> HTTPReceiveMessage:
        nonlocal given
        if given:
            # what follows is the client going away
            return await receive()  # type: ignore[return-value]  # the ASGI types leave a disconnect out
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
