"""Who asks for how much: the port through which every way into the product limits its callers."""

from __future__ import annotations

from typing import Protocol

from domain.shared.rate_limit import Quota, Verdict


class RateLimiter(Protocol):
    """Counts what each key asks for, over all processes together.

    It always answers, and soon: while what it counts with is away it goes on with less, and never admits more.
    """

    async def take(self, key: str, quota: Quota) -> Verdict:
        """Admit one request of this key, or refuse it; a key that is used with two quotas has two counts."""
        ...
