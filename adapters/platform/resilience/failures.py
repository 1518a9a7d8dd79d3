"""The three ways in which a call to the outside fails. What a vendor said in its own words stays in the adapter.

The kind says what may follow. After `Retryable` nothing has happened and the same call may work later. After
`Permanent` nothing has happened and the same call never will work. After `Unknown` something may have happened: whoever
sent what must not happen twice asks before sending again. Messages name neither URL nor vendor text, so they may be
logged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, final

from domain.shared.errors import Unavailable


class Reason(StrEnum):
    """Why a call failed; the label that metrics and logs show."""

    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    CIRCUIT_OPEN = "circuit_open"
    OUT_OF_TIME = "out_of_time"
    UNAUTHORISED = "unauthorised"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    FORBIDDEN_ADDRESS = "forbidden_address"


# what tells that the provider is unwell; a limit, a refusal and "there is no such thing" are answers of a healthy one
_SICKNESS: Final = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.BROKEN,
        Reason.TIMEOUT,
        Reason.SERVER_ERROR,
        Reason.UNREADABLE,
        Reason.TOO_LARGE,
    }
)


class ProviderFailure(Exception):
    """A call to the outside failed; `status` is that of HTTP, where there was one.

    `retry_after_s` is how long the provider asked to be left alone.
    """

    def __init__(
        self, reason: Reason, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def is_sickness(self) -> bool:
        """Whether it counts towards opening the circuit."""
        return self.reason in _SICKNESS


@final
class Retryable(ProviderFailure):
    """Nothing has happened; the same call may work later."""


@final
class Permanent(ProviderFailure):
    """Nothing has happened; the same call will not work later either."""


@final
class Unknown(ProviderFailure):
    """Whether anything has happened is not known; ask before doing it again."""


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Tell whoever reads that `what` cannot be had now, and for how long, however the provider failed."""
    try:
        yield
    except ProviderFailure as failure:
        if failure.retry_after_s is None:
            raise Unavailable(f"{what} cannot be had right now; try again later.") from failure
        seconds = max(1, math.ceil(failure.retry_after_s))
        raise Unavailable(
            f"{what} cannot be had right now; try again in {seconds} s.", retry_after_s=seconds
        ) from failure
