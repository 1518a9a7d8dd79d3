"""Each call to a provider as it is seen from outside: a part of the trace in hand, a count and a time.

URLs are not told: some providers take their key there.
"""

from __future__ import annotations

from typing import Final, final

from adapters.platform.resilience.observer import CallObserver, CircuitState
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Tracing

_NUMBERS: Final = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}


@final
class ObservedCalls(CallObserver):
    """Tells traces and metrics."""

    def __init__(self, tracing: Tracing, metrics: Metrics) -> None:
        self._tracing = tracing
        self._metrics = metrics

    def called(self, api_name: str, status: str, seconds: float) -> None:
        """Count a try that is over."""
        self._metrics.external_api_calls.labels(api_name, status).inc()
        self._metrics.external_api_duration.labels(api_name).observe(seconds)
        about = {"tapedeck.api_name": api_name, "tapedeck.call_status": status}
        self._tracing.add_past_part(f"call {api_name}", about, seconds, is_failed=status != "success")

    def circuit(self, api_name: str, state: CircuitState) -> None:
        """Note where a circuit stands."""
        self._metrics.circuit_breaker_state.labels(api_name).set(_NUMBERS[state])
        if state is CircuitState.OPEN:
            self._metrics.circuit_breaker_opened.labels(api_name).inc()
