"""Errors that only identity raises."""

from __future__ import annotations

from typing import ClassVar

from domain.shared.errors import TapedeckError


class TooManyAttempts(TapedeckError):
    """Too many sign-ins failed of late; `retry_after_s` says after how many seconds the next is looked at."""

    code: ClassVar[str] = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many attempts to sign in failed; try again in {retry_after_s} s.", retry_after_s=retry_after_s
        )
        self.retry_after_s = retry_after_s
