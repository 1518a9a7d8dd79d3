"""How many examples the properties see: TAPEDECK_TEST_PROFILE names a profile, `quick` unless it says `deep`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

QUICK = "quick"
DEEP = "deep"

settings.register_profile(QUICK, max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(DEEP, max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load_profile() -> None:
    """Load the profile the environment names, so that `make deep` runs the same tests with the big counts."""
    settings.load_profile(os.environ.get("TAPEDECK_TEST_PROFILE", QUICK))


def is_deep() -> bool:
    """Whether the big counts are wanted."""
    return os.environ.get("TAPEDECK_TEST_PROFILE", QUICK) == DEEP
