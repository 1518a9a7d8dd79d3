"""Exports hold every row, tell each figure exactly, and run nothing when a spreadsheet opens them."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.journeys.imports_api import Importer, counted
from tests.journeys.ledger_api import TCS, Json, Ledger, fill, open_ledger
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def exported(ledger: Ledger, what: str, **params: Json) -> list[dict[str, str]]:
    """Read an export as a spreadsheet would."""
    response = await ledger.request("GET", f"/exports/{what}", params=params, expect=200)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{what}.csv"'
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


async def test_a_trade_is_exported_with_all_that_was_entered(ledger: Ledger) -> None:
    more = {
        "fees": {"brokerage": "20", "stampDuty": "0.000000000000000001"},
        "tags": ["earnings", "a, b"],
        "notes": 'Two lines,\nand "quotes"',
        "strategy": "breakout",
        "settlementDate": "2024-01-04",
        "brokerTradeId": "00042",
        "attachments": ["https://example.com/notes/1"],
    }
    trade = await ledger.record("buy", "0.100000000000000001", "1450.50", 3, **more)
    (row,) = await exported(ledger, "trades")
    assert (row["tradeId"], row["accountId"]) == (trade["id"], ledger.account_id)
    assert (row["symbol"], row["exchange"], row["segment"], row["currency"]) == ("INFY", "NSE", "equity", "INR")
    assert (row["quantity"], row["price"], row["executedAt"]) == ("0.100000000000000001", "1450.5", trade["executedAt"])
    assert (row["fees.brokerage"], row["fees.stampDuty"], row["fees.tax"]) == ("20", "0.000000000000000001", "")
    assert (row["notes"], row["tags"]) == (more["notes"], '["earnings","a, b"]')
    assert (row["brokerTradeId"], row["settlementDate"]) == ("00042", "2024-01-04")
    assert row["attachments"] == '["https://example.com/notes/1"]'


async def test_an_account_moves_to_another_organisation_with_its_trades(
    client: httpx.AsyncClient, served: Served, register_user: RegisterUser, ledger: Ledger
) -> None:
    """The file that was exported is imported there; in its own account it adds nothing."""
    for minute, price in enumerate(["100", "200", "300"]):
        await ledger.record("buy", "10", price, minute, notes=f" ={minute}\n")
    dearest = (await ledger.get("/trades"))[0]
    await ledger.record("sell", "4", "310", 9, lotSelection=[{"lotId": dearest["id"], "quantity": "4"}])
    await ledger.record("sell", "1", "90", 10, instrument=TCS | {"tickSize": "0.05", "isin": "INE467B01029"})
    file = await ledger.request("GET", "/exports/trades", params={"accountId": ledger.account_id}, expect=200)
    there = Importer(await open_ledger(client, await register_user(client)), served.app)
    done = await there.bring_in(file.content)
    assert (done["format"], counted(done)) == ("tapedeck", {"imported": 5})
    mine, theirs = [(await trader.get("/pnl"))[0] for trader in (ledger, there.ledger)]
    assert theirs["realised"] == mine["realised"]
    assert theirs["unrealised"]["openCost"] == mine["unrealised"]["openCost"]
    (row,) = [row for row in await exported(there.ledger, "trades") if row["lotSelection"]]
    chosen = [trade for trade in await there.ledger.get("/trades") if trade["price"] == "300"]
    assert row["lotSelection"] == f'{{"{chosen[0]["id"]}":"4"}}'
    assert counted(await Importer(ledger, served.app).preview(file.content)) == {"duplicate": 5}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "|cmd", "%0A"])
async def test_no_text_is_a_formula_to_a_spreadsheet(ledger: Ledger, text: str) -> None:
    await ledger.record("buy", "1", "-2.5", notes=text)
    (row,) = await exported(ledger, "trades")
    assert row["notes"] == f"'{text}"
    assert row["price"] == "-2.5", "a number is no formula"


async def test_void_trades_and_other_accounts_are_left_out(ledger: Ledger) -> None:
    kept = await ledger.record("buy", "1", "10")
    gone = await ledger.record("buy", "2", "10", 1)
    await ledger.request("POST", f"/trades/{gone['id']}/void", json={"reason": "Entered twice"}, match=1, expect=200)
    other = await open_ledger(ledger.client, ledger.headers, label="Other")
    await other.record("buy", "3", "10", 2)
    assert [row["tradeId"] for row in await exported(ledger, "trades", accountId=ledger.account_id)] == [kept["id"]]
    assert [row["quantity"] for row in await exported(ledger, "trades")] == ["1", "3"]


async def test_lots_and_disposals_add_up_to_what_the_api_says(ledger: Ledger) -> None:
    """More rows than the cursor fetches at once; each disposal has a line for each lot it closed."""
    await ledger.bulk([fill("buy", "1", str(100 + number), number, instrument=TCS) for number in range(1_200)])
    await ledger.record("sell", "1150.5", "300", 2_000, instrument=TCS, fees={"brokerage": "7"})
    lots = await exported(ledger, "lots")
    assert len(lots) == 1_200
    assert sum(float(row["leftQuantity"]) for row in lots) == 49.5
    matched = await exported(ledger, "disposals")
    assert len(matched) == 1_151
    assert {row["lotId"] for row in matched} <= {row["lotId"] for row in lots}
    disposal = await ledger.only("/disposals")
    assert [row["realised"] for row in matched] == [match["realised"] for match in disposal["matches"]]


async def test_what_has_no_known_purchase_is_a_line_without_a_gain(
    client: httpx.AsyncClient, register_user: RegisterUser
) -> None:
    ledger = await open_ledger(client, await register_user(client), shorting=False)
    await ledger.record("sell", "10", "100", fees={"brokerage": "4"})
    (row,) = await exported(ledger, "disposals")
    assert (row["lotId"], row["cost"], row["realised"], row["proceeds"]) == ("", "", "", "996")


async def test_an_empty_ledger_exports_the_header_alone(ledger: Ledger) -> None:
    for what in ("trades", "lots", "disposals"):
        assert await exported(ledger, what) == []
