"""The exported journal is read by Beancount without an error, and holds what the API says is held."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import httpx
import pytest
from beancount.core.data import Commodity, Directive, Transaction

from tests.books import balances, load
from tests.journeys.ledger_api import INFY, TCS, Json, Ledger, at, open_ledger
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ledger(client: httpx.AsyncClient, register_user: RegisterUser) -> Ledger:
    return await open_ledger(client, await register_user(client))


async def journal(ledger: Ledger) -> Sequence[Directive]:
    """The directives of the exported journal."""
    response = await ledger.request("GET", "/exports/beancount", expect=200)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="ledger.beancount"'
    return load(response.text)


async def instrument_id(ledger: Ledger, symbol: str) -> str:
    """The id of the instrument with the symbol."""
    return str((await ledger.only("/instruments", symbol=symbol))["id"])


async def test_the_journal_holds_what_the_api_says_is_held(ledger: Ledger) -> None:
    """Two accounts, a short, a sale without a purchase, a split, a spin-off, and a symbol that is no name there."""
    cautious = await open_ledger(ledger.client, ledger.headers, label="No shorts", shorting=False, costMethod="average")
    await ledger.record("buy", "10", "1450.5", 0, fees={"brokerage": "20", "tax": "1.55"})
    await ledger.record("buy", "5", "1500", 1)
    await ledger.record("sell", "12", "1600", 2, fees={"brokerage": "20"})
    await ledger.record("sell", "3", "50", 3, instrument=TCS, fees={"other": "0.000000000000000001"})
    await ledger.record("buy", "7", "33", 4, instrument=INFY | {"symbol": "M&M"})
    await cautious.record("sell", "4", "1700", 5)
    for price, minute in (("10", 6), ("11", 7), ("10.5", 8)):
        await cautious.record("buy", "3", price, minute, instrument=TCS)
    await cautious.record("sell", "2", "12", 9, instrument=TCS)
    split: Json = {"kind": "split", "new": 3, "old": 2}
    spin_off: Json = {
        "kind": "spin_off",
        "into": await instrument_id(ledger, "M&M"),
        "new": 1,
        "old": 3,
        "costShare": {"numerator": 1, "denominator": 7},
    }
    for terms, symbol, minute in ((split, "INFY", 20), (spin_off, "TCS", 21)):
        body = {"instrumentId": await instrument_id(ledger, symbol), "effectiveAt": at(minute), "terms": terms}
        await ledger.request("POST", "/corporate-actions", json=body, expect=201)
    entries = await journal(ledger)
    found = balances(entries)
    symbols = {entry.currency: entry.meta["symbol"] for entry in entries if isinstance(entry, Commodity)}
    for trader, name in ((ledger, "Assets:Zerodha:Main"), (cautious, "Assets:Zerodha:No-shorts")):
        mine = {code: units for (account, code), (units, _) in found.items() if account == f"{name}:Holdings"}
        held = {symbols[code]: units for code, units in mine.items()}
        positions = await trader.get("/positions", accountId=trader.account_id)
        assert held == {
            each["instrument"]["symbol"]: Decimal(each["quantity"]) for each in positions if each["quantity"] != "0"
        }
    (pnl,) = await ledger.get("/pnl")
    assert found["Income:Gains", "INR"][0] == -Decimal(pnl["realised"]["gross"])
    assert found["Expenses:Fees", "INR"][0] == Decimal("41.550000000000000001")
    assert found["Equity:Missing-Basis", "INR"][0] == Decimal(-6800)
    missing = [entry for entry in entries if isinstance(entry, Transaction) and "missing-basis" in entry.meta]
    assert [entry.meta["missing-basis"].split()[0] for entry in missing] == ["4"]


async def test_a_ledger_without_trades_is_a_journal_without_transactions(ledger: Ledger) -> None:
    assert not [entry for entry in await journal(ledger) if isinstance(entry, Transaction)]


async def test_void_trades_are_left_out_and_prices_are_the_last_known(ledger: Ledger) -> None:
    gone = await ledger.record("buy", "1", "10")
    await ledger.record("buy", "2", "11", 1)
    await ledger.request("POST", f"/trades/{gone['id']}/void", json={"reason": "Entered twice"}, match=1, expect=200)
    response = await ledger.request("GET", "/exports/beancount", expect=200)
    assert gone["id"] not in response.text
    assert "2024-01-02 price INFY.NSE 11 INR" in response.text


async def test_others_are_not_in_the_journal(ledger: Ledger, register_user: RegisterUser) -> None:
    await ledger.record("buy", "1", "10")
    stranger = await open_ledger(ledger.client, await register_user(ledger.client), label="Theirs")
    response = await stranger.request("GET", "/exports/beancount", expect=200)
    assert "INFY" not in response.text
    assert "Main" not in response.text


async def test_transfers_and_cash_are_in_the_journal(ledger: Ledger) -> None:
    """Lots go over with their dates and costs; the cash of each account is the balance that the API tells."""
    other = await open_ledger(ledger.client, ledger.headers, label="Other", timeZone="America/New_York")
    bought = await ledger.record("buy", "10", "100", 0, fees={"brokerage": "3"})
    moved = await ledger.transfer(other, "4")
    await other.record("sell", "3", "150", 6)
    own: Json = {"accountId": ledger.account_id, "occurredAt": at(-3000), "notes": 'Says "hi"\nand \\ goes'}
    for kind, amount, more in (
        ("deposit", "5000", {}),
        ("dividend", "100.5", {"taxWithheld": "15", "instrumentId": bought["instrument"]["id"]}),
        ("fee", "2", {}),
        ("withdrawal", "1.000000000000000001", {}),
    ):
        body = own | {"kind": kind, "amount": amount, "currency": "INR"} | more
        await ledger.request("POST", "/cash-movements", json=body, expect=201)
    conversion: Json = {"given": {"amount": "50", "currency": "INR"}, "received": {"amount": "0.6", "currency": "USD"}}
    await ledger.request("POST", "/cash-movements/conversions", json=own | conversion, expect=201)
    transfer: Json = {"amount": "7", "currency": "INR", "occurredAt": at(9)}
    both = {name: moved[name] for name in ("fromAccountId", "toAccountId")}
    await ledger.request("POST", "/cash-movements/transfers", json=transfer | both, expect=201)
    found = balances(await journal(ledger))
    assert found["Assets:Zerodha:Other:Holdings", "INFY.NSE"] == (Decimal(1), Decimal(100))
    assert found["Assets:Zerodha:Main:Holdings", "INFY.NSE"] == (Decimal(6), Decimal(600))
    for trader, name in ((ledger, "Main"), (other, "Other")):
        for each in await trader.get("/cash-balances", accountId=trader.account_id):
            assert found[f"Assets:Zerodha:{name}:Cash", each["currency"]][0] == Decimal(each["balance"])
    assert found["Income:Dividends", "INR"][0] == Decimal("-100.5")
    assert found["Expenses:Taxes", "INR"][0] == Decimal(15)
    assert ("Equity:Transfers", "INR") not in found
    assert found["Equity:Conversions", "USD"][0] == Decimal("-0.6")
