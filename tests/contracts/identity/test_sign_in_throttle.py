"""Guessing passwords is slowed down, from one machine and from many, and no victim is ever shut out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.identity.throttle import InProcessThrottle
from domain.identity.errors import TooManyAttempts
from tests.contracts.identity.conftest import NOW

SECOND = timedelta(seconds=1)


def _admitted(throttle: InProcessThrottle, account: str, source: str, *, tries: int = 1, at: int = 0) -> int:
    """Return how many of the tries were let through."""
    admitted = 0
    for _ in range(tries):
        try:
            throttle.admit(account, source, NOW + at * SECOND)
        except TooManyAttempts:
            continue
        admitted += 1
    return admitted


def test_five_guesses_are_free_and_then_each_waits_longer() -> None:
    throttle = InProcessThrottle()
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100) == 5
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100, at=1) == 1
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100, at=2) == 0
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100, at=3) == 1


def test_the_refusal_says_when_to_come_back_and_coming_early_costs_nothing() -> None:
    throttle = InProcessThrottle()
    _admitted(throttle, "asha", "192.0.2.1", tries=5)
    _admitted(throttle, "asha", "192.0.2.1", at=1)
    for _ in range(50):
        with pytest.raises(TooManyAttempts) as refused:
            throttle.admit("asha", "192.0.2.1", NOW + SECOND)
        assert refused.value.details == {"retry_after_s": 2}
    throttle.admit("asha", "192.0.2.1", NOW + 3 * SECOND)


def test_in_an_hour_one_machine_gets_a_bounded_number_of_guesses() -> None:
    throttle = InProcessThrottle()
    admitted = sum(_admitted(throttle, "asha", "192.0.2.1", at=second) for second in range(3600))
    assert admitted < 140


def test_one_machine_with_a_list_of_stolen_passwords_is_slowed_down_over_all_accounts() -> None:
    throttle = InProcessThrottle()
    assert sum(_admitted(throttle, f"person{number}", "192.0.2.1") for number in range(1000)) == 50


def test_many_machines_on_one_account_are_slowed_down() -> None:
    throttle = InProcessThrottle()
    assert sum(_admitted(throttle, "asha", f"192.0.2.{number}") for number in range(250)) == 20


def test_the_owner_gets_in_from_where_they_are_known_whatever_others_do() -> None:
    """A botnet on the account, or a guesser behind the same address, cannot shut its owner out."""
    throttle = InProcessThrottle()
    throttle.admit("asha", "198.51.100.7", NOW)
    throttle.succeeded("asha", "198.51.100.7", NOW)
    for second in range(60):
        for number in range(50):
            _admitted(throttle, "asha", f"192.0.2.{number}", at=second)
        _admitted(throttle, f"person{second}", "198.51.100.7", at=second)
    assert _admitted(throttle, "asha", "198.51.100.7", at=60) == 1


def test_the_owner_waits_seconds_at_most_where_they_are_not_known() -> None:
    throttle = InProcessThrottle()
    for number in range(200):
        _admitted(throttle, "asha", f"192.0.2.{number}")
    with pytest.raises(TooManyAttempts) as refused:
        throttle.admit("asha", "203.0.113.9", NOW)
    assert refused.value.retry_after_s <= 10
    throttle.admit("asha", "203.0.113.9", NOW + 10 * SECOND)


def test_signing_in_forgives_ones_own_mistakes_and_not_the_guesses_of_others() -> None:
    throttle = InProcessThrottle()
    _admitted(throttle, "asha", "192.0.2.1", tries=4)
    throttle.admit("asha", "192.0.2.1", NOW)
    throttle.succeeded("asha", "192.0.2.1", NOW)
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100) == 5
    # a guesser with an account of their own cannot wash off what their machine did
    thief = InProcessThrottle()
    for number in range(60):
        _admitted(thief, f"person{number}", "192.0.2.1")
    assert _admitted(thief, "another", "192.0.2.1") == 0


def test_an_attempt_that_was_never_looked_at_does_not_count() -> None:
    throttle = InProcessThrottle()
    for _ in range(100):
        throttle.admit("asha", "192.0.2.1", NOW)
        throttle.withdraw("asha", "192.0.2.1", NOW)
    assert _admitted(throttle, "asha", "192.0.2.1", tries=100) == 5


def test_all_addresses_of_one_ipv6_site_are_one_source() -> None:
    throttle = InProcessThrottle()
    admitted = sum(_admitted(throttle, "asha", f"2001:db8:1:2::{number:x}") for number in range(1, 100))
    assert admitted == 5
    assert _admitted(throttle, "asha", "2001:db8:1:3::1") == 1
    assert _admitted(throttle, "asha", "::ffff:192.0.2.1") == 1
    assert _admitted(throttle, "asha", "not an address") == 1
