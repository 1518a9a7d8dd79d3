"""Real servers for the tests: our own launcher over the wheels' PostgreSQL and Valkey, or servers named outside.

All properties run under the profile that the environment names, none with a limit on the time of an example.

Each process of a parallel run has servers of its own. TEST_DATABASE_URL and TEST_REDIS_URL name servers to be used
instead: a PostgreSQL user who may create roles and databases, and a Redis whose content does not matter.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from adapters.platform.database.engine import driver_url
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from tests.profiles import load_profile

# before any module of tests is imported: a property keeps the settings that it is defined under
load_profile()


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A PostgreSQL server on which tests make databases of their own."""

    url: str
    url_of: Callable[[str], str]
    template: str

    def create(self, *, migrated: bool = True) -> str:
        """Create a database, migrated or empty, and return its URL."""
        name = f"test_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if migrated:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(self.template)
            )
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Drop the database of that URL and end its sessions."""
        name = driver_url(url).database or ""
        with psycopg.connect(self.url, autocommit=True) as connection:
            # not WITH (FORCE), which is refused while autovacuum, the superuser's, visits the database;
            # a plain DROP waits for autovacuum to leave
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user AND backend_type = 'client backend'",
                (name,),
            )
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On servers named outside run only tests that meet one: the others say nothing about them."""
    if not os.environ.keys() & {"TEST_DATABASE_URL", "TEST_REDIS_URL"}:
        return
    servers = {"database_server", "redis_server"}
    # suites that run on a fake and on a server ask for the server by its name
    choosing = {path for path in {item.path for item in items} if "getfixturevalue(" in path.read_text("utf-8")}
    apart = [
        item
        for item in items
        if item.path not in choosing and not servers.intersection(getattr(item, "fixturenames", ()))
    ]
    if apart:
        config.hook.pytest_deselected(items=apart)
        left_out = set(apart)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this process's servers."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def database_server(server_folder: Path) -> Iterator[DatabaseServer]:
    """A PostgreSQL server with one migrated database, from which those of the tests are copied."""
    outside = os.environ.get("TEST_DATABASE_URL")
    if outside:
        yield from _serve(outside, lambda name: _with_database(outside, name))
        return
    password = secrets.token_urlsafe()
    server = EmbeddedPostgres(
        server_folder / "postgres", sockets=socket_folder(server_folder), password=password, throwaway=True
    )
    with running(server, server_folder / "postgres.log"):
        yield from _serve(server.url, server.url_of)


def _serve(url: str, url_of: Callable[[str], str]) -> Iterator[DatabaseServer]:
    template = f"template_{secrets.token_hex(6)}"
    server = DatabaseServer(url, url_of, template)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
    migrate(url_of(template))
    yield server
    server.drop(url_of(template))


def _with_database(url: str, name: str) -> str:
    return driver_url(url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def database_url(database_server: DatabaseServer) -> Iterator[str]:
    """A migrated database for one module of tests."""
    url = database_server.create()
    yield url
    database_server.drop(url)


@pytest.fixture
def empty_database_url(database_server: DatabaseServer) -> Iterator[str]:
    """A database without tables, for one test."""
    url = database_server.create(migrated=False)
    yield url
    database_server.drop(url)


@pytest.fixture(scope="session")
def redis_server(server_folder: Path) -> Iterator[str]:
    """The URL of a Valkey or Redis server."""
    outside = os.environ.get("TEST_REDIS_URL")
    if outside:
        # each process of a parallel run has one of the server's numbered databases
        number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield f"{outside}{'&' if '?' in outside else '?'}db={number}"
        return
    server = EmbeddedValkey(
        server_folder / "valkey", sockets=socket_folder(server_folder), password=secrets.token_urlsafe()
    )
    with running(server, server_folder / "valkey.log"):
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis for one test."""
    with redis.Redis.from_url(redis_server) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        client.flushdb()  # pyright: ignore[reportUnknownMemberType] - as above
    return redis_server
