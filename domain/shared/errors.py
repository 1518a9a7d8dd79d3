"""The one tree of errors that users can meet.

An error says what happened, with which value, and what to do. It carries a stable `code` and typed
details and knows nothing of any transport: each transport maps codes to its own statuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeAlias

Detail: TypeAlias = str | int | bool | list[str] | None


class TapedeckError(Exception):
    """The root. `message` is a sentence for the user; `details` are machine-readable facts about it."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, /, **details: Detail) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Detail] = details


class Invalid(TapedeckError):
    """A value breaks a rule of the domain; the same request can never succeed."""

    code = "invalid"


class NotFound(TapedeckError):
    """The thing does not exist, or belongs to somebody else: the two look the same."""

    code = "not_found"

    def __init__(self, kind: str, /, identifier: object) -> None:
        super().__init__(f"There is no {kind} {identifier}.", kind=kind, id=str(identifier))


class Conflict(TapedeckError):
    """The state of things forbids the change now."""

    code = "conflict"


class VersionConflict(TapedeckError):
    """Somebody else changed the aggregate since the caller read it."""

    code = "version_conflict"

    def __init__(self, aggregate: str, /, *, expected: int, actual: int | None = None) -> None:
        super().__init__(
            f"The {aggregate} has changed since version {expected}; read it again and repeat the change.",
            aggregate=aggregate,
            expected=expected,
            actual=actual,
        )


class Unauthenticated(TapedeckError):
    """The caller is not who they say, or no longer."""

    code = "unauthenticated"


class Forbidden(TapedeckError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Unavailable(TapedeckError):
    """Something this needs is away for now; nothing was stored and the same request may succeed later."""

    code = "unavailable"
