"""Use cases on books in memory."""

from __future__ import annotations

import pytest

from tests.fakes.ledger import FakeLedger
from tests.fakes.platform import FakeClock, FakeIds
from tests.ledgers import START, Desk, new_actor


@pytest.fixture
def ledger() -> FakeLedger:
    """The books, and the outbox, that the desk writes to."""
    return FakeLedger()


@pytest.fixture
def desk(ledger: FakeLedger) -> Desk:
    """A trader who may do everything, two years after `START`."""
    ids = FakeIds()
    return Desk(ledger, FakeClock(START.replace(year=2026)), ids, new_actor(ids))
