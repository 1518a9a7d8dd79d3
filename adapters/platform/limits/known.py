"""What one process knows of the counts: enough to go on without Redis, and to mend a Redis that forgot.

Times are microseconds on the clock of Redis, as the process estimates it. Away from Redis a lone process goes on with
the count it saw last, which is exact. One of several cannot know what the others admitted meanwhile, so it assumes that
everything is used up and hands out its share of what flows back from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import final

from domain.shared.rate_limit import Quota, Verdict, admit

_MOST_KEYS = 50_000


@dataclass(slots=True, eq=False)
class Count:
    """One key: the arrival time that Redis told, and what this process admitted that Redis has not been told.

    It is unsure after a call without an answer, which may still arrive.
    """

    name: str
    quota: Quota
    acknowledged: int
    seen_us: int
    own_us: int
    debt: int = 0
    is_unsure: bool = False
    share_us: int = 0
    share_since_us: int | None = None


@final
class Known:
    """The counts of one process; of `processes` that share the quotas."""

    def __init__(self, clock_us: Callable[[], int], wall_us: Callable[[], int], *, processes: int) -> None:
        self._clock_us = clock_us
        self._processes = processes
        self._offset_us = wall_us() - clock_us()
        self._counts: dict[str, Count] = {}
        self._debtors: dict[str, Count] = {}
        self._floor_us = 0
        self._away_since_us: int | None = None
        self.epoch = ""

    @property
    def now_us(self) -> int:
        """The time on Redis' clock, as far as is known."""
        return self._clock_us() + self._offset_us

    @property
    def is_away(self) -> bool:
        """Whether decisions are taken without Redis."""
        return self._away_since_us is not None

    @property
    def has_debts(self) -> bool:
        """Whether Redis is still to be told something."""
        return bool(self._debtors)

    @property
    def debtors(self) -> Iterable[Count]:
        """Counts with admissions that Redis has not been told."""
        return self._debtors.values()

    def count(self, key: str, quota: Quota, sequence: int) -> Count:
        """Return the key's count; `sequence` is the last call there was, for a count that is new."""
        name = f"{key}:{quota.limit}/{quota.period_s}"
        found = self._counts.get(name)
        if found is None:
            if len(self._counts) >= _MOST_KEYS:
                self._make_room()
            found = self._counts[name] = Count(name, quota, sequence, 0, self._floor_us)
        return found

    def learn(self, now_us: int, epoch: str) -> None:
        """Note that Redis answered."""
        self._offset_us = now_us - self._clock_us()
        self._away_since_us = None
        self.epoch = epoch

    def settle(self, count: Count, arrival_us: int, sequence: int) -> None:
        """Note what Redis told of this key, which it now knows all of."""
        count.seen_us = count.own_us = arrival_us
        count.acknowledged = sequence
        count.debt = 0
        count.is_unsure = False
        self._debtors.pop(count.name, None)

    def lose(self) -> None:
        """Note that Redis does not answer."""
        if self._away_since_us is None:
            self._away_since_us = self.now_us

    def decide(self, count: Count, asks: int) -> list[Verdict]:
        """Decide without Redis, in the order of asking."""
        now = self.now_us
        if self._processes == 1:
            quota = count.quota
            admitted, arrival = admit(quota, count.own_us, now, asks)
        else:
            quota = count.quota.share(self._processes)
            if count.share_since_us != self._away_since_us:
                count.share_since_us = self._away_since_us
                count.share_us = (self._away_since_us or now) + quota.burst_us
            admitted, arrival = admit(quota, count.share_us, now, asks)
            count.share_us = arrival
        if admitted:
            count.own_us = max(count.own_us, now) + admitted * count.quota.interval_us
            count.debt += admitted
            self._debtors[count.name] = count
        return verdicts(quota, arrival, now, admitted, asks)

    def _make_room(self) -> None:
        """Forget what has flowed back, and of the rest the half that will be back first."""
        now = self.now_us
        kept = {name: count for name, count in self._counts.items() if count.debt or count.own_us > now}
        if len(kept) > _MOST_KEYS // 2:
            free = sorted(((c.own_us, name) for name, c in kept.items() if not c.debt), key=itemgetter(0))
            for arrival, name in free[: len(kept) - _MOST_KEYS // 2]:
                # a key that is unknown without Redis may be one of these
                self._floor_us = max(self._floor_us, arrival)
                del kept[name]
        self._counts = kept


def verdicts(quota: Quota, arrival_us: int, now_us: int, admitted: int, asks: int) -> list[Verdict]:
    """Return what each of the requests is told, of which the first ones were admitted."""
    found: list[Verdict] = []
    if admitted:
        found += [quota.verdict(arrival_us, now_us, is_admitted=True)] * admitted
    if admitted < asks:
        found += [quota.verdict(arrival_us, now_us, is_admitted=False)] * (asks - admitted)
    return found
