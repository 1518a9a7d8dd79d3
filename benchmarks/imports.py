"""A tradebook of 50,000 rows, end to end on PostgreSQL from the wheel: upload, reading, recording, undo.

Printed are seconds, rows a second and the peak memory of this process, which is server and worker at once. The floor
beside them is the same file through Python's own csv module, which judges nothing and stores nothing. Run it with
`python benchmarks/imports.py`, optionally with the number of rows.
"""

from __future__ import annotations

import asyncio
import csv
import io
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import text

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.migrations.run import migrate
from adapters.platform.secret import Secret
from adapters.platform.settings import AuthSettings, DatabaseSettings, RedisSettings, Settings, SigningKey
from application.ledger.imports.commit_import import CommitImportCommand
from application.ledger.imports.format_ports import Upload
from application.ledger.imports.receive_import import ReceiveImportCommand
from application.ledger.imports.undo_import import UndoImportCommand
from bootstrap import App, build
from domain.ledger.account import AccountDetails
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, OrganisationId, SessionId, UserId
from domain.shared.money import Currency
from entrypoints.collector import calm_collector

ROWS = 50_000
SYMBOLS = 50
DAYS = 27
SESSION_MINUTES = 330
HEADER = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time"
)


def tradebook(count: int) -> bytes:
    """Return a tradebook of random fills over a month, in order of time."""
    chance = Random(2026)  # noqa: S311 - a repeatable file
    lines = [HEADER]
    for number in range(count):
        day = f"2024-04-{1 + number * DAYS // count:02}"
        minute = number * SESSION_MINUTES * DAYS // count % SESSION_MINUTES
        side = chance.choice(("buy", "sell"))
        price = f"{chance.randrange(1_000, 99_999)}.{chance.randrange(100):02}"
        lines.append(
            f"SYM{chance.randrange(SYMBOLS)},,{day},NSE,EQ,EQ,{side},false,{chance.randrange(1, 100)},{price},"
            f"{10_000_000 + number},1{number},{day}T{9 + minute // 60:02}:{minute % 60:02}:{chance.randrange(60):02}"
        )
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class Content(Upload):
    """A file in memory."""

    content: bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it in pieces."""
        for start in range(0, len(self.content), 65_536):
            yield self.content[start : start + 65_536]


@dataclass(frozen=True, slots=True)
class Desk:
    """A trader with an account, and a worker."""

    app: App
    actor: Actor
    account_id: AccountId

    @classmethod
    async def open(cls, app: App) -> Desk:
        """Open an account for somebody new."""
        ids = Uuid7Factory()
        actor = Actor(UserId(ids.new()), OrganisationId(ids.new()), SessionId(ids.new()), frozenset(Scope))
        details = AccountDetails(broker="Zerodha", label="Main", currency=Currency("INR"), time_zone="Asia/Kolkata")
        account = await app.ledger.open_account()(actor, details)
        return cls(app, actor, account.id)

    async def work(self) -> None:
        """Do all that waits."""
        engine = self.app.platform.engine()
        while True:
            async with read(engine, Tenant(self.actor.organisation_id)) as connection:
                found = await connection.execute(text("SELECT id FROM outbox WHERE done_at IS NULL ORDER BY id"))
                waiting = list(found.scalars())
            if not waiting:
                return
            for event_id in waiting:
                await Deliveries(engine).deliver(event_id, self.app.reactions, asyncio.Event())


async def timed(name: str, rows: int, act: Callable[[], Awaitable[object]]) -> None:
    """Run and print the time."""
    begun = time.perf_counter()
    await act()
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<24}{took:8.2f} s {rows / took:10,.0f} rows/s   peak {peak:5.0f} MB")


async def measure(url: str, count: int) -> None:
    """Measure one import from upload to undo, and the same file again in between."""
    app = build(
        Settings(
            database=DatabaseSettings(url=Secret(url)),
            redis=RedisSettings(url=Secret("redis://no-such-host.invalid")),
            auth=AuthSettings(keys=(SigningKey(kid="bench", secret=Secret(secrets.token_urlsafe(32))),)),
        )
    )
    async with app.lifespan():
        desk = await Desk.open(app)
        content = tradebook(count)
        begun = time.perf_counter()
        floor = sum(1 for _ in csv.reader(io.StringIO(content.decode())))
        rate = floor / (time.perf_counter() - begun)
        print(f"{count:,} rows, {len(content):,} bytes; the csv module alone: {rate:,.0f} rows/s")
        command = ReceiveImportCommand(account_id=desk.account_id, upload=Content(content))
        receive = app.ledger.receive_import()
        begun = time.perf_counter()
        import_id = await receive(desk.actor, command)
        await timed("reading", count, desk.work)
        await app.ledger.commit_import()(desk.actor, CommitImportCommand(import_id))
        await timed("recording", count, desk.work)
        print(f"{'from upload to positions':<24}{time.perf_counter() - begun:8.2f} s")
        view = await app.ledger.import_queries().one(desk.actor, import_id)
        if view.counts != {Verdict.IMPORTED: count}:
            raise RuntimeError(f"not all rows came in: {view.counts}")
        await receive(desk.actor, command)
        await timed("the same file again", count, desk.work)
        await app.ledger.undo_import()(desk.actor, UndoImportCommand(import_id))
        await timed("undo", count, desk.work)


def main() -> None:
    """Start a server, measure, and stop it."""
    # as the processes do when they are ready
    calm_collector()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = EmbeddedPostgres(
            folder / "postgres", sockets=socket_folder(folder), password=secrets.token_urlsafe(), throwaway=True
        )
        with running(server, folder / "postgres.log"):
            migrate(server.url)
            asyncio.run(measure(server.url, count))


if __name__ == "__main__":
    main()
