"""Processes that tests may kill, over a database and a Redis that they may empty."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from domain.shared.events import Priority
from tests.conftest import DatabaseServer
from tests.faults.servers import Server
from tests.faults.stage import CREATE_EFFECTS, HOLD_UP, LEASE_S

Role = Literal["worker", "scheduler"]
_ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """The processes over one database and one Redis."""

    database_url: str
    redis_url: str
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, role: Role, priority: Priority | None = None, *, lease_s: float = LEASE_S
    ) -> subprocess.Popen[bytes]:
        """Start a process; a worker for one priority, or for all."""
        queue = [] if priority is None else [priority.name]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "tests.faults.stage", role, self.database_url, self.redis_url, str(lease_s), *queue),
                ],
                cwd=_ROOT,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def horse_of(self, worker: subprocess.Popen[bytes]) -> int | None:
        """The child that the worker has right now."""
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
        with suppress(OSError, ValueError, IndexError):
            return int(children.read_text().split()[0])
        return None

    def stop(self) -> None:
        """Kill what is left."""
        while self.processes:
            process = self.processes.pop()
            horse = self.horse_of(process)
            process.kill()
            process.wait()
            if horse is not None:
                with suppress(ProcessLookupError):
                    os.kill(horse, signal.SIGKILL)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Ask the database, past row security."""
        with psycopg.connect(self.database_url, options="-c role=tapedeck_app -c app.purpose=jobs") as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Let nobody whose harm is to wait go on before the end of the block."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(f"SELECT pg_advisory_lock({HOLD_UP})".encode())
            yield

    def end_sessions(self) -> None:
        """End every session on the database but the one that does so, and wait until they are over.

        So that whoever takes a connection next can see its end: one that is still about to die looks alive.
        """
        with psycopg.connect(self.database_url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def is_drained(self) -> bool:
        """Whether no event waits any more."""
        return self.ask("SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL") == [(0,)]

    def check(self, *, events: int, steps: int) -> None:
        """Every event is done, and every one of its steps happened exactly once."""
        assert self.ask("SELECT count(*) FROM outbox WHERE done_at IS NOT NULL") == [(events,)]
        assert self.ask("SELECT count(*), count(DISTINCT (event_id, step)) FROM effects") == [
            (events * steps, events * steps)
        ]


@pytest.fixture
def effects_database(database_server: DatabaseServer) -> Iterator[str]:
    """A migrated database of one test, with the table of effects."""
    url = database_server.create()
    with psycopg.connect(url) as connection:
        connection.execute(CREATE_EFFECTS)
    yield url
    database_server.drop(url)


@pytest.fixture
def stage(effects_database: str, redis_url: str, tmp_path: Path) -> Iterator[Stage]:
    """No process yet, over empty servers."""
    stage = Stage(effects_database, redis_url, tmp_path / "stage.log")
    try:
        yield stage
    finally:
        stage.stop()


@pytest.fixture
async def engine(effects_database: str) -> AsyncIterator[AsyncEngine]:
    """A pool of the application's connections."""
    engine = open_engine(effects_database, pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own."""
    server = Server(tmp_path)
    yield server
    server.end(signal.SIGKILL)
