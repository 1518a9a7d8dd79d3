"""All policies of a process, for wiring, which makes them, and for `GET /health`, which shows a line for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

from adapters.platform.resilience.observer import CallObserver, CircuitState, Unobserved
from adapters.platform.resilience.policy import Policy, Terms
from application.shared.health import Probe
from domain.shared.errors import Unavailable


@final
class Policies:
    """Makes each policy once: providers that share a name share limits and fate."""

    def __init__(self, observer: CallObserver | None = None) -> None:
        self._observer = observer or Unobserved()
        self._made: dict[str, Policy] = {}

    def policy(self, name: str, terms: Terms | None = None) -> Policy:
        """Return the policy of that name, made on these terms the first time.

        The name is that of the provider and, where it serves several capabilities, of the capability: `alpaca_orders`.
        """
        if name not in self._made:
            self._made[name] = Policy(name, terms or Terms(), observer=self._observer)
        return self._made[name]

    @property
    def probes(self) -> Sequence[Probe]:
        """A probe for each policy that has been made."""
        return [CircuitProbe(policy) for policy in self._made.values()]


@final
class CircuitProbe(Probe):
    """Calls to a provider go out. It asks the circuit and not the provider, so that health costs no calls."""

    is_essential = False

    def __init__(self, policy: Policy) -> None:
        self.name = policy.name
        self._circuit = policy.circuit

    async def __call__(self) -> None:
        """Look at the circuit."""
        if self._circuit.state is not CircuitState.CLOSED:
            seconds = math.ceil(self._circuit.retry_after_s)
            when = f"in {seconds} s" if seconds else "with the next call"
            raise Unavailable(f"Calls keep failing and are held back; the next try is {when}.")
