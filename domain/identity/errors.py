"""Errors that only identity raises."""

from __future__ import annotations

from typing import ClassVar

from domain.shared.errors import Conflict, TapedeckError


class TooManyAttempts(TapedeckError):
    """Too many sign-ins failed of late; `retry_after_s` says after how many seconds the next is looked at."""

    code: ClassVar[str] = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many attempts to sign in failed; try again in {retry_after_s} s.", retry_after_s=retry_after_s
        )
        self.retry_after_s = retry_after_s


class GuessablePassword(Conflict):
    """The password has the right form and guessers try it early; what they try changes, so this is no rule of form."""

    code: ClassVar[str] = "guessable_password"

    def __init__(self) -> None:
        super().__init__(
            "The password is easy to guess: it consists of common words, your address, a sequence or a repetition. "
            "Use a few words of your own that do not belong together.",
            field="password",
        )
