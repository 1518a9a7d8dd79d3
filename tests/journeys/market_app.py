"""The application with everything made up, where what is made up may value what people hold."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from adapters.market_data.settings import MarketDataSettings
from application.shared.chores import Chore
from bootstrap import build
from entrypoints.http.app import create_app
from tests.served import Served, settings_for


@pytest.fixture(scope="module")
async def simulated(anyio_backend: str, database_url: str, redis_server: str) -> AsyncIterator[Served]:
    """The application on a database of this module, its lifespan running."""
    assert anyio_backend == "asyncio"
    settings = settings_for(database_url, redis_server)
    app = build(msgspec.structs.replace(settings, market_data=MarketDataSettings(simulated_marks=True)))
    api = create_app(app)
    async with api.lifespan():
        yield Served(app, api)


async def run(served: Served, name: str) -> int:
    """Do once what the timetable has under this name."""
    chores: dict[str, Chore] = {schedule.name: chore for schedule, chore in served.app.timetable.items()}
    return await chores[name]()
