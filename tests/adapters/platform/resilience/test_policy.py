"""What a policy promises, whatever the provider does and whenever: random schedules of faults in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.platform.resilience.failures import Permanent, ProviderFailure, Reason, Retryable, Unknown, unavailable
from adapters.platform.resilience.observer import CallObserver, CircuitState
from adapters.platform.resilience.policies import Policies
from adapters.platform.resilience.policy import Policy, Terms
from domain.shared.errors import Unavailable
from tests.profiles import EXAMPLES, profile
from tests.virtual_time import in_virtual_time

Answer: TypeAlias = ProviderFailure | str
# the virtual clock adds up floats
TINY_S = 1e-6


@dataclass
class Tries:
    """A provider that does what it is told to, try by try, the last thing for ever.

    `happened` lists in order each try that began, None, and each answer that was given, with the time.
    """

    script: Sequence[tuple[float, Answer]]
    happened: list[tuple[float, Answer | None]] = field(default_factory=list)
    begun: int = 0
    under_way: int = 0
    most_at_once: int = 0

    async def __call__(self) -> str:
        """Take the time of this try, then answer or fail."""
        loop = asyncio.get_running_loop()
        seconds, answer = self.script[min(self.begun, len(self.script) - 1)]
        self.happened.append((loop.time(), None))
        self.begun += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await asyncio.sleep(seconds)  # virtual time
        finally:
            self.under_way -= 1
        self.happened.append((loop.time(), answer))
        if isinstance(answer, ProviderFailure):
            raise answer
        return answer


class Heard(CallObserver):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.states: list[CircuitState] = []

    def called(self, api_name: str, status: str, seconds: float) -> None:
        """Keep it."""
        assert seconds >= 0
        self.calls.append((api_name, status))

    def circuit(self, api_name: str, state: CircuitState) -> None:
        """Keep it."""
        assert api_name
        self.states.append(state)


def limited(seconds: float | None) -> Retryable:
    return Retryable(Reason.RATE_LIMITED, "slow down", retry_after_s=seconds)


def failed() -> Unknown:
    return Unknown(Reason.SERVER_ERROR, "it failed")


durations = st.sampled_from([0.0, 0.01, 0.3, 1.0, 3.9, 4.1, 20.0, 10_000.0])
answers = st.one_of(
    st.just("fine"),
    st.builds(failed),
    st.builds(Permanent, st.just(Reason.REFUSED), st.just("no")),
    st.builds(Retryable, st.just(Reason.UNREACHABLE), st.just("nobody there")),
    st.builds(limited, st.none() | st.floats(0, 10_000)),
)
terms = st.builds(
    Terms,
    deadline_s=st.floats(4, 30),
    attempt_timeout_s=st.floats(0.05, 4),
    attempts=st.integers(1, 5),
    backoff_s=st.floats(0, 2),
    failures_to_open=st.integers(1, 6),
    open_s=st.floats(0.1, 20),
    at_once=st.integers(1, 3),
    repeats=st.floats(0, 5),
)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls at some time, with patience of their own or the terms'."""

    at: float
    may_repeat: bool
    deadline_s: float | None


callers = st.lists(
    st.builds(Caller, at=st.floats(0, 40), may_repeat=st.booleans(), deadline_s=st.none() | st.floats(0.001, 60)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=EXAMPLES[profile()], deadline=None)
@given(terms=terms, script=st.lists(st.tuples(durations, answers), min_size=1, max_size=12), callers=callers)
def test_no_call_outlasts_its_deadline_and_no_outage_becomes_a_storm(
    terms: Terms, script: list[tuple[float, Answer]], callers: list[Caller]
) -> None:
    tries = Tries(script)
    own_tries: list[tuple[Caller, int]] = []

    async def one(policy: Policy, caller: Caller) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(caller.at)  # virtual time
        begun, count = loop.time(), 0

        async def counted() -> str:
            nonlocal count
            count += 1
            return await tries()

        try:
            found = await policy.run(counted, may_repeat=caller.may_repeat, deadline_s=caller.deadline_s)
            assert found == "fine"
        except ProviderFailure:
            pass
        patience = terms.deadline_s if caller.deadline_s is None else min(caller.deadline_s, terms.deadline_s)
        assert loop.time() - begun <= patience + TINY_S
        own_tries.append((caller, count))

    async def everybody() -> None:
        policy = Policy("somewhere", terms)
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(one(policy, caller))

    in_virtual_time(everybody())
    assert all(count <= (terms.attempts if caller.may_repeat else 1) for caller, count in own_tries)
    assert tries.most_at_once <= terms.at_once
    # one store of repeats for all, filled by what works
    works = sum(answer == "fine" for _, answer in tries.happened)
    assert tries.begun <= len(callers) + terms.repeats + works * terms.repeats_per_success
    # nobody calls while the provider has asked to be left alone
    quiet_until = 0.0
    for moment, answer in tries.happened:
        if answer is None:
            assert moment >= quiet_until - TINY_S
        elif isinstance(answer, ProviderFailure) and answer.retry_after_s is not None:
            quiet_until = max(quiet_until, moment + min(answer.retry_after_s, terms.longest_pause_s))


PATIENT = Terms(deadline_s=60, attempt_timeout_s=4, attempts=5, failures_to_open=3, open_s=30)


def state_of(policy: Policy) -> CircuitState:
    """What its circuit is now, which the next call may change."""
    return policy.circuit.state


def run(policy_of: Callable[[], Policy], work: Callable[[Policy], Awaitable[None]]) -> None:
    """Do the work with a new policy, in virtual time."""

    async def main() -> None:
        await work(policy_of())

    in_virtual_time(main())


def test_what_may_not_happen_twice_is_sent_once() -> None:
    tries = Tries([(0, failed()), (0, "fine")])

    async def work(policy: Policy) -> None:
        with pytest.raises(Unknown):
            await policy.run(tries, may_repeat=False)

    run(lambda: Policy("orders", PATIENT), work)
    assert tries.begun == 1


def test_a_permanent_failure_is_not_repeated() -> None:
    tries = Tries([(0, Permanent(Reason.REFUSED, "no")), (0, "fine")])

    async def work(policy: Policy) -> None:
        with pytest.raises(Permanent):
            await policy.run(tries, may_repeat=True)

    run(lambda: Policy("quotes", PATIENT), work)
    assert tries.begun == 1


def test_a_repeat_waits_as_long_as_the_provider_asks() -> None:
    tries = Tries([(0, limited(17.0)), (0, "fine")])

    async def work(policy: Policy) -> None:
        assert await policy.run(tries, may_repeat=True) == "fine"

    run(lambda: Policy("quotes", PATIENT), work)
    first, second = (moment for moment, answer in tries.happened if answer is None)
    assert 17.0 <= second - first <= 17.0 + PATIENT.backoff_s


def test_who_has_no_time_for_the_pause_hears_at_once_how_long_it_is() -> None:
    tries = Tries([(0, limited(59.0)), (0, "fine")])

    async def work(policy: Policy) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(2):
            with pytest.raises(Retryable) as caught:
                await policy.run(tries, may_repeat=True, deadline_s=5)
            assert caught.value.reason is Reason.RATE_LIMITED
            assert caught.value.retry_after_s == pytest.approx(59.0)
        assert loop.time() == 0

    run(lambda: Policy("quotes", PATIENT), work)
    assert tries.begun == 1


def test_an_open_circuit_lets_nothing_out_and_then_one_probe_at_a_time() -> None:
    tries = Tries([(0, failed())] * 3 + [(1, failed()), (1, "fine")])
    heard = Heard()

    async def outcome(policy: Policy) -> str:
        try:
            return await policy.run(tries, may_repeat=False)
        except ProviderFailure as failure:
            return failure.reason.value

    async def work(policy: Policy) -> None:
        assert [await outcome(policy) for _ in range(4)] == ["server_error"] * 3 + ["circuit_open"]
        assert policy.circuit.retry_after_s == pytest.approx(30.0)
        await asyncio.sleep(30)  # virtual time
        assert policy.circuit.retry_after_s == 0
        # the probe fails, and everybody waits again
        found = await asyncio.gather(*(outcome(policy) for _ in range(10)))
        assert sorted(found) == ["circuit_open"] * 9 + ["server_error"]
        assert await outcome(policy) == "circuit_open"
        await asyncio.sleep(30)  # virtual time
        # the next one works, and the way is free
        found = await asyncio.gather(*(outcome(policy) for _ in range(10)))
        assert sorted(found) == ["circuit_open"] * 9 + ["fine"]
        assert await asyncio.gather(*(outcome(policy) for _ in range(10))) == ["fine"] * 10

    run(lambda: Policy("quotes", PATIENT, observer=heard), work)
    closed, opened, half = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
    assert heard.states == [closed, opened, half, opened, half, closed]
    assert heard.calls == [("quotes", "server_error")] * 4 + [("quotes", "success")] * 11


@pytest.mark.parametrize(
    "harmless",
    [Permanent(Reason.REFUSED, "no"), limited(None), "fine"],
    ids=["refusal", "limit", "answer"],
)
def test_answers_of_a_healthy_provider_never_open_the_circuit(harmless: Answer) -> None:
    tries = Tries([(0, harmless)])

    async def work(policy: Policy) -> None:
        for _ in range(20):
            with nullcontext() if harmless == "fine" else pytest.raises(ProviderFailure):
                await policy.run(tries, may_repeat=False)
        assert state_of(policy) is CircuitState.CLOSED

    run(lambda: Policy("quotes", PATIENT), work)
    assert tries.begun == 20


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["goes away", "has no patience"])
def test_who_goes_away_early_neither_opens_nor_closes_a_circuit(*, is_cancelled: bool) -> None:
    tries = Tries([(0, failed())] * 2 + [(3, "fine")] * 20 + [(0, failed())] + [(3, "fine")])

    async def leave(policy: Policy) -> None:
        if is_cancelled:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await policy.run(tries, may_repeat=True)
        else:
            with pytest.raises(Unknown) as caught:
                await policy.run(tries, may_repeat=True, deadline_s=1)
            assert caught.value.reason is Reason.OUT_OF_TIME

    async def fail(policy: Policy) -> None:
        with pytest.raises(Unknown):
            await policy.run(tries, may_repeat=False)

    async def work(policy: Policy) -> None:
        await fail(policy)
        await fail(policy)
        for _ in range(20):
            await leave(policy)
        assert state_of(policy) is CircuitState.CLOSED
        # the two failures before still count
        await fail(policy)
        assert state_of(policy) is CircuitState.OPEN
        await asyncio.sleep(30)  # virtual time
        await leave(policy)
        # a probe that nobody waited for proves nothing, and the next one may go
        assert state_of(policy) is CircuitState.HALF_OPEN
        assert await policy.run(tries, may_repeat=False) == "fine"
        assert state_of(policy) is CircuitState.CLOSED

    run(lambda: Policy("quotes", PATIENT), work)


def test_waits_grow_and_differ() -> None:
    tries = Tries([(0, limited(None))])
    chances = iter([1.0, 0.5, 1.0, 0.0, 1.0])

    async def work(policy: Policy) -> None:
        with pytest.raises(Retryable):
            await policy.run(tries, may_repeat=True)

    run(lambda: Policy("quotes", PATIENT, chance=lambda: next(chances)), work)
    begun = [moment for moment, answer in tries.happened if answer is None]
    assert [later - earlier for earlier, later in pairwise(begun)] == pytest.approx([0.2, 0.2, 0.8, 0.0])


def test_an_error_of_ours_passes_through_and_says_nothing_bad_of_the_provider() -> None:
    heard = Heard()

    async def misread() -> str:
        raise KeyError("price")

    async def work(policy: Policy) -> None:
        for _ in range(10):
            with pytest.raises(KeyError):
                await policy.run(misread, may_repeat=True)
        assert state_of(policy) is CircuitState.CLOSED

    run(lambda: Policy("quotes", PATIENT, observer=heard), work)
    assert heard.calls == [("quotes", "error")] * 10


def test_health_shows_a_line_for_each_policy_and_asks_nobody() -> None:
    tries = Tries([(0, failed())])

    async def main() -> None:
        policies = Policies()
        quotes, orders = policies.policy("quotes", PATIENT), policies.policy("orders")
        assert policies.policy("quotes") is quotes
        assert orders is not quotes
        for _ in range(3):
            with pytest.raises(Unknown):
                await quotes.run(tries, may_repeat=False)
        lines = {probe.name: probe for probe in policies.probes}
        assert not any(probe.is_essential for probe in policies.probes)
        await lines["orders"]()
        with pytest.raises(Unavailable) as caught:
            await lines["quotes"]()
        assert "30 s" in caught.value.message

    in_virtual_time(main())
    assert tries.begun == 3


@pytest.mark.parametrize(("waits", "told"), [(None, None), (0.2, 1), (16.5, 17)])
def test_whoever_reads_is_told_how_long_to_wait_and_nothing_of_the_provider(
    waits: float | None, told: int | None
) -> None:
    with pytest.raises(Unavailable) as caught, unavailable("The quote"):
        raise Retryable(Reason.RATE_LIMITED, "alpha_vantage limits our calls.", retry_after_s=waits)
    assert caught.value.details.get("retry_after_s") == told
    assert "alpha" not in caught.value.message


def test_impossible_terms_are_refused() -> None:
    impossible: Sequence[Callable[[], Terms]] = (
        lambda: Terms(attempts=0),
        lambda: Terms(at_once=0),
        lambda: Terms(open_s=0.0),
        lambda: Terms(deadline_s=1.0, attempt_timeout_s=2.0),
    )
    for make in impossible:
        with pytest.raises(ValueError, match=r"(at least|at most|more than)"):
            make()
