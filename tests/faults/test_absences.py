"""Servers go away and come back: processes wait for them and go on by themselves."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.server import EmbeddedServer
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from tests.contracts.platform.events import press
from tests.faults.conftest import Stage
from tests.faults.stage import CREATE_EFFECTS
from tests.processes import PATIENCE_S, until

pytestmark = pytest.mark.anyio


class Switch:
    """A server that a test turns off and on."""

    def __init__(self, server: EmbeddedServer, log: Path) -> None:
        self._server = server
        self._log = log
        self._running = running(server, log)
        self._running.__enter__()

    def off(self) -> None:
        """Stop it."""
        self._running.__exit__(None, None, None)

    def on(self) -> None:
        """Start it again."""
        self._running = running(self._server, self._log)
        self._running.__enter__()


async def test_redis_stops_and_comes_back(effects_database: str, engine: AsyncEngine, tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / "valkey", sockets=socket_folder(tmp_path), password=secrets.token_urlsafe())
    switch = Switch(valkey, tmp_path / "valkey.log")
    stage = Stage(effects_database, valkey.url, tmp_path / "stage.log")
    try:
        processes = [stage.start("scheduler"), stage.start("worker")]
        await press(engine)
        until(stage.is_drained, "both are at work")
        switch.off()
        await press(engine, count=10)
        switch.on()
        until(stage.is_drained, "all events are dealt with")
        stage.check(events=11, steps=1)
        assert [process.poll() for process in processes] == [None, None]
        switch.off()
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE_S) for process in processes] == [0, 0]
        switch.on()
    finally:
        stage.stop()
        switch.off()


async def test_postgres_stops_and_comes_back(redis_url: str, tmp_path: Path) -> None:
    server = EmbeddedPostgres(
        tmp_path / "postgres", sockets=socket_folder(tmp_path), password=secrets.token_urlsafe(), throwaway=True
    )
    switch = Switch(server, tmp_path / "postgres.log")
    stage = Stage(server.url, redis_url, tmp_path / "stage.log")
    engine = open_engine(server.url)
    try:
        migrate(server.url)
        with psycopg.connect(server.url) as connection:
            connection.execute(CREATE_EFFECTS)
        processes = [stage.start("scheduler"), stage.start("worker")]
        await press(engine)
        until(stage.is_drained, "both are at work")
        await press(engine, times=50, count=3)
        until(lambda: stage.ask("SELECT count(*) > 10 FROM effects") == [(True,)], "some steps are done")
        switch.off()
        switch.on()
        until(stage.is_drained, "all events are dealt with")
        assert stage.ask("SELECT count(*), count(DISTINCT (event_id, step)) FROM effects") == [(151, 151)]
        assert [process.poll() for process in processes] == [None, None]
    finally:
        await engine.dispose()
        stage.stop()
        switch.off()
