"""How many requests an hour, a minute or a second somebody may make, decided without counting windows.

The generic cell rate algorithm (ITU-T I.371): each request moves a *theoretical arrival time* on by one emission
interval, and is refused if that would carry it further than a whole burst into the future. One number per key is all
that is kept, nothing is ever reset, and what flows back is never rounded away. Times are whole microseconds of whatever
clock the caller reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.shared.errors import Invalid

_MICROSECONDS = 1_000_000
# a million a second are more than anything here can serve, and an interval below a microsecond is none
_MAX_LIMIT_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` requests at once, and as many again, evenly spread, in every `period_s` seconds."""

    limit: int
    period_s: int

    def __post_init__(self) -> None:
        if self.limit < 1 or self.period_s < 1:
            raise Invalid(f"A quota allows at least 1 request in at least 1 s; got {self.limit} in {self.period_s} s.")
        if self.limit > self.period_s * _MAX_LIMIT_PER_SECOND:
            raise Invalid(f"A quota allows at most {_MAX_LIMIT_PER_SECOND} requests a second; got {self.limit}.")

    @property
    def interval_us(self) -> int:
        """The time in which one request flows back, rounded up so that never too many are admitted."""
        return -(-self.period_s * _MICROSECONDS // self.limit)

    @property
    def burst_us(self) -> int:
        """How far into the future the theoretical arrival time may lie."""
        return self.interval_us * self.limit

    def share(self, processes: int) -> Quota:
        """Return a quota of which that many processes may each use their own, and together never exceed this one."""
        if self.limit >= processes:
            return Quota(self.limit // processes, self.period_s)
        return Quota(1, -(-self.period_s * processes // self.limit))

    def room(self, arrival_us: int, now_us: int) -> int:
        """Return how many requests would be admitted now."""
        return max(0, (now_us + self.burst_us - max(arrival_us, now_us)) // self.interval_us)

    def verdict(self, arrival_us: int, now_us: int, *, is_admitted: bool) -> Verdict:
        """Return what a caller is told after the arrival time has become `arrival_us`."""
        wait_us = 0 if is_admitted else arrival_us + self.interval_us - self.burst_us - now_us
        return Verdict(
            is_admitted=is_admitted,
            remaining=self.room(arrival_us, now_us),
            full_after_s=_seconds(arrival_us - now_us),
            # a refusal that lasts no time is not possible; a clock that jumped might pretend so
            retry_after_s=0 if is_admitted else max(1, _seconds(wait_us)),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on; `remaining` more could follow at once, and waiting is told in whole seconds."""

    is_admitted: bool
    remaining: int
    full_after_s: int
    retry_after_s: int


def admit(quota: Quota, arrival_us: int, now_us: int, asks: int = 1) -> tuple[int, int]:
    """Return how many of the requests are admitted, the first ones, and the new arrival time.

    Between any two instants never more are admitted than `limit` and one per interval that lies between them; a
    refusal changes nothing. The Lua script of adapters/platform/limits does the same on Redis' clock.
    """
    admitted = min(asks, quota.room(arrival_us, now_us))
    if not admitted:
        return 0, arrival_us
    return admitted, max(arrival_us, now_us) + admitted * quota.interval_us


def _seconds(microseconds: int) -> int:
    return max(0, -(-microseconds // _MICROSECONDS))
