"""The same books, kept in memory or in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.ledger.ports import LedgerUnits
from tests.fakes.ledger import FakeLedger
from tests.fakes.platform import FakeClock
from tests.ledgers import Desk, new_actor


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(params=["fake", "sql"])
def units(request: pytest.FixtureRequest, engine: AsyncEngine) -> LedgerUnits:
    return FakeLedger() if request.param == "fake" else SqlLedgerUnits(engine, Uuid7Factory())


@pytest.fixture
def desk(units: LedgerUnits) -> Desk:
    ids = Uuid7Factory()
    return Desk(units, FakeClock(), ids, new_actor(ids))


@pytest.fixture
def stranger(units: LedgerUnits) -> Desk:
    """Somebody of another organisation, on the same database."""
    ids = Uuid7Factory()
    return Desk(units, FakeClock(), ids, new_actor(ids))
