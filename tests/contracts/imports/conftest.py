"""What the suites about imports share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contracts.imports.desk import Desk, app_on


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A trader's desk."""
    app = app_on(database_url)
    yield await Desk.open(app)
    await app.platform.engine().dispose()
