"""How restarts are spaced."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entrypoints.supervisor.backoff import FIRST_S, LONGEST_S, STABLE_S, Backoff

YOUNG = st.floats(min_value=0, max_value=STABLE_S, exclude_max=True)


@given(st.lists(YOUNG, min_size=1, max_size=5000))
def test_a_process_that_keeps_dying_young_waits_longer_each_time_up_to_a_limit(runs: list[float]) -> None:
    backoff, delays = Backoff(), list[float]()
    for run in runs:
        backoff = backoff.after_run_of(run)
        delays.append(backoff.delay_s)
    assert delays[0] == FIRST_S
    assert delays == sorted(delays)
    assert delays[-1] <= LONGEST_S


@given(st.lists(YOUNG, max_size=50), st.floats(min_value=STABLE_S, max_value=1e9))
def test_a_stable_run_forgives_what_was_before(runs: list[float], stable: float) -> None:
    backoff = Backoff()
    for run in [*runs, stable]:
        backoff = backoff.after_run_of(run)
    assert backoff.delay_s == 0
