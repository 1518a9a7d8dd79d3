"""Where metrics and traces listen to what is called outside."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, final


class CircuitState(StrEnum):
    """Whether calls go out, are kept back, or one goes out to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CallObserver(Protocol):
    """Hears of each try and of each change of a circuit, in the task and the context of the caller; must not raise."""

    def called(self, api_name: str, status: str, seconds: float) -> None:
        """Note one try that went out.

        The status is `success`, the value of the failure's `Reason`, `error` if our own reading of the answer failed,
        or `abandoned` if whoever asked went away.
        """
        ...

    def circuit(self, api_name: str, state: CircuitState) -> None:
        """Note the state of a provider's circuit, at first and whenever it changes."""
        ...


@final
class Unobserved(CallObserver):
    """Nobody listens."""

    def called(self, api_name: str, status: str, seconds: float) -> None:
        """Forget it."""

    def circuit(self, api_name: str, state: CircuitState) -> None:
        """Forget it."""
