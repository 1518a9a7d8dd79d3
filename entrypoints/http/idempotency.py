"""`Idempotency-Key`: a request that is sent again under its key gets the first answer and has no second effect.

The handler runs inside the transaction that keeps the answer; nothing of a 2xx leaves before the commit. Any
other answer is given and forgotten, and the request may be sent again under the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from application.shared.idempotency import Attempt, Replays, RequestKey, StoredResponse
from domain.shared.errors import Invalid
from entrypoints.http.auth import find_actor
from entrypoints.http.bodies import stored_body
from entrypoints.http.context import method_of
from entrypoints.http.operations import Operation

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_KEPT_HEADERS: Final = frozenset({"content-type", "etag", "location", "cache-control"})
_SUCCESS: Final = range(200, 300)


class IdempotencyKeys(ASGIMiddleware):
    """Gives every mutation that carries a key its effect once."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, replays: Callable[[], Replays]) -> None:
        self._replays = replays
        self._operations: dict[tuple[HTTPRouteHandler, str], Operation] = {}

    def learn(self, operation: Operation) -> None:
        """Watch this operation if it takes a key."""
        if operation.takes_idempotency_key:
            self._operations[operation.handler, operation.method] = operation

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Answer from the store, or work and store."""
        keys = [value for name, value in scope["headers"] if name == b"idempotency-key"]
        handler = scope["route_handler"]
        operation = self._operations.get((handler, method_of(scope))) if isinstance(handler, HTTPRouteHandler) else None
        actor = find_actor(scope)
        if not keys or operation is None or actor is None:
            await next_app(scope, receive, send)
            return
        if len(keys) > 1:
            raise Invalid("Idempotency-Key is given more than once; one request has one key.", field=HEADER)
        key = RequestKey(
            route=f"{operation.method} {operation.path}",
            key=keys[0].decode("latin-1").strip(" "),
            fingerprint=fingerprint(scope, operation),
        )
        async with self._replays().attempt(actor, key) as attempt:
            if attempt.replay is not None:
                messages = _replayed(attempt.replay)
            else:
                messages = await _work(attempt, scope, receive, next_app)
        for message in messages:
            await send(message)


async def _work(attempt: Attempt, scope: Scope, receive: Receive, next_app: ASGIApp) -> list[Message]:
    messages: list[Message] = []

    async def hold(message: Message) -> None:
        messages.append(message)

    await next_app(scope, receive, hold)
    response = _as_stored(messages)
    if response is not None and response.status in _SUCCESS:
        await attempt.store(response)
    return messages


def _as_stored(messages: list[Message]) -> StoredResponse | None:
    status: int | None = None
    headers: list[tuple[str, str]] = []
    body: list[bytes] = []
    for message in messages:
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message.get("headers", [])
                if name.decode("latin-1").lower() in _KEPT_HEADERS
            ]
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))
    return None if status is None else StoredResponse(status, tuple(headers), b"".join(body))


def _replayed(response: StoredResponse) -> list[Message]:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers += [
        (REPLAYED.lower().encode(), b"true"),
        (b"content-length", str(len(response.body)).encode()),
    ]
    return [
        {"type": "http.response.start", "status": response.status, "headers": headers},
        {"type": "http.response.body", "body": response.body, "more_body": False},
    ]


def fingerprint(scope: Scope, operation: Operation) -> bytes:
    """Digest what makes two requests the same: method, path, query, `If-Match`, and the body's meaning.

    JSON is digested in one spelling, so that blanks and the order of members do not matter. A body that its
    handler streams is represented by its declared type and length, since it is not at hand yet.
    """
    digest = hashlib.sha256()
    method, path, query = method_of(scope), scope["path"], scope["query_string"].decode("latin-1")
    parts: list[object] = [method, path, sorted(parse_qsl(query, keep_blank_values=True))]
    parts.append(sorted(v.decode("latin-1") for n, v in scope["headers"] if n == b"if-match"))
    if operation.takes_json:
        parts.append(json.loads(stored_body(scope), parse_int=_number, parse_float=_number))
    elif operation.streams:
        declared = {b"content-type", b"content-length", b"content-digest"}
        parts.append(sorted((n.decode(), v.decode("latin-1")) for n, v in scope["headers"] if n in declared))
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.digest()


def _number(text: str) -> object:
    # kept as it is written: two numbers may be one float, and a number is not the text of it
    return {"number": text}
