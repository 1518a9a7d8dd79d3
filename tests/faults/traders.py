"""Traders who write to the API while everything around them dies, and who remember what they were promised.

A write that was not answered is sent again under the same idempotency key until it is. What was acknowledged is what
the books must show afterwards, once.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.contracts.imports.desk import tradebook
from tests.journeys.ledger_api import Json, fill
from tests.served import register_and_log_in

FILLS_PER_FILE: Final = 40
_ACCOUNT: Final = {"broker": "Zerodha", "label": "Main", "currency": "INR", "timeZone": "Asia/Kolkata"}


@dataclass(slots=True, kw_only=True)
class Trader:
    """A trader with one account; `answers` counts statuses, 0 for an answer that never came."""

    clients: Sequence[httpx.AsyncClient]
    organisation_id: str
    account_id: str
    answers: Counter[int] = field(default_factory=Counter[int])
    trades: set[str] = field(default_factory=set[str])
    imports: set[str] = field(default_factory=set[str])
    acknowledged: int = 0
    losses: list[str] = field(default_factory=list[str])
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def write(self, path: str, expect: int, **options: Json) -> Json:
        """Send until it is acknowledged, to one API process after another; return the data."""
        key = {"Idempotency-Key": secrets.token_hex(8)}
        headers: Mapping[str, str] = key | options.pop("headers", {})
        while True:
            answer = await self._send("POST", path, headers=headers, **options)
            if answer is not None and answer.status_code == expect:
                self.acknowledged += 1
                return answer.json()["data"]
            # in progress: whoever was killed may have left its transaction behind for a moment
            assert answer is None or answer.status_code == 503 or _is_in_progress(answer), answer.text
            await asyncio.sleep(0.05)

    async def read(self, path: str) -> Json:
        """Ask until there is an answer; return the data."""
        while True:
            answer = await self._send("GET", path)
            if answer is not None and answer.status_code == 200:
                return answer.json()["data"]
            assert answer is None or answer.status_code == 503, answer.text
            await asyncio.sleep(0.05)

    async def record(self) -> None:
        """Buy one share."""
        body = {"accountId": self.account_id} | fill("buy", "1", "100", next(self.numbers))
        self.trades.add((await self.write("/api/v1/trades", 201, json=body))["id"])

    async def import_file(self) -> None:
        """Upload a file with fills of one share each, and have it committed."""
        first = next(self.numbers) * FILLS_PER_FILE
        lines = [
            f"TCS,,2024-04-01,NSE,EQ,EQ,buy,false,1,100,{first + minute},9,2024-04-01T09:{minute:02}:00"
            for minute in range(FILLS_PER_FILE)
        ]
        received = await self.write(
            "/api/v1/imports",
            202,
            params={"accountId": self.account_id},
            content=tradebook(*lines),
            headers={"Content-Type": "text/csv"},
        )
        path = f"/api/v1/imports/{received['id']}"
        await self._until(path, "previewed")
        await self.write(f"{path}/commit", 202)
        await self._until(path, "committed")
        self.imports.add(received["id"])

    async def _until(self, path: str, state: str) -> None:
        while (found := (await self.read(path))["state"]) != state:
            assert found in {"received", "parsing", "previewed", "committing"}, found
            await asyncio.sleep(0.1)

    async def _send(self, method: str, path: str, **options: Json) -> httpx.Response | None:
        client = self.clients[next(self.numbers) % len(self.clients)]
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError as error:
            self.answers[0] += 1
            self.losses.append(repr(error))
            return None
        self.answers[answer.status_code] += 1
        return answer


def _is_in_progress(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json()["error"]["code"] == "idempotency_in_progress"


async def new_trader(clients: Sequence[httpx.AsyncClient]) -> Trader:
    """Register somebody with an account; every client of theirs must be free for it."""
    headers = await register_and_log_in(clients[0])
    for client in clients:
        client.headers.update(headers)
    answer = await clients[0].post("/api/v1/accounts", json=_ACCOUNT)
    assert answer.is_success, answer.text
    user = (await clients[0].get("/api/v1/users/me")).json()["data"]
    return Trader(clients=clients, organisation_id=user["organisationId"], account_id=answer.json()["data"]["id"])
