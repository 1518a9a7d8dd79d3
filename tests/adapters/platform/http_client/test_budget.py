"""A provider's allowance is never overdrawn, and who finds it used up is told when to come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platform.http_client.budget import Allowance, Budget
from adapters.platform.resilience.failures import Reason, Retryable
from tests.fakes.platform import FakeClock, FakeRateLimiter

pytestmark = pytest.mark.anyio


@given(st.integers(1, 200), st.integers(1, 86_400))
def test_an_allowance_holds_for_any_time_of_its_length(calls: int, seconds: int) -> None:
    """What may go out at once, and what flows back while the time passes, are together no more than is allowed."""
    quota = Allowance(calls, seconds).quota
    last_us = seconds * 1_000_000 - 1
    assert quota.limit + last_us // quota.interval_us <= calls


async def test_all_who_call_share_a_budget_and_are_told_when_there_is_more() -> None:
    """Five calls a minute: three at once, and then one every twenty seconds."""
    clock = FakeClock()
    limiter = FakeRateLimiter(clock)
    here, there = (Budget("vendor", [Allowance(5, 60)], limiter) for _ in range(2))
    for budget in (here, there, here):
        await budget.spend()
    with pytest.raises(Retryable) as raised:
        await there.spend()
    assert (raised.value.reason, raised.value.retry_after_s) == (Reason.RATE_LIMITED, 20)
    clock.advance(seconds=20)
    await here.spend()


async def test_each_provider_has_a_budget_of_its_own_and_may_have_several() -> None:
    limiter = FakeRateLimiter(FakeClock())
    day = Budget("vendor", [Allowance(100, 1), Allowance(1, 86_400)], limiter)
    await day.spend()
    with pytest.raises(Retryable):
        await day.spend()
    await Budget("other", [Allowance(1, 86_400)], limiter).spend()
