"""What the platform's suites share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant, begin


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of the application's connections."""
    engine = open_engine(database_url, pool_size=8)
    yield engine
    await engine.dispose()


@pytest.fixture
async def _empty_outbox(engine: AsyncEngine) -> None:
    """Take away what other tests of the module left: a worker or relay would find it."""
    async with begin(engine, Tenant(purpose="housekeeping")) as block:
        await block.connection.execute(text("DELETE FROM outbox"))
        await block.commit()
