"""The rate limit admits exactly what it promises: a burst, and what flows back since."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.errors import Invalid
from domain.shared.rate_limit import Quota, admit

START = 1_800_000_000_000_000
QUOTAS = st.builds(Quota, st.integers(1, 200), st.integers(1, 3600))
# pauses from nothing to twice the longest period
PAUSES = st.lists(st.integers(0, 7_200_000_000) | st.integers(0, 2_000_000), min_size=1, max_size=120)


@dataclass
class Bucket:
    """The independent oracle: a bucket of exact fractions that fills while time passes."""

    quota: Quota
    level: Fraction
    at: int

    def take(self, now: int) -> bool:
        rate = Fraction(1, self.quota.interval_us)
        self.level = min(Fraction(self.quota.limit), self.level + (now - self.at) * rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def admissions(quota: Quota, pauses: list[int]) -> list[int]:
    arrival, now = 0, START
    found: list[int] = []
    for pause in pauses:
        now += pause
        admitted, arrival = admit(quota, arrival, now)
        found += [now] * admitted
    return found


@given(QUOTAS, PAUSES)
def test_between_any_two_instants_no_more_than_a_burst_and_what_flowed_back(quota: Quota, pauses: list[int]) -> None:
    found = admissions(quota, pauses)
    for first, begin in enumerate(found):
        for last in range(first, len(found)):
            elapsed = Fraction((found[last] - begin) * quota.limit, quota.period_s * 1_000_000)
            assert last - first + 1 <= quota.limit + elapsed


@given(QUOTAS, PAUSES)
def test_it_decides_as_a_bucket_of_exact_fractions(quota: Quota, pauses: list[int]) -> None:
    arrival, now = 0, START
    bucket = Bucket(quota, Fraction(quota.limit), now)
    for pause in pauses:
        now += pause
        admitted, arrival = admit(quota, arrival, now)
        assert bool(admitted) == bucket.take(now)


@given(QUOTAS, PAUSES, st.lists(st.integers(1, 300), min_size=120, max_size=120))
def test_many_at_once_are_decided_as_one_after_the_other(quota: Quota, pauses: list[int], asks: list[int]) -> None:
    together = apart = 0
    now = START
    for pause, number in zip(pauses, asks, strict=False):
        now += pause
        admitted, together = admit(quota, together, now, number)
        singles = 0
        for _ in range(number):
            one, apart = admit(quota, apart, now)
            singles += one
        assert (admitted, together) == (singles, apart)


@given(QUOTAS, PAUSES)
def test_what_a_caller_is_told_comes_true(quota: Quota, pauses: list[int]) -> None:
    """As many more as remain are admitted, then none; after the wait there is room again."""
    arrival, now = 0, START
    for pause in pauses:
        now += pause
        admitted, arrival = admit(quota, arrival, now)
        verdict = quota.verdict(arrival, now, is_admitted=bool(admitted))
        assert admit(quota, arrival, now, quota.limit + 1)[0] == verdict.remaining
        assert quota.room(arrival, now + verdict.full_after_s * 1_000_000) == quota.limit
        if not admitted:
            assert verdict.remaining == 0
            assert quota.room(arrival, now + verdict.retry_after_s * 1_000_000) >= 1


def test_nothing_that_flows_back_is_rounded_away() -> None:
    """A hundred a minute, asked for all the time, are 1,100 in ten minutes: the burst, and a hundred a minute."""
    quota = Quota(100, 60)
    pauses = [0, *[10_000] * (10 * 60 * 100)]
    assert len(admissions(quota, pauses)) == 1_100


@given(QUOTAS, st.integers(1, 64))
def test_shares_never_exceed_the_whole(quota: Quota, processes: int) -> None:
    share = quota.share(processes)
    assert Fraction(processes * share.limit, share.period_s) <= Fraction(quota.limit, quota.period_s)
    assert share.limit == 1 or processes * share.limit <= quota.limit


@pytest.mark.parametrize(("limit", "period_s"), [(0, 60), (1, 0), (2_000_001, 2)])
def test_a_quota_that_means_nothing_is_refused(limit: int, period_s: int) -> None:
    with pytest.raises(Invalid):
        Quota(limit, period_s)
