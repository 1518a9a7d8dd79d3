"""The one shape of every failure: RFC 9457, with the envelope's members in the same body.

This module owns the table from the domain's error codes to HTTP statuses. An error that is not in it, or is no
error of ours, is a 500 that tells the client its request id and the log everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from domain.shared.errors import TapedeckError, Unavailable
from entrypoints.http.context import exchange
from entrypoints.http.errors import InvalidFields, Malformed, MethodNotAllowed, RouteNotFound, TooLarge
from entrypoints.http.limits import MAX_BODY_BYTES
from entrypoints.http.validation import field_problems

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 2
BEARER_CHALLENGE = 'Bearer realm="tapedeck"'

STATUS: Mapping[str, int] = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "no_exchange_rate": 404,
    "unknown_symbol": 404,
    "unknown_pair": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "duplicate_trade": 409,
    "duplicate_corporate_action": 409,
    "guessable_password": 409,
    "idempotency_in_progress": 409,
    "instrument_conflict": 409,
    "period_locked": 409,
    "version_conflict": 412,
    "too_large": 413,
    "uri_too_long": 414,
    "unsupported_media_type": 415,
    "invalid": 422,
    "idempotency_mismatch": 422,
    "too_many_to_explain": 422,
    "precondition_required": 428,
    "too_many_connections": 429,
    "too_many_requests": 429,
    "headers_too_large": 431,
    "internal": 500,
    "no_provider_answers": 503,
    "unavailable": 503,
}

_log: structlog.stdlib.BoundLogger = structlog.get_logger("tapedeck.http")


class ErrorDetails(Struct, rename="camel", kw_only=True):
    """What went wrong, for people and for programs."""

    code: Annotated[
        str,
        msgspec.Meta(
            pattern="^[a-z_]{3,64}$",
            description="Stable: programs decide by it.",
            examples=["invalid"],
        ),
    ]
    message: Annotated[
        str,
        msgspec.Meta(
            description="A sentence for people: what happened, with which value, what to do.",
            examples=["quantity: must match the pattern of a decimal"],
        ),
    ]
    details: Annotated[
        dict[str, object],
        msgspec.Meta(
            description="Facts of this kind of error; for `invalid`, `fields` lists each field and its problem.",
            examples=[{"fields": [{"field": "quantity", "message": "must match the pattern of a decimal"}]}],
        ),
    ]


class ProblemMeta(Struct, rename="camel", kw_only=True):
    """Facts about the answer."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True, description="When the request came in.")]
    request_id: Annotated[
        str,
        msgspec.Meta(description="Quote this when asking for help.", examples=["0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"]),
    ]


class Problem(Struct, rename="camel", kw_only=True):
    """A request that did not work, as RFC 9457 describes it."""

    type: Annotated[
        str,
        msgspec.Meta(description="A URI for the kind of problem.", examples=["urn:tapedeck:problem:invalid"]),
    ]
    title: Annotated[str, msgspec.Meta(examples=["Unprocessable Entity"])]
    status: Annotated[int, msgspec.Meta(ge=400, le=599, examples=[422])]
    detail: Annotated[str, msgspec.Meta(examples=["quantity: must match the pattern of a decimal"])]
    instance: Annotated[
        str,
        msgspec.Meta(
            description="A URI for this occurrence.", examples=["urn:uuid:0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"]
        ),
    ]
    success: Literal[False] = False
    error: ErrorDetails
    meta: ProblemMeta


def errors(*statuses: int) -> dict[int, ResponseSpec]:
    """Document the statuses that this operation answers besides those every operation has.

    Every operation is given 400, 413, 415, 422, 429, 500 and 503 where they apply; one with a token 401 and 403, one
    with a path parameter 404, one with `If-Match` 412 and 428, one with an idempotency key 409.
    """
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, description=HTTPStatus(status).phrase, media_type=PROBLEM_JSON
        )
        for status in statuses
    }


def status_of(error: TapedeckError) -> int:
    """Return the status of the error's code, or of the nearest kind of error it belongs to."""
    for kind in type(error).__mro__:
        code: object = kind.__dict__.get("code")
        if isinstance(code, str) and code in STATUS:
            return STATUS[code]
    return STATUS["internal"]


def problem_of(error: TapedeckError) -> Problem:
    """Describe the error."""
    status = status_of(error)
    current = exchange()
    details: dict[str, object] = dict(error.details)
    if isinstance(error, InvalidFields):
        details = {"fields": [{"field": field, "message": message} for field, message in error.problems]}
    return Problem(
        type=f"urn:tapedeck:problem:{error.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.message,
        instance=f"urn:uuid:{current.request_id}",
        error=ErrorDetails(code=error.code, message=error.message, details=details),
        meta=ProblemMeta(timestamp=current.received_at, request_id=current.request_id),
    )


def render(error: TapedeckError) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the problem."""
    problem = problem_of(error)
    status = problem.status
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = BEARER_CHALLENGE
    if isinstance(error, Unavailable) or error.code == "idempotency_in_progress":
        headers["Retry-After"] = str(RETRY_AFTER_S)
    retry_after = error.details.get("retry_after_s")
    if isinstance(retry_after, int):
        headers["Retry-After"] = str(retry_after)
    return status, headers, msgspec.json.encode(problem)


def translate(error: Exception) -> tuple[TapedeckError, dict[str, str]]:
    """Return the error as one of ours, with headers worth keeping; what nobody expected becomes `internal`."""
    if isinstance(error, TapedeckError):
        return error, {}
    if isinstance(error, HTTPException):
        return _translate_http(error)
    return _internal(error), {}


def _translate_http(error: HTTPException) -> tuple[TapedeckError, dict[str, str]]:
    match error.status_code:
        case 400:
            problems = field_problems(error)
            return (InvalidFields(problems) if problems else Malformed(error.detail)), {}
        case 404:
            return RouteNotFound(), {}
        case 405:
            found = {*(error.headers or {}).get("allow", "").split(", "), "OPTIONS"} - {""}
            allow = sorted(found | {"HEAD"} if "GET" in found else found)
            methods = ", ".join(allow)
            return MethodNotAllowed(f"This path answers {methods}.", allow=allow), {"Allow": methods}
        case 413:
            return TooLarge(MAX_BODY_BYTES), {}
        case _:
            return _internal(error), {}


def _internal(error: Exception) -> TapedeckError:
    _log.error("request_failed", request_id=exchange().request_id, exc_info=error)
    return TapedeckError("Something went wrong here; it has been logged under this request id.")


def respond(_request: Request[object, object, State], error: Exception) -> Response[bytes]:
    """Answer any exception with its problem."""
    ours, kept = translate(error)
    status, headers, body = render(ours)
    return Response(body, status_code=status, headers={**headers, **kept}, media_type=PROBLEM_JSON)
