"""Short ways to import files over the API, and a worker that does what waits when it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from adapters.platform.database.transaction import Tenant, read
from bootstrap import App
from tests.journeys.ledger_api import Json, Ledger

CSV = {"Content-Type": "text/csv"}


async def work(app: App) -> None:
    """Do all that waits in the outbox, as a worker does."""
    engine = app.platform.engine()
    while True:
        async with read(engine, Tenant(purpose="jobs")) as connection:
            found = await connection.execute(
                text("SELECT id FROM outbox WHERE done_at IS NULL AND dead_at IS NULL ORDER BY id")
            )
            waiting: list[UUID] = list(found.scalars())
        if not waiting:
            return
        for event_id in waiting:
            await app.platform.deliveries().deliver(event_id, app.reactions, asyncio.Event())


@dataclass(frozen=True, slots=True)
class Importer:
    """A trader who imports files."""

    ledger: Ledger
    app: App

    async def upload(self, content: bytes, **query: str) -> Json:
        """Upload a file as the body; return the import."""
        response = await self.ledger.client.post(
            "/api/v1/imports",
            params={"accountId": self.ledger.account_id, **query},
            content=content,
            headers={**self.ledger.headers, **CSV},
        )
        assert response.status_code == 202, response.text
        return response.json()["data"]

    async def preview(self, content: bytes, **query: str) -> Json:
        """Upload a file, let the worker read it, and return the import."""
        received = await self.upload(content, **query)
        await work(self.app)
        return await self.read(received["id"])

    async def act(self, import_id: str, verb: str) -> Json:
        """Commit or undo, let the worker do it, and return the import."""
        await self.ledger.request("POST", f"/imports/{import_id}/{verb}", expect=202)
        await work(self.app)
        return await self.read(import_id)

    async def bring_in(self, content: bytes, **query: str) -> Json:
        """Upload and commit."""
        preview = await self.preview(content, **query)
        return await self.act(preview["id"], "commit")

    async def read(self, import_id: str) -> Json:
        """Return the import."""
        return await self.ledger.get(f"/imports/{import_id}")

    async def rows(self, import_id: str, **query: str) -> Json:
        """Return rows of the import."""
        return await self.ledger.get(f"/imports/{import_id}/rows", **query)


def counted(item: Json) -> dict[str, int]:
    """The verdicts that rows of the import have."""
    return {verdict: count for verdict, count in item["counts"].items() if count}
