"""The failures of the API as its description tells them: which operation answers which, and what each means."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar.enums import ParamType

from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.openapi_schemas import EXAMPLE_ID, EXAMPLE_INSTANT, Schemas
from entrypoints.http.operations import Operation, RateClass
from entrypoints.http.problem import PROBLEM_JSON, RETRY_AFTER_S, Problem
from entrypoints.http.rate_limits import POLICY, STATE

_MEANING: Final = {
    400: "The bytes are not what they say they are: broken JSON, text that is not UTF-8, absurd nesting.",
    401: "There is no valid access token.",
    403: "The token does not carry the scope that this needs.",
    404: "It does not exist, or belongs to somebody else.",
    405: "The path does not answer this method.",
    408: "The body did not arrive in time.",
    409: "The state of things forbids this now, or a request with the same key is in progress.",
    412: "Somebody else changed it: `If-Match` does not name the current version.",
    413: "The body is too large.",
    414: "The path and query are too long.",
    415: "The body is of a type that this does not read.",
    422: "A value is wrong or unknown, or the idempotency key belongs to another request.",
    428: "`If-Match` is missing.",
    429: "Too many requests or attempts; wait for `Retry-After` seconds.",
    431: "The headers are too large.",
    500: "Something is broken here. Quote the request id.",
    503: "Something this needs is away. Nothing was stored; try again after `Retry-After` seconds.",
}
_CODE: Final = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    412: "version_conflict",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    428: "precondition_required",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
}
_EVERYWHERE: Final = (400, 414, 422, 431, 500, 503)


def statuses_of(operation: Operation) -> set[int]:
    """Return the statuses of the failures that the operation may answer."""
    found = {*_EVERYWHERE, *(operation.handler.responses or {})}
    if not operation.is_public:
        found |= {401, 403}
    if operation.rate_class is not RateClass.NONE:
        found.add(429)
    if operation.takes_json or operation.streams:
        found |= {408, 413, 415}
    if any(parameter.location is ParamType.PATH for parameter in operation.parameters):
        found.add(404)
    if any(parameter.name == "If-Match" for parameter in operation.parameters):
        found |= {412, 428}
    if operation.takes_idempotency_key:
        found.add(409)
    return found


def problem_response(status: int, schemas: Schemas) -> JsonObject:
    """Return the response of a failure: what it means, its headers, and the problem with an example."""
    phrase = HTTPStatus(status).phrase
    example: Json = {
        "type": f"urn:tapedeck:problem:{_CODE[status]}",
        "title": phrase,
        "status": status,
        "detail": _MEANING[status],
        "instance": f"urn:uuid:{EXAMPLE_ID}",
        "success": False,
        "error": {"code": _CODE[status], "message": _MEANING[status], "details": {}},
        "meta": {"timestamp": EXAMPLE_INSTANT, "requestId": EXAMPLE_ID},
    }
    headers: JsonObject = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"description": "How to authenticate.", "schema": {"type": "string"}}
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 0, "examples": [RETRY_AFTER_S]},
        }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.update(rate_limit_headers())
    return {
        "description": _MEANING[status],
        "headers": headers,
        "content": {PROBLEM_JSON: {"schema": schemas.of(Problem), "example": example}},
    }


def rate_limit_headers() -> JsonObject:
    """Return the headers that tell how much of a limit is left."""
    # not required: limits can be switched off
    shown = {
        POLICY: (
            "The limit that counts: `q` requests at once, and as many again in `w` seconds.",
            '"read";q=100;w=60',
        ),
        STATE: ("`r` more requests may follow at once; in `t` seconds all of them.", '"read";r=99;t=1'),
    }
    return {
        name: {"description": text, "required": False, "schema": {"type": "string", "examples": [example]}}
        for name, (text, example) in shown.items()
    }


def documented_statuses() -> set[int]:
    """Return the statuses of failures that the document can explain."""
    return set(_MEANING)
