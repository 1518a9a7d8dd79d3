"""The whole product as `tapedeck run` starts it, in processes that a test kills at random and starts again.

PostgreSQL and Valkey are servers of its own, which sync to disk. Whoever keeps house for a test restarts what it
killed at once, as the supervisor would.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import msgspec
import psycopg

from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.processes import server_environment
from adapters.platform.embedded.server import EmbeddedServer
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.jobs.doorbell import open_blocking_redis
from adapters.platform.migrations.run import migrate
from tests.processes import PATIENCE_S, until

_ROOT = Path(__file__).parents[2]
_OPEN = "done_at IS NULL AND dead_at IS NULL"


@dataclass(slots=True)
class Server:
    """An embedded server that can be killed."""

    embedded: EmbeddedServer
    log: Path
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers; one that was killed may need several tries, until its sessions end.

        It dies with the thread that starts it, so this is not one that ends before the tests do.
        """
        end = time.monotonic() + PATIENCE_S
        while True:
            self._launch()
            await asyncio.to_thread(until, self._is_settled, f"{self.embedded.name} answers")
            if not self._has_ended():
                return
            assert time.monotonic() < end, f"{self.embedded.name} does not start"

    def _launch(self) -> None:
        self.embedded.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.embedded.command(), stdout=log, stderr=log, env=server_environment(), start_new_session=True
            )

    def _is_settled(self) -> bool:
        return self._has_ended() or self.embedded.is_ready()

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self, number: signal.Signals) -> None:
        """Signal it and wait for its end."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)


@dataclass(slots=True)
class House:
    """The servers and the processes; `api_urls` are where the API processes listen."""

    postgres: Server
    valkey: Server
    environment: dict[str, str]
    log: Path
    api_urls: Sequence[str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])

    @property
    def workers(self) -> Sequence[str]:
        """The names of the workers."""
        return [name for name in self.processes if name.startswith("worker")]

    def start(self, name: str) -> None:
        """Start the process of that name, such as `worker 1`."""
        role, _, number = name.partition(" ")
        port = {"TAPEDECK_HTTP__PORT": self.api_urls[int(number)].rpartition(":")[2]} if role == "api" else {}
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", role],
                cwd=_ROOT,
                env=os.environ | self.environment | port,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """Kill it."""
        process = self.processes[name]
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        """Kill it and start it again."""
        self.kill(name)
        self.start(name)

    def open_up(self) -> None:
        """Wait until every API answers: one that was killed a moment ago takes a while to be back."""
        for url in self.api_urls:
            until(partial(_lives, url), "the API answers")

    def ask(self, query: str, organisation_id: str = "") -> list[tuple[object, ...]]:
        """Ask the database: about the rows of an organisation, or about all jobs."""
        options = f"-c role=tapedeck_app -c app.purpose=jobs -c app.organisation_id={organisation_id}"
        with psycopg.connect(self.postgres.embedded.url, options=options) as connection:
            return connection.execute(query.encode()).fetchall()

    def open_events(self) -> int:
        """How many events are not over."""
        with suppress(psycopg.OperationalError):
            ((count,),) = self.ask(f"SELECT count(*) FROM outbox WHERE {_OPEN}")  # noqa: S608 - a constant of this module
            assert isinstance(count, int)
            return count
        return -1

    def a_session(self, chance: random.Random) -> int | None:
        """The process of some session on the database."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.postgres.embedded.url) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
            return int(chance.choice(found)[0]) if found else None
        return None

    def a_child(self, chance: random.Random) -> int | None:
        """The process in which some worker does a job."""
        pid = self.processes[chance.choice(self.workers)].pid
        with suppress(OSError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return int(chance.choice(children)) if children else None
        return None

    def flush(self) -> None:
        """Empty Redis."""
        with open_blocking_redis(self.valkey.embedded.url) as redis:
            redis.flushall()  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords

    def stop(self) -> None:
        """Kill all of it."""
        for name in self.processes:
            self.kill(name)
        for server in (self.valkey, self.postgres):
            if server.process is not None and server.process.poll() is None:
                server.end(signal.SIGQUIT if server is self.postgres else signal.SIGKILL)


@contextmanager
def kept_house(
    folder: Path, free_port: Callable[[], int], *, apis: int = 2, workers: int = 2, schedulers: int = 2
) -> Iterator[House]:
    """Start everything in the folder and wait until the API answers; kill all of it at the end."""
    sockets = socket_folder(folder)
    database = EmbeddedPostgres(folder / "postgres", sockets=sockets, password=secrets.token_urlsafe())
    redis = EmbeddedValkey(folder / "valkey", sockets=sockets, password=secrets.token_urlsafe())
    house = House(
        postgres=Server(database, folder / "postgres.log"),
        valkey=Server(redis, folder / "valkey.log"),
        environment={
            "DATABASE_URL": database.url,
            "REDIS_URL": redis.url,
            "TAPEDECK_AUTH__KEYS": msgspec.json.encode([{"kid": "test", "secret": secrets.token_urlsafe(48)}]).decode(),
            "TAPEDECK_AUTH__HASH": '{"kind": "argon2id", "memory_kib": 8, "time_cost": 1}',
            "TAPEDECK_AUTH__ACCESS_MINUTES": "1440",
            # nobody is sent away only because the machine is slow
            "TAPEDECK_DATABASE__POOL_WAIT_S": "50",
            "TAPEDECK_LIMITS__ENABLED": "false",
            "TAPEDECK_STREAM__CONNECTIONS_PER_USER": "2000",
            "TAPEDECK_TELEMETRY__LOG_LEVEL": "warning",
        },
        log=folder / "house.log",
        api_urls=[f"http://127.0.0.1:{free_port()}" for _ in range(apis)],
    )
    try:
        asyncio.run(house.postgres.start())
        asyncio.run(house.valkey.start())
        migrate(database.url)
        for role, count in (("api", apis), ("scheduler", schedulers), ("worker", workers)):
            for number in range(count):
                house.start(f"{role} {number}")
        house.open_up()
        yield house
    finally:
        house.stop()


def _lives(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz", timeout=PATIENCE_S).is_success
    return False
