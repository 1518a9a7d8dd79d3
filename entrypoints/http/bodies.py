"""Looks at query and body before anything parses them for their meaning.

What is not well formed is answered here with 400, what is of the wrong type or size with 415 or 413, so that
handlers meet only UTF-8, honest JSON of bounded depth, and parameters that their operation knows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from entrypoints.http.errors import (
    DeadlineExceeded,
    InvalidFields,
    Malformed,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)
from entrypoints.http.limits import BODY_TIMEOUT_S, HANDLER_TIMEOUT_S, MAX_BODY_BYTES, MAX_NESTING
from entrypoints.http.operations import Operation

_BODY: Final = "tapedeck.body"
_IN_THREAD_BYTES: Final = 200_000
_NUL: Final = "\x00"
_JSON: Final = "application/json"
_ONLY_BRACKETS: Final = bytes(sorted(set(range(256)) - set(b'[]{}"')))
_ROUND_AS_SQUARE: Final = bytes.maketrans(b"{}", b"[]")


class RequestGuard(ASGIMiddleware):
    """Refuses requests that are broken, too large or ask for what their operation does not know."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, *, body_timeout_s: float = BODY_TIMEOUT_S, handler_timeout_s: float = HANDLER_TIMEOUT_S) -> None:
        self._operations: dict[tuple[HTTPRouteHandler, str], Operation] = {}
        self._body_timeout_s = body_timeout_s
        self._handler_timeout_s = handler_timeout_s

    def learn(self, operation: Operation) -> None:
        """Know what this operation takes."""
        self._operations[operation.handler, operation.method] = operation

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check, then go on with the body at hand and a limit on the time that all of it may take."""
        method = str(scope.get("method"))
        handler = scope["route_handler"]
        operation = self._operations.get((handler, method)) if isinstance(handler, HTTPRouteHandler) else None
        if operation is None:
            await next_app(scope, receive, send)
            return
        check_query(scope["query_string"], operation.query)
        if operation.takes_json:
            body = await self._read(scope, receive, _limit(operation))
            await _check_body(scope, body)
            scope["state"][_BODY] = body
            receive = _replay(body, receive)
        if operation.streams:
            await next_app(scope, receive, send)
            return
        await self._within_deadline(scope, receive, send, next_app)

    async def _read(self, scope: Scope, receive: Receive, limit: int) -> bytes:
        declared = _header(scope, b"content-length")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise TooLarge(limit)
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_timeout_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise Malformed("The connection ended before the whole body had arrived.")
                    more = message["more_body"]
                    size += len(message["body"])
                    if size > limit:
                        raise TooLarge(limit)
                    pieces.append(message["body"])
        except TimeoutError as error:
            raise RequestTimeout(self._body_timeout_s) from error
        return b"".join(pieces)

    async def _within_deadline(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        deadline = asyncio.timeout(self._handler_timeout_s)
        try:
            async with deadline:
                await next_app(scope, receive, send)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise DeadlineExceeded(self._handler_timeout_s) from error


def stored_body(scope: Scope) -> bytes:
    """Return the body that the guard has read; empty for operations without one."""
    body: object = scope["state"].get(_BODY, b"")
    return body if isinstance(body, bytes) else b""


def check_query(query: bytes, known: Mapping[str, bool]) -> None:
    """Raise unless the query is UTF-8, and holds only known names, each once unless it is a list, and no NUL."""
    if not query:
        return
    problems: list[tuple[str, str]] = []
    seen: set[str] = set()
    for pair in query.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        try:
            text, content = (unquote_to_bytes(part.replace(b"+", b" ")).decode() for part in (name, value))
        except UnicodeDecodeError as error:
            raise Malformed("The query is not UTF-8 after percent-decoding.") from error
        shown = text[:64]
        if text not in known:
            problems.append((shown, "is not a parameter of this operation"))
        elif text in seen and not known[text]:
            problems.append((shown, "is given more than once"))
        elif _NUL in content:
            problems.append((shown, "must not contain the character U+0000"))
        seen.add(text)
    if problems:
        raise InvalidFields(problems)


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
        value: object = json.loads(
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


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"The name {doubled[:64]!r} is given twice in one object of the body.")
    return found


def _refuse_constant(name: str) -> object:
    raise Malformed(f"The body is not JSON: {name} is no JSON value.")


def _nul_paths(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if _NUL in value:
            yield path
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _nul_paths(item, f"{path}[{position}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(name, str) and _NUL in name:
                yield path
            yield from _nul_paths(item, f"{path}.{name}" if path else str(name))


def _limit(operation: Operation) -> int:
    limit = operation.handler.resolve_request_max_body_size()
    return limit if isinstance(limit, int) else MAX_BODY_BYTES


def _header(scope: Scope, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name).strip()


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> HTTPReceiveMessage:
        nonlocal given
        if given:
            # what follows is the client going away
            return await receive()  # type: ignore[return-value]
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
