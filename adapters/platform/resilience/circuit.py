"""pybreaker for asyncio: one probe at a time, a monotonic clock, and no opinion of who merely went away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, final

from pybreaker import (
    STATE_CLOSED,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitMemoryStorage,
)

from adapters.platform.resilience.failures import ProviderFailure, Reason, Retryable
from adapters.platform.resilience.observer import CallObserver, CircuitState

_STATES: Final = {"closed": CircuitState.CLOSED, "open": CircuitState.OPEN, "half-open": CircuitState.HALF_OPEN}


@final
class Circuit:
    """Opens after `failures_to_open` failures in a row; after `open_s` one call at a time goes out to see.

    Failures are `ProviderFailure`s that are a sickness. Being cancelled or out of time says nothing about the provider:
    it neither counts nor forgives. Any other end of a call, also an error in reading the answer, shows that it lives.
    """

    def __init__(
        self,
        name: str,
        *,
        failures_to_open: int,
        open_s: float,
        observer: CallObserver,
        clock: Callable[[], float],
    ) -> None:
        self._name = name
        self._memory = _Memory(clock)
        self._is_probing = False
        self._open_s = open_s
        self._breaker = CircuitBreaker(
            fail_max=failures_to_open,
            reset_timeout=open_s,
            exclude=[_is_no_sickness],
            listeners=[_Listener(name, observer)],
            state_storage=self._memory,
            name=name,
            throw_new_error_on_trip=False,
        )
        observer.circuit(name, self.state)

    @property
    def state(self) -> CircuitState:
        """What it is now; an open circuit stays so until somebody calls, however long that takes."""
        return _STATES[self._breaker.current_state]

    @property
    def retry_after_s(self) -> float:
        """How long calls are still kept back; 0 if the next one may go out."""
        if self.state is not CircuitState.OPEN:
            return 0.0
        return max(0.0, self._open_s - self._memory.open_for_s)

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Let one call out, or raise Retryable with `circuit_open`."""
        is_probe = self._breaker.current_state != STATE_CLOSED
        if is_probe and self._is_probing:
            raise self._kept_back()
        self._is_probing = self._is_probing or is_probe
        try:
            with self._breaker.calling():
                try:
                    yield
                except asyncio.CancelledError:
                    self._memory.is_deaf = True
                    raise
                except ProviderFailure as failure:
                    self._memory.is_deaf = failure.reason is Reason.OUT_OF_TIME
                    raise
        except CircuitBreakerError:
            raise self._kept_back() from None
        finally:
            self._memory.is_deaf = False
            if is_probe:
                self._is_probing = False

    def _kept_back(self) -> Retryable:
        message = f"Calls to {self._name} keep failing and are held back for now."
        return Retryable(Reason.CIRCUIT_OPEN, message, retry_after_s=self.retry_after_s)


@final
class _Memory(CircuitMemoryStorage):
    """What pybreaker keeps, on a clock that nobody sets back; while deaf, it overlooks how a call ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(STATE_CLOSED)
        self._clock = clock
        self._opened: float | None = None
        self.is_deaf = False

    @property
    def open_for_s(self) -> float:
        """How long ago it opened."""
        return 0.0 if self._opened is None else self._clock() - self._opened

    @property
    def opened_at(self) -> datetime | None:
        """When it opened, seen from now, which is what pybreaker compares it with."""
        return None if self._opened is None else datetime.now(UTC) - timedelta(seconds=self.open_for_s)

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        del datetime
        self._opened = self._clock()

    def reset_counter(self) -> None:
        """Forgive earlier failures."""
        if not self.is_deaf:
            super().reset_counter()

    def increment_success_counter(self) -> None:
        """Count a probe that worked."""
        if not self.is_deaf:
            super().increment_success_counter()


@final
class _Listener(CircuitBreakerListener):
    """Passes changes on."""

    def __init__(self, name: str, observer: CallObserver) -> None:
        self._name = name
        self._observer = observer

    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        """Tell of the new state."""
        del cb, old_state
        self._observer.circuit(self._name, _STATES[new_state.name])


def _is_no_sickness(error: BaseException) -> bool:
    return not (isinstance(error, ProviderFailure) and error.is_sickness)
