"""How many examples the properties see: TAPEDECK_TEST_PROFILE names a profile, `quick` unless it says `deep`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

QUICK = "quick"
DEEP = "deep"
EXAMPLES = {QUICK: 150, DEEP: 5_000}

for _name, _count in EXAMPLES.items():
    settings.register_profile(_name, max_examples=_count, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def profile() -> str:
    """The profile that the environment names."""
    return os.environ.get("TAPEDECK_TEST_PROFILE", QUICK)


def load_profile() -> None:
    """Load the profile the environment names, so that `make deep` runs the same tests with the big counts."""
    settings.load_profile(profile())


def is_deep() -> bool:
    """Whether the big counts are wanted."""
    return profile() == DEEP


def times(quick: int, deep: int) -> int:
    """How often to do what takes long; `TAPEDECK_TEST_SHARE` takes that part of the big count, such as 0.1."""
    if not is_deep():
        return quick
    return max(quick, round(deep * float(os.environ.get("TAPEDECK_TEST_SHARE", "1"))))


def fewer() -> settings:
    """Settings for a property that is slow to check: a tenth of the profile's examples, at least 100."""
    return settings(max_examples=max(100, EXAMPLES[profile()] // 10))
