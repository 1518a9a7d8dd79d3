"""The worker and the scheduler as they are started: over the real App, as processes."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from tests.contracts.platform.events import press
from tests.processes import PATIENCE_S, until

pytestmark = pytest.mark.anyio

_RUN = """
import os, sys
from importlib import import_module
from adapters.platform.settings import load_settings
sys.exit(import_module(sys.argv[1]).run(load_settings(os.environ)))
"""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


@contextmanager
def _process(module: str, database_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TAPEDECK_AUTH__KEYS": f'[{{"kid": "test", "secret": "{secrets.token_urlsafe(32)}"}}]',
    }
    process = subprocess.Popen([sys.executable, "-c", _RUN, module], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _is_done(database_url: str, event_id: UUID) -> bool:
    with psycopg.connect(database_url, options="-c role=tapedeck_app -c app.purpose=jobs") as connection:
        row = connection.execute("SELECT done_at IS NOT NULL FROM outbox WHERE id = %s", (event_id,)).fetchone()
    return row == (True,)


async def test_an_event_that_nobody_reacts_to_is_done_and_both_stop_when_asked(
    engine: AsyncEngine, database_url: str, redis_url: str
) -> None:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_process(module, database_url, redis_url))
            for module in ("entrypoints.worker", "entrypoints.scheduler")
        ]
        [event_id] = await press(engine)
        until(lambda: _is_done(database_url, event_id), "the event is done")
        assert [process.poll() for process in processes] == [None, None]
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE_S) for process in processes] == [0, 0]
