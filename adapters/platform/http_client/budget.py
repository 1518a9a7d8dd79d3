"""How many calls a provider allows, shared by all processes, so that none of them spends what another relies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from adapters.platform.resilience.failures import Reason, Retryable
from application.shared.rate_limits import RateLimiter
from domain.shared.rate_limit import Quota


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most so many calls within any so many seconds, however they are spread."""

    calls: int
    seconds: int

    @property
    def quota(self) -> Quota:
        """What is counted: half may go out at once, and the other half flows back in the time."""
        return Quota((self.calls + 1) // 2, self.seconds)


@final
class Budget:
    """The calls to one provider, whoever makes them."""

    def __init__(self, name: str, allowances: Sequence[Allowance], limiter: RateLimiter) -> None:
        self._name = name
        self._quotas = [each.quota for each in allowances]
        self._limiter = limiter

    async def spend(self) -> None:
        """Take a call from each allowance; raise Retryable, with the time to wait, if one of them is used up."""
        for quota in self._quotas:
            verdict = await self._limiter.take(f"provider:{self._name}", quota)
            if not verdict.is_admitted:
                message = f"Our own budget for calls to {self._name} is used up for now."
                raise Retryable(Reason.RATE_LIMITED, message, retry_after_s=float(verdict.retry_after_s))
