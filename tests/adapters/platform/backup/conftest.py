"""A database with something in every kind of place, and empty ones to restore into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.platform.backup.archive import Manifest
from adapters.platform.backup.dump import write_backup
from bootstrap import build
from entrypoints.http.app import create_app
from tests.conftest import DatabaseServer
from tests.journeys.ledger_api import open_ledger
from tests.served import Served, register_and_log_in, settings_for

SCHEDULED = "done_events_purge"
ODD = 'a "quote", a \\N, a % and an ünïcode 🦔'
TRADEBOOK = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time\nSBIN,INE062A01020,2026-01-05,NSE,EQ,EQ,buy,false,7,800.10,1,1,2026-01-05T09:20:00\n"
)
_INDEPENDENT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {} t"


@dataclass(frozen=True, slots=True)
class Original:
    """A database in use, one backup of it, and the refresh token of somebody who is signed in."""

    url: str
    backup: Path
    manifest: Manifest
    token: Mapping[str, str]


@pytest.fixture(scope="module")
async def original(
    anyio_backend: str, database_url: str, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Original:
    """Two traders with books, of whom each has an import that nobody has worked on yet; one schedule was done once."""
    assert anyio_backend == "asyncio"
    app = build(settings_for(database_url, redis_server))
    api = create_app(app)
    token: dict[str, str] = {}
    async with api.lifespan(), Served(app, api).client() as client:
        for _ in range(2):
            token = await register_and_log_in(client)
            ledger = await open_ledger(client, token, label=ODD)
            await ledger.record("buy", "10", "1500.25")
            await ledger.record("sell", "4", "1600.50", 5)
            upload = {"file": ("book.csv", TRADEBOOK.encode(), "text/csv")}
            await ledger.request("POST", f"/imports?accountId={ledger.account_id}", files=upload, expect=202)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO schedule_slots (entry, slot, due_at, finished_at)"
            " SELECT %s, t, t AT TIME ZONE 'UTC', t AT TIME ZONE 'UTC' FROM (SELECT timestamp '2026-01-05 03:10') x(t)",
            [SCHEDULED],
        )
        connection.execute("SELECT set_config('app.purpose', 'jobs', true)")
        connection.execute("UPDATE outbox SET last_error = %s", ["two\nlines, a\ttab and the end \\."])
    place = tmp_path_factory.mktemp("backups") / "tapedeck.backup"
    return Original(database_url, place, write_backup(database_url, place), token)


@pytest.fixture
def fresh(database_server: DatabaseServer) -> Iterator[Callable[[], str]]:
    """A function that makes empty databases for one test."""
    made: list[str] = []

    def make() -> str:
        made.append(database_server.create(migrated=False))
        return made[-1]

    yield make
    for url in made:
        database_server.drop(url)


def sums(url: str) -> dict[str, object]:
    """Count and sum every table by means of PostgreSQL alone, seeing the rows of everybody."""
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL timezone = 'UTC'; SELECT set_config('app.purpose', 'backup', true)")
        names = [
            str(row[0])
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ]
        return {
            name: connection.execute(sql.SQL(_INDEPENDENT).format(sql.Identifier(name))).fetchone() for name in names
        }
