"""Short ways to speak to the ledger's API in journeys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import httpx

# the body of an answer: what a journey says about it is what is checked
Json: TypeAlias = Any

START = datetime(2024, 1, 2, 3, 45, tzinfo=UTC)
INFY = {"symbol": "INFY", "exchange": "NSE", "segment": "equity", "currency": "INR"}
TCS = INFY | {"symbol": "TCS"}
GOLD = {"symbol": "GOLDM24FEBFUT", "exchange": "MCX", "segment": "commodity", "currency": "INR", "multiplier": "10"}


def at(minute: float) -> str:
    """So many minutes after `START`, as it is written on the wire."""
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def fill(side: str, quantity: str, price: str, minute: float = 0, **more: Json) -> dict[str, Json]:
    """A trade without its account."""
    return {
        "instrument": INFY,
        "side": side,
        "quantity": quantity,
        "price": price,
        "executedAt": at(minute),
    } | more


@dataclass(frozen=True, slots=True)
class Ledger:
    """One signed-in trader with one account."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    account_id: str

    async def request(
        self, method: str, path: str, *, match: int | None = None, expect: int | None = None, **options: Json
    ) -> httpx.Response:
        """Send one request; `match` becomes If-Match, `expect` is the status it must answer."""
        headers = {**self.headers, **({} if match is None else {"If-Match": f'"{match}"'})}
        response = await self.client.request(method, f"/api/v1{path}", headers=headers, **options)
        if expect is not None:
            assert response.status_code == expect, response.text
        return response

    async def get(self, path: str, **params: Json) -> Json:
        """Return the data of a read."""
        return (await self.request("GET", path, params=params, expect=200)).json()["data"]

    async def record(self, side: str, quantity: str, price: str, minute: float = 0, **more: Json) -> Json:
        """Record a trade and return it."""
        body = {"accountId": self.account_id} | fill(side, quantity, price, minute, **more)
        return (await self.request("POST", "/trades", json=body, expect=201)).json()["data"]

    async def bulk(self, trades: list[Json], *, expect: int = 200, **options: Json) -> Json:
        """Record many and return the outcome, or the error."""
        own: Json = {"accountId": self.account_id}
        rows: list[Json] = [own | trade if isinstance(trade, dict) else trade for trade in trades]
        response = await self.request("POST", "/trades/bulk", json={"trades": rows} | options, expect=expect)
        return response.json()["data" if expect == 200 else "error"]

    async def transfer(
        self, taker: Ledger, quantity: str, minute: float = 5, *, expect: int = 201, **more: Json
    ) -> Json:
        """Give INFY, or what `instrumentId` names, to another account; return the transfer, or the error."""
        if "instrumentId" not in more:
            more["instrumentId"] = (await self.only("/instruments", symbol="INFY"))["id"]
        accounts = {"fromAccountId": self.account_id, "toAccountId": taker.account_id}
        body = accounts | {"quantity": quantity, "transferredAt": at(minute)} | more
        response = await self.request("POST", "/transfers", json=body, expect=expect)
        return response.json()["data" if expect == 201 else "error"]

    async def only(self, path: str, **params: Json) -> Json:
        """Return the only row of a list."""
        (row,) = await self.get(path, **params)
        return row


async def open_ledger(client: httpx.AsyncClient, headers: dict[str, str], **details: Json) -> Ledger:
    """Open an account in the time zone of Kolkata and return the trader who has it."""
    body = {"broker": "Zerodha", "label": "Main", "currency": "INR", "timeZone": "Asia/Kolkata"} | details
    response = await client.post("/api/v1/accounts", headers=headers, json=body)
    assert response.status_code == 201, response.text
    return Ledger(client, headers, response.json()["data"]["id"])
