"""What the platform's suites share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of the application's connections."""
    engine = open_engine(database_url, pool_size=8)
    yield engine
    await engine.dispose()
