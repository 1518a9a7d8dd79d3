"""What can be wrong with a request before any use case sees it."""

from __future__ import annotations

from domain.shared.errors import Invalid, TapedeckError, Unavailable


class Malformed(TapedeckError):
    """The bytes are not what their content type says: broken JSON, text that is not UTF-8, absurd nesting."""

    code = "malformed"


class MethodNotAllowed(TapedeckError):
    """The path exists and does not answer this method."""

    code = "method_not_allowed"


class RouteNotFound(TapedeckError):
    """No operation lives at this path."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing at this path; /schema/openapi.json lists all operations.")


class RequestTimeout(TapedeckError):
    """The request did not arrive in full in time: its head, or its body."""

    code = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request did not arrive within {seconds:g} s; send it again.", seconds=int(seconds))


class TooLarge(TapedeckError):
    """The body is larger than this operation takes."""

    code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is larger than the {limit} bytes this operation takes.", limit=limit)


class HeadersTooLarge(TapedeckError):
    """The header block is larger than any honest client's."""

    code = "headers_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request headers are larger than {limit} bytes.", limit=limit)


class UriTooLong(TapedeckError):
    """The request target is longer than any honest client's."""

    code = "uri_too_long"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The path and query are longer than {limit} bytes.", limit=limit)


class UnsupportedMediaType(TapedeckError):
    """The body is of a type that this operation does not read."""

    code = "unsupported_media_type"

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"Send the body as {expected}; got {got[:80]!r}.", expected=expected)


class PreconditionRequired(TapedeckError):
    """An update must say which version it was made for."""

    code = "precondition_required"

    def __init__(self) -> None:
        super().__init__("Send the ETag of the version you read in If-Match, so that no other change is lost.")


class PreconditionFailed(TapedeckError):
    """`If-Match` names no version that this resource can have."""

    code = "version_conflict"

    def __init__(self, value: str) -> None:
        super().__init__(f"If-Match {value[:48]!r} is not the current ETag; read the resource again.")


class TooManyRequests(TapedeckError):
    """The caller has used up what it may ask for; some of it flows back with every moment."""

    code = "too_many_requests"

    def __init__(self, policy: str, limit: int, period_s: int, retry_after_s: int) -> None:
        super().__init__(
            f"These are more than {limit} requests in {period_s} s; wait {retry_after_s} s before the next.",
            policy=policy,
            limit=limit,
            period_s=period_s,
            retry_after_s=retry_after_s,
        )


class DeadlineExceeded(Unavailable):
    """The work took longer than a request may; nothing was stored."""

    code = "unavailable"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This took longer than {seconds:g} s and was given up; try again.", seconds=int(seconds))


class InvalidFields(Invalid):
    """Values of the body, the query or a header break their documented form; `problems` has one per field."""

    code = "invalid"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        first, why = problems[0]
        super().__init__(f"{first}: {why}", field=first)
        self.problems = problems
