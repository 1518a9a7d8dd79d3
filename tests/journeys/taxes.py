"""Short ways to speak about taxes in journeys."""

from __future__ import annotations

import csv
import io

from tests.journeys.ledger_api import Json, Ledger

AAPL = {"symbol": "AAPL", "exchange": "NASDAQ", "segment": "equity", "currency": "USD"}
VOD = {"symbol": "VOD", "exchange": "LSE", "segment": "equity", "currency": "GBP"}
INFY = {"symbol": "INFY", "exchange": "NSE", "segment": "equity", "currency": "INR"}
US_2025 = {"jurisdiction": "us", "year": "2025"}


async def deal(ledger: Ledger, side: str, quantity: str, price: str, when: str, **more: Json) -> str:
    """Record a trade of Apple shares, unless it says otherwise, and return its id."""
    at = when if "T" in when else f"{when}T15:00:00Z"
    details: dict[str, Json] = {"executedAt": at, "instrument": AAPL} | more
    trade = await ledger.record(side, quantity, price, 0, **details)
    return str(trade["id"])


async def lines(ledger: Ledger, **wanted: Json) -> list[Json]:
    found: list[Json] = await ledger.get("/tax-reports/lines", **wanted)
    return found


async def table(ledger: Ledger, **wanted: Json) -> list[dict[str, str]]:
    response = await ledger.request("GET", "/exports/tax-lines", params=wanted, expect=200)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="tax-lines-{wanted["jurisdiction"]}-{wanted["year"]}.csv"'
    assert response.headers["Content-Disposition"] == name
    return list(csv.DictReader(io.StringIO(response.text, newline="")))
