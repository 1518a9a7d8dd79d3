"""What clocks and id factories promise, real and fake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.platform.clock import SystemClock
from adapters.platform.ids import Uuid7Factory
from application.shared.ports import Clock, IdFactory
from tests.fakes.platform import FakeClock, FakeIds


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
def test_a_clock_tells_aware_utc_and_never_goes_back(clock: Clock) -> None:
    readings = [clock.now() for _ in range(100)]
    assert readings == sorted(readings)
    assert all(reading.utcoffset() == timedelta(0) for reading in readings)


@pytest.mark.parametrize("ids", [Uuid7Factory(), FakeIds()], ids=["system", "fake"])
def test_ids_are_ascending_uuid7(ids: IdFactory) -> None:
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert all(each.version == 7 and each.variant == "specified in RFC 4122" for each in made)
