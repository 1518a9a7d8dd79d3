"""A trader's desk for the suites about imports: an account, files to import, and a worker that works when told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from adapters.platform.database.transaction import Tenant, ambient, read
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.secret import Secret
from adapters.platform.settings import (
    AuthSettings,
    DatabaseSettings,
    RedisSettings,
    Settings,
    SigningKey,
)
from application.ledger.cash.queries import CashBalanceFilter, CashEntryFilter
from application.ledger.imports.commit_import import CommitImportCommand
from application.ledger.imports.format_ports import Upload
from application.ledger.imports.queries import ImportRowView, ImportView
from application.ledger.imports.receive_import import ReceiveImportCommand
from application.ledger.imports.undo_import import UndoImportCommand
from application.shared.pages import PageRequest
from application.shared.reactions import Delivery, Done, Reaction
from bootstrap import App, build
from domain.ledger.account import AccountDetails
from domain.ledger.imports.mapping import MappingId
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, EventId, ImportId, OrganisationId, SessionId, UserId
from domain.shared.money import Currency, plain

HEADER = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time"
)


def tradebook(*rows: str) -> bytes:
    """A Zerodha equity tradebook with these rows."""
    return "\n".join([HEADER, *rows, ""]).encode()


def fill(number: int, side: str = "buy", quantity: str = "10", price: str = "100", symbol: str = "INFY") -> str:
    """One row of a tradebook; the number is its trade id and its minute."""
    minute = f"{9 + number // 60:02}:{number % 60:02}"
    return f"{symbol},,2024-04-01,NSE,EQ,EQ,{side},false,{quantity},{price},{number},9{number},2024-04-01T{minute}:00"


@dataclass(frozen=True, slots=True)
class Bytes(Upload):
    """A file in memory, sent in pieces."""

    content: bytes
    piece: int = 64 * 1024

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its pieces."""
        for start in range(0, len(self.content), self.piece):
            yield self.content[start : start + self.piece]


def app_on(database_url: str) -> App:
    """The application on this database; nothing here needs a Redis."""
    return build(
        Settings(
            database=DatabaseSettings(url=Secret(database_url), pool_size=6, pool_wait_s=50),
            redis=RedisSettings(url=Secret("redis://no-such-host.invalid")),
            auth=AuthSettings(keys=(SigningKey(kid="test", secret=Secret("0123456789abcdef" * 2)),)),
        )
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """One trader with one account, on the real application."""

    app: App
    actor: Actor
    account_id: AccountId

    @classmethod
    async def open(cls, app: App, *, time_zone: str = "Asia/Kolkata") -> Desk:
        """A new trader with a new account."""
        ids = Uuid7Factory()
        actor = Actor(UserId(ids.new()), OrganisationId(ids.new()), SessionId(ids.new()), frozenset(Scope))
        details = AccountDetails(broker="Zerodha", label="Main", currency=Currency("INR"), time_zone=time_zone)
        account = await app.ledger.open_account()(actor, details)
        return cls(app, actor, account.id)

    async def receive(
        self, content: bytes, *, format_: str | None = None, mapping_id: MappingId | None = None
    ) -> ImportId:
        """Upload a file."""
        command = ReceiveImportCommand(
            account_id=self.account_id,
            upload=Bytes(content),
            file_name="tradebook.csv",
            format=format_,
            mapping_id=mapping_id,
        )
        return await self.app.ledger.receive_import()(self.actor, command)

    async def preview(self, content: bytes, *, mapping_id: MappingId | None = None) -> ImportId:
        """Upload a file and let the worker read it."""
        import_id = await self.receive(content, mapping_id=mapping_id)
        await self.work()
        return import_id

    async def commit(self, import_id: ImportId) -> None:
        """Commit and let the worker record."""
        await self.app.ledger.commit_import()(self.actor, CommitImportCommand(import_id))
        await self.work()

    async def bring_in(self, content: bytes, *, mapping_id: MappingId | None = None) -> ImportId:
        """Upload, read, commit, record."""
        import_id = await self.preview(content, mapping_id=mapping_id)
        await self.commit(import_id)
        return import_id

    async def undo(self, import_id: ImportId) -> None:
        """Undo and let the worker void."""
        await self.app.ledger.undo_import()(self.actor, UndoImportCommand(import_id))
        await self.work()

    async def waiting(self) -> Sequence[UUID]:
        """The events of the trader's imports that are due and not done."""
        async with read(self.app.platform.engine(), Tenant(self.actor.organisation_id)) as connection:
            found = await connection.execute(
                text(
                    "SELECT id FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND name LIKE 'ledger.import%' "
                    "AND available_at <= now() ORDER BY id"
                )
            )
            return list(found.scalars())

    async def work(self) -> None:
        """Do all that waits, in as many slices of time as it takes; what failed is not due again soon."""
        deliveries = Deliveries(self.app.platform.engine(), first_delay_s=60)
        for event_id in await self.waiting():
            while event_id in await self.waiting():
                await deliveries.deliver(event_id, self.app.reactions, asyncio.Event())

    async def step(self, event_id: UUID, *, crash: bool = False) -> bool:
        """Do one step of an event's work as the worker does; a crash before the commit loses it."""
        async with ambient(self.app.platform.engine(), Tenant(self.actor.organisation_id)) as block:
            row = (
                await block.connection.execute(
                    text("SELECT name, payload FROM outbox WHERE id = :id"), {"id": event_id}
                )
            ).one()
            reaction: Callable[[], Reaction] = self.app.reactions[row.name]
            delivery = Delivery(EventId(event_id), row.name, self.actor.organisation_id, row.payload)
            outcome = await reaction()(delivery)
            if not crash:
                await block.commit()
        return isinstance(outcome, Done)

    async def view(self, import_id: ImportId) -> ImportView:
        """How the import stands."""
        return await self.app.ledger.import_queries().one(self.actor, import_id)

    async def counts(self, import_id: ImportId) -> Mapping[str, int]:
        """How many rows have each verdict."""
        return {verdict.value: count for verdict, count in (await self.view(import_id)).counts.items()}

    async def rows(self, import_id: ImportId, verdict: Verdict | None = None) -> Sequence[ImportRowView]:
        """The first rows with the verdict."""
        page = await self.app.ledger.import_queries().rows(self.actor, import_id, verdict, PageRequest(limit=500))
        return page.rows

    async def held(self) -> Mapping[str, str]:
        """The quantity held of each symbol."""
        return {
            symbol: plain(quantity)
            for symbol, quantity in await self._ask(
                "SELECT i.symbol, p.quantity FROM positions p JOIN instruments i ON i.id = p.instrument_id"
            )
        }

    async def realised(self) -> Mapping[str, str]:
        """The realised profit and loss of each symbol."""
        return {
            symbol: plain(amount)
            for symbol, amount in await self._ask(
                "SELECT i.symbol, p.realised FROM positions p JOIN instruments i ON i.id = p.instrument_id"
            )
        }

    async def live_trades(self) -> int:
        """How many trades count."""
        return len(await self._ask("SELECT id::text, quantity FROM trades WHERE voided_at IS NULL"))

    async def live_cash(self) -> int:
        """How many movements of cash count; both sides of a conversion do."""
        return len(await self._ask("SELECT id::text, net FROM cash_movements WHERE voided_at IS NULL"))

    async def balances(self) -> Mapping[str, str]:
        """The account's cash in each currency, which is the sum of all entries."""
        queries = self.app.ledger.cash_queries()
        ours = CashBalanceFilter(account_id=self.account_id)
        found = await queries.balances(self.actor, ours, PageRequest(limit=100))
        for balance in found.rows:
            wanted = CashEntryFilter(account_id=self.account_id, currency=Currency(balance.currency))
            entries = await queries.entries(self.actor, wanted, PageRequest(limit=10_000))
            assert entries.rows[-1].balance == balance.balance
        return {balance.currency: plain(balance.balance) for balance in found.rows}

    async def _ask(self, statement: str) -> Sequence[tuple[str, Decimal]]:
        async with read(self.app.platform.engine(), Tenant(self.actor.organisation_id)) as connection:
            found = await connection.execute(text(statement))
            return [tuple(row) for row in found]
