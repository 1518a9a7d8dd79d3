"""Two organisations with the same kinds of things, made by the same requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

import httpx

from application.ledger.proposals.propose_actions import Announced, AnnouncedDividend
from bootstrap import App
from domain.shared.ids import InstrumentId, OrganisationId
from domain.shared.money import Currency
from entrypoints.http.jsons import Json, JsonObject
from tests.journeys.imports_api import work
from tests.openapi.document import arr, by_id, obj

ABSENT: Final = "0192f0c1-0000-7000-8000-000000000000"
# a word that only what the owner wrote contains
MARK: Final = "Zanzibar"
TRADEBOOK: Final = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time\n"
    "{mark},INE009A01021,2026-01-29,NSE,EQ,EQ,buy,false,3,1500.50,2400871239,1100000012345678,2026-01-29T09:15:00\n"
)

# which kind of thing each name of a parameter or field identifies; a new name has to be entered here
KIND_OF: Final[Mapping[str, str]] = {
    "account_id": "account",
    "accountId": "account",
    "fromAccountId": "account",
    "toAccountId": "other_account",
    "movement_id": "cash_movement",
    "reinvestedTradeId": "trade",
    "trade_id": "trade",
    "disposal_id": "disposal",
    "instrument_id": "instrument",
    "instrumentId": "instrument",
    "position_id": "position",
    "action_id": "corporate_action",
    "proposal_id": "proposal",
    "transfer_id": "transfer",
    "into": "other_instrument",
    "lotId": "lot",
    "import_id": "import",
    "importId": "import",
    "job_id": "job",
    "subjectId": "import",
    "mapping_id": "mapping",
    "mappingId": "mapping",
    "session_id": "session",
}

# what a path may name that is nobody's, with one of it: the market is the same for everybody
SHARED: Final[Mapping[str, str]] = {"symbol": "AAPL", "base": "EUR", "quote": "USD"}


# a request whose lots are of the one instrument in which there is a lot to choose
_OF_OPERATION: Final[Mapping[tuple[str, str], str]] = {("recordATransfer", "instrumentId"): "other_instrument"}


def kind_of(operation: JsonObject, name: str) -> str:
    """Return which kind of thing a parameter or field of the operation identifies."""
    return _OF_OPERATION.get((str(operation["operationId"]), name), KIND_OF[name])


class Make(Protocol):
    """Sends a request that must succeed."""

    async def __call__(self, method: str, path: str, body: Json = None, **query: str) -> JsonObject:
        """Return its data."""
        ...


@dataclass(frozen=True, slots=True)
class Estate:
    """What one organisation has: the id of one thing of each kind, and a client of its user."""

    client: httpx.AsyncClient
    ids: Mapping[str, str]


def mapping_request(mark: str) -> JsonObject:
    return {
        "name": f"{mark}'s export",
        "columns": {
            "symbol": "symbol",
            "quantity": "quantity",
            "price": "price",
            "executedAt": "order_execution_time",
            "side": "trade_type",
        },
        "timeZone": "Asia/Kolkata",
        "defaultExchange": "NSE",
        "defaultSegment": "equity",
        "defaultCurrency": "INR",
        "dateOrder": "year_first",
        "rowOrder": "oldest_first",
    }


async def build_estate(client: httpx.AsyncClient, app: App, mark: str) -> Estate:
    """Make one thing of each kind; everything that has a name contains the mark."""

    async def made(method: str, path: str, body: Json = None, **query: str) -> JsonObject:
        response = await client.request(method, f"/api/v1{path}", json=body, params=query)
        assert response.is_success, (path, response.text)
        return obj(obj(response.json())["data"])

    async def first(path: str) -> JsonObject:
        response = await client.get(f"/api/v1{path}")
        assert response.is_success, (path, response.text)
        return obj(arr(obj(response.json())["data"])[0])

    account = await made(
        "POST",
        "/accounts",
        {"broker": mark, "label": f"{mark} account", "currency": "INR", "timeZone": "Asia/Kolkata"},
    )
    trade: JsonObject = {
        "accountId": account["id"],
        "instrument": {"symbol": mark, "exchange": "NSE", "segment": "equity", "currency": "INR"},
        "side": "buy",
        "quantity": "10",
        "price": "100",
        "executedAt": "2026-01-30T09:15:00+05:30",
        "strategy": mark,
        "notes": mark,
        "tags": [mark],
        "brokerTradeId": f"{mark} 1",
    }
    ids = await _traded(made, trade, mark)
    ids |= await _transferred(made, str(account["id"]), ids["instrument"], mark)
    ids |= await _with_cash(made, str(account["id"]), ids, mark)
    uploaded = await client.post(
        "/api/v1/imports",
        params={"accountId": str(account["id"]), "fileName": f"{mark}.csv"},
        content=TRADEBOOK.format(mark=mark),
        headers={"Content-Type": "text/csv"},
    )
    assert uploaded.is_success, uploaded.text
    await work(app)
    mapping = await made("POST", "/import-mappings", mapping_request(mark))
    ids["proposal"] = await _proposed(client, app, ids["other_instrument"], mark)
    return Estate(
        client,
        {
            "account": str(account["id"]),
            "position": str((await first("/positions"))["id"]),
            "import": str(obj(obj(uploaded.json())["data"])["id"]),
            "job": str((await first("/jobs"))["id"]),
            "mapping": str(mapping["id"]),
            "session": str((await first("/auth/sessions"))["id"]),
            **ids,
        },
    )


async def _proposed(client: httpx.AsyncClient, app: App, instrument_id: str, mark: str) -> str:
    """Let the market tell of a dividend, and return the proposal."""
    me = obj(obj((await client.get("/api/v1/users/me")).json())["data"])
    day = datetime(2026, 1, 31, tzinfo=UTC)
    announced = Announced(
        organisation_id=OrganisationId(UUID(str(me["organisationId"]))),
        instrument_id=InstrumentId(UUID(instrument_id)),
        currency=Currency("INR"),
        provider=mark,
        is_simulated=False,
        splits=[],
        dividends=[AnnouncedDividend(day.date(), day, Decimal(1))],
    )
    assert await app.ledger.propose_actions().propose(announced) > 0
    found = await client.get("/api/v1/ledger/proposals")
    return str(obj(arr(obj(found.json())["data"])[0])["id"])


async def _traded(made: Make, trade: JsonObject, mark: str) -> dict[str, str]:
    """Trade in two instruments, price and split the first, and return what there is then, by kind."""
    bought = await made("POST", "/trades", trade)
    sale: JsonObject = {"side": "sell", "quantity": "4", "brokerTradeId": f"{mark} 2"}
    sold = await made("POST", "/trades", {**trade, **sale, "executedAt": "2026-01-31T09:15:00+05:30"})
    instrument = obj(bought["instrument"])
    price: JsonObject = {"price": "123", "asOf": "2026-01-31T10:00:00+05:30"}
    await made("PUT", f"/instruments/{instrument['id']}/price", price)
    # a lot that the example of a trade can choose, and an instrument that an action can lead to
    recording = by_id()["recordATrade"][2]
    example = obj(obj(obj(recording["requestBody"])["content"])["application/json"])["example"]
    told: JsonObject = {**trade, "instrument": obj(example)["instrument"], "brokerTradeId": f"{mark} 3"}
    lot = await made("POST", "/trades", told)
    split: JsonObject = {
        "instrumentId": instrument["id"],
        "effectiveAt": "2026-02-02T09:15:00+05:30",
        "terms": {"kind": "split", "new": 2, "old": 1},
        "notes": mark,
    }
    action = await made("POST", "/corporate-actions", split)
    return {
        "trade": str(bought["id"]),
        "disposal": str(sold["id"]),
        "instrument": str(instrument["id"]),
        "lot": str(lot["id"]),
        "other_instrument": str(obj(lot["instrument"])["id"]),
        "corporate_action": str(action["id"]),
    }


async def _transferred(made: Make, account_id: str, instrument_id: str, mark: str) -> dict[str, str]:
    """Open another account, let it have a unit, and return what there is then, by kind."""
    named: JsonObject = {"broker": mark, "label": f"{mark} other account"}
    other = await made("POST", "/accounts", {**named, "currency": "INR", "timeZone": "Asia/Kolkata"})
    transfer: JsonObject = {
        "fromAccountId": account_id,
        "toAccountId": other["id"],
        "instrumentId": instrument_id,
        "quantity": "1",
        "transferredAt": "2026-02-03T09:15:00+05:30",
        "notes": mark,
    }
    moved = await made("POST", "/transfers", transfer)
    return {"other_account": str(other["id"]), "transfer": str(moved["id"])}


async def _with_cash(made: Make, account_id: str, ids: Mapping[str, str], mark: str) -> dict[str, str]:
    """Receive a dividend, and return it by kind."""
    dividend: JsonObject = {
        "accountId": account_id,
        "kind": "dividend",
        "amount": "12.5",
        "currency": "INR",
        "occurredAt": "2026-01-31T12:00:00+05:30",
        "instrumentId": ids["instrument"],
        "reinvestedTradeId": ids["trade"],
        "notes": mark,
    }
    cash = await made("POST", "/cash-movements", dividend)
    return {"cash_movement": str(cash["id"])}
