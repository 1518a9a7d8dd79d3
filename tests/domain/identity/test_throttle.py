"""Guessing gets slower and slower, up to a limit, and is forgiven after a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.identity.throttle import FORGOTTEN_AFTER, NO_WAIT, Guesses, Limit, counted

NOW = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
LIMIT = Limit(free=5, longest=timedelta(seconds=30))


def test_the_first_guesses_are_free() -> None:
    assert LIMIT.wait(None, NOW) == NO_WAIT
    assert LIMIT.wait(Guesses(4, NOW), NOW) == NO_WAIT


def test_waiting_doubles_up_to_the_limit() -> None:
    waits = [LIMIT.wait(Guesses(count, NOW), NOW).total_seconds() for count in range(5, 13)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_waiting_passes_with_time_and_is_forgotten() -> None:
    guesses = Guesses(8, NOW)
    assert LIMIT.wait(guesses, NOW + timedelta(seconds=5)) == timedelta(seconds=3)
    assert LIMIT.wait(guesses, NOW + timedelta(seconds=8)) == NO_WAIT
    assert counted(guesses, NOW + FORGOTTEN_AFTER) == Guesses(1, NOW + FORGOTTEN_AFTER)
    assert counted(guesses, NOW + timedelta(seconds=9)).count == 9


def test_one_less_is_never_less_than_none() -> None:
    assert Guesses(0, NOW).one_less() == Guesses(0, NOW)
    assert Guesses(3, NOW).one_less() == Guesses(2, NOW)


@given(st.integers(0, 10_000), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_nobody_ever_waits_longer_than_the_limit(count: int, passed: timedelta) -> None:
    """Neither many guesses nor a clock that was set back shuts anybody out for good."""
    wait = LIMIT.wait(Guesses(count, NOW), NOW + passed)
    assert NO_WAIT <= wait <= LIMIT.longest
