"""What programs do with the Python client, on the real application: sign in, import, look at positions and prices."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tapedeck_client import NewTrade, Refused, SignedOut, Tapedeck
from tests.asgi import in_process
from tests.contracts.imports.desk import fill, tradebook
from tests.journeys.imports_api import work
from tests.served import PASSWORD, Served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(served: Served, client: httpx.AsyncClient) -> AsyncIterator[Tapedeck]:
    """The client, signed in as a new user."""
    person = {"email": f"trader-{secrets.token_hex(6)}@example.com", "password": PASSWORD}
    await client.post("/api/v1/auth/register", json=person)
    async with Tapedeck("http://tapedeck.test", transport=in_process(served.api)) as api:
        await api.sign_in(person["email"], person["password"])
        yield api


async def account(api: Tapedeck) -> str:
    """Open an account and return its id."""
    opened = await api.open_account(broker="Zerodha", label="Main", currency="INR", time_zone="Asia/Kolkata")
    assert await api.accounts() == [opened]
    return opened.id


async def test_trades_become_positions_and_profit(api: Tapedeck) -> None:
    """A trade sent twice with one key is there once."""
    account_id = await account(api)
    bought = NewTrade(
        account_id=account_id,
        symbol="INFY",
        exchange="NSE",
        segment="equity",
        currency="INR",
        side="buy",
        quantity=Decimal(10),
        price=Decimal("1500.50"),
        executed_at=datetime(2026, 1, 30, 4, tzinfo=UTC),
        brokerage=Decimal(20),
    )
    first = await api.record_trade(bought, key="one-purchase")
    again = await api.record_trade(bought, key="one-purchase")
    assert (first, first.fees) == (again, Decimal(20))
    assert [trade.id async for trade in api.trades(symbol="INFY")] == [first.id]
    (position,) = await api.positions(account_id=account_id)
    assert (position.quantity, position.open_cost) == (Decimal(10), Decimal(15025))
    assert position.market_value == Decimal(15005)
    (profit,) = await api.pnl()
    assert (profit.currency, profit.unrealised) == ("INR", Decimal(-20))


async def test_what_is_refused_says_why(api: Tapedeck) -> None:
    with pytest.raises(Refused) as raised:
        await api.history("APPL")
    assert (raised.value.status, raised.value.code) == (404, "unknown_symbol")
    assert raised.value.request_id


async def test_a_file_is_imported_in_one_call(api: Tapedeck, served: Served, tmp_path: Path) -> None:
    account_id = await account(api)
    file = tmp_path / "tradebook.csv"
    file.write_bytes(tradebook(fill(1), fill(2)))
    importing = asyncio.ensure_future(api.import_file(file, account_id=account_id))
    while not importing.done():
        await work(served.app)
        await asyncio.sleep(0.02)
    done = await importing
    assert (done.state, done.format, done.counts["imported"]) == ("committed", "zerodha", 2)
    assert len([trade async for trade in api.trades()]) == 2


async def test_prices_say_where_they_come_from(api: Tapedeck) -> None:
    found = await api.quotes("AAPL", "APPL")
    (quote,), (missing,) = found.quotes, found.missing
    assert (quote.symbol, quote.currency, quote.provenance.is_simulated) == ("AAPL", "USD", True)
    assert missing.code == "unknown_symbol"
    history = await api.history("AAPL", reach="1mo")
    assert len(history.bars) > 10
    assert all(bar.low <= bar.close <= bar.high for bar in history.bars)


async def test_who_signs_out_is_out(api: Tapedeck) -> None:
    await api.sign_out()
    with pytest.raises(SignedOut):
        await api.accounts()
