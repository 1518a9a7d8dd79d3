"""What can go wrong between a program and a Tapedeck, by what the program can do about it."""

from __future__ import annotations

from collections.abc import Mapping


class TapedeckError(Exception):
    """Anything that this package raises by itself."""


class Unreachable(TapedeckError):
    """Nobody answered; whether a request that changes something was carried out is unknown."""


class Unreadable(TapedeckError):
    """The other side said something that is not Tapedeck's language."""


class SignedOut(TapedeckError):
    """Nobody is signed in, or no longer: sign in (again)."""


class Refused(TapedeckError):
    """The server understood and said no. `code` is stable, the message is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, object] | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details or {}
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class StreamRefused(TapedeckError):
    """The stream was closed for a reason that connecting again would not change; `code` is the close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"The stream was refused ({code}): {reason or 'no reason was given'}")
        self.code = code
        self.reason = reason
