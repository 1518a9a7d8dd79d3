"""What reads on a replica promise: never older than allowed, and on the primary wherever that is in doubt."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.replica import Replicated
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.embedded.binaries import postgres_programs
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.processes import bound, give, run_to_end
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.ids import Uuid7Factory
from adapters.platform.migrations.run import migrate
from adapters.platform.secret import Secret
from adapters.platform.settings import DatabaseSettings
from bootstrap import build
from domain.shared.ids import OrganisationId
from entrypoints.http.app import create_app
from tests.journeys.ledger_api import open_ledger
from tests.processes import until
from tests.served import Served, register_and_log_in, settings_for

pytestmark = pytest.mark.anyio

PASSWORD = "replicated"
MAX_LAG_S = 5.0
_ADD = text(
    "INSERT INTO outbox (organisation_id, id, name, payload, done_at) VALUES (:organisation, :id, 'x', '{}', now())"
)
_SEEN = text("SELECT pg_is_in_recovery(), count(*) FROM outbox")


@dataclass(slots=True)
class Watch:
    """A clock that a test sets."""

    at: float = 100.0

    def now(self) -> float:
        """Return what it was set to."""
        return self.at


@dataclass(slots=True)
class Pair:
    """A primary, and a replica that streams from it."""

    primary: str
    replica: str
    stack: ExitStack = field(default_factory=ExitStack)

    def replay(self, *, paused: bool) -> None:
        """Hold back on the replica what arrives, or go on; waits until it does so."""
        with self.administer(self.replica) as connection:
            connection.execute(f"SELECT pg_wal_replay_{'pause' if paused else 'resume'}()".encode())
            wanted = "paused" if paused else "not paused"
            state = "SELECT pg_get_wal_replay_pause_state()"
            until(lambda: connection.execute(state).fetchone() == (wanted,), f"replay is {wanted}")

    def catch_up(self) -> None:
        """Wait until the replica shows all that the primary has."""
        with self.administer(self.primary) as primary, self.administer(self.replica) as replica:
            row = primary.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            assert row is not None
            shown = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
            until(lambda: replica.execute(shown, row).fetchone() == (True,), "the replica has caught up")

    def administer(self, url: str) -> psycopg.Connection:
        """Connect as the administrator."""
        return psycopg.connect(url.replace("//tapedeck:", "//postgres:", 1), autocommit=True)


@pytest.fixture
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers of their own: one that is migrated, and one that streams from it."""
    place = tmp_path_factory.mktemp("pair")
    for folder in (place / "a", place / "b"):
        folder.mkdir()
        folder.chmod(0o755)
    primary = EmbeddedPostgres(
        place / "a" / "pg", sockets=socket_folder(place / "a"), password=PASSWORD, throwaway=True
    )
    primary.prepare()
    with (place / "a" / "pg" / "pg_hba.conf").open("a") as rules:
        rules.write("local replication postgres scram-sha-256\n")
    with ExitStack() as stack:
        stack.enter_context(running(primary, place / "a" / "log"))
        migrate(primary.url)
        _copy(place)
        replica = EmbeddedPostgres(
            place / "b" / "pg", sockets=socket_folder(place / "b"), password=PASSWORD, throwaway=True
        )
        own = stack.enter_context(ExitStack())
        own.enter_context(running(replica, place / "b" / "log"))
        yield Pair(primary.url, replica.url, own)


def _copy(place: Path) -> None:
    copy = place / "b" / "pg"
    copy.mkdir()
    give(copy, 0o700)
    program = postgres_programs(place / "a" / "programs") / "pg_basebackup"
    source = f"host={place / 'a' / 'run'} user=postgres password={PASSWORD}"
    command = [str(program), "-D", str(copy), "-d", source, "-X", "stream", "--write-recovery-conf", "--no-sync"]
    command.append("--checkpoint=fast")
    reach = (program, copy, place / "a" / "run")
    run_to_end(bound(command, death_signal=signal.SIGKILL, reach=reach, as_server=True), folder=copy)


@asynccontextmanager
async def _engines(pair: Pair) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    primary, replica = open_engine(pair.primary, pool_size=2), open_engine(pair.replica, pool_size=2)
    yield primary, replica
    await primary.dispose()
    await replica.dispose()


async def test_a_replica_is_read_while_it_is_fresh_enough_and_the_primary_otherwise(pair: Pair) -> None:
    tenant, ids, watch = Tenant(OrganisationId(Uuid7Factory().new())), Uuid7Factory(), Watch()
    async with _engines(pair) as (primary, replica):
        either = Replicated(primary, replica, max_lag_s=MAX_LAG_S, now=watch.now)

        async def write() -> None:
            async with begin(primary, tenant) as block:
                await block.connection.execute(_ADD, {"organisation": tenant.organisation_id, "id": ids.new()})
                await block.commit()

        async def seen(whose: Tenant = tenant) -> tuple[bool, int]:
            async with read(either, whose) as connection:
                is_replica, count = (await connection.execute(_SEEN)).one()
                return bool(is_replica), int(count)

        await write()
        # the primary may have more to tell than was written here, and what the first read noted has been replayed then
        assert (await seen())[1] == 1
        await asyncio.to_thread(pair.catch_up)
        assert await seen() == (True, 1)
        assert await seen(Tenant()) == (True, 0)  # row security holds there as well
        await asyncio.to_thread(pair.replay, paused=True)
        await write()
        watch.at += MAX_LAG_S - 1
        assert await seen() == (True, 1)
        watch.at += 2
        assert await seen() == (False, 2)
        await asyncio.to_thread(pair.replay, paused=False)
        await asyncio.to_thread(pair.catch_up)
        assert await seen() == (True, 2)
        with pair.administer(pair.replica) as connection:
            connection.execute("SELECT pg_promote()")
        # a server that follows nobody is no replica, however new it looks
        assert await seen() == (False, 2)
        pair.stack.close()
        assert await seen() == (False, 2)


async def test_exports_may_be_a_little_old_and_what_a_trader_has_just_entered_is_there_everywhere_else(
    pair: Pair, redis_url: str
) -> None:
    settings = settings_for(pair.primary, redis_url)
    database = DatabaseSettings(
        url=Secret(pair.primary),
        replica_url=Secret(pair.replica),
        replica_max_lag_s=300,
        pool_size=3,
        pool_wait_s=50,
    )
    app = build(replace(settings, database=database))
    api = create_app(app)
    async with api.lifespan(), Served(app, api).client() as client:
        ledger = await open_ledger(client, await register_and_log_in(client))

        async def exported() -> int:
            answer = await ledger.request("GET", "/exports/trades", expect=200)
            return len(answer.text.splitlines()) - 1

        await ledger.record("buy", "2", "10.5")
        await asyncio.to_thread(pair.catch_up)
        assert await exported() == 1
        # what that read noted of the primary has been replayed then
        await asyncio.to_thread(pair.catch_up)
        await asyncio.to_thread(pair.replay, paused=True)
        await ledger.record("buy", "2", "10.5", 1)
        assert len(await ledger.get("/trades")) == 2
        assert (await ledger.only("/positions"))["quantity"] == "4"
        assert await exported() == 1
        await asyncio.to_thread(pair.replay, paused=False)
        await asyncio.to_thread(pair.catch_up)
        assert await exported() == 2
