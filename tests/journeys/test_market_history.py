"""Somebody looks up what things have cost, with nothing configured: the simulator answers, and says so."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.ledger_api import Json
from tests.served import RegisterUser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reader(client: httpx.AsyncClient, register_user: RegisterUser) -> httpx.AsyncClient:
    client.headers.update(await register_user(client))
    return client


async def read(
    reader: httpx.AsyncClient, path: str, days: dict[str, str] | None = None, expect: int = 200, **more: str
) -> Json:
    answer = await reader.get(f"/api/v1{path}", params={**(days or {}), **more})
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_a_year_of_days_is_told_where_nothing_is_said(reader: httpx.AsyncClient) -> None:
    body = await read(reader, "/history/AAPL")
    history = body["data"]
    assert (history["symbol"], history["interval"], history["adjustment"]) == ("AAPL", "1d", "splits")
    assert history["provenance"]["simulated"] is True
    starts = [bar["start"] for bar in history["bars"]]
    assert 245 <= len(starts) <= 256
    assert starts == sorted(starts)
    again = await read(reader, "/history/AAPL")
    assert (again["data"], again["meta"]["cache"]["hit"]) == (history, True)


async def test_prices_are_restated_for_a_split_unless_they_are_wanted_as_traded(reader: httpx.AsyncClient) -> None:
    """One unit became four on 31 August 2020: what was traded before is four times what it counts as."""
    days = {"from": "2020-08-27", "to": "2020-09-02"}
    restated = (await read(reader, "/history/AAPL", days))["data"]
    traded = (await read(reader, "/history/AAPL", days, adjustment="none"))["data"]
    assert restated["splits"] == traded["splits"] == [{"date": "2020-08-31", "new": 4, "old": 1}]
    ratios = [
        float(then["close"]) / float(now["close"]) for then, now in zip(traded["bars"], restated["bars"], strict=True)
    ]
    assert ratios == pytest.approx([4, 4, 1, 1, 1])


async def test_bars_have_the_wanted_length(reader: httpx.AsyncClient) -> None:
    for interval, fewest, most in (("1wk", 25, 28), ("1mo", 6, 8)):
        bars = (await read(reader, "/history/NSE:INFY", interval=interval, range="6mo"))["data"]["bars"]
        assert fewest <= len(bars) <= most


async def test_several_histories_fail_alone(reader: httpx.AsyncClient) -> None:
    data = (await read(reader, "/history", symbols="BTC-USD,APPL", range="5d"))["data"]
    assert [each["symbol"] for each in data["histories"]] == ["BTC-USD"]
    assert [(each["symbol"], each["code"]) for each in data["missing"]] == [("APPL", "unknown_symbol")]


@pytest.mark.parametrize(
    "asked",
    [
        {"interval": "1m", "range": "1y"},
        {"range": "1y", "from": "2020-01-01"},
        {"from": "2020-01-02", "to": "2020-01-01"},
    ],
)
async def test_what_cannot_be_told_at_once_is_refused(reader: httpx.AsyncClient, asked: dict[str, str]) -> None:
    assert (await read(reader, "/history/AAPL", asked, expect=422))["error"]["code"] == "invalid"


async def test_an_unknown_symbol_has_no_history(reader: httpx.AsyncClient) -> None:
    error = (await read(reader, "/history/APPL", expect=404))["error"]
    assert (error["code"], error["details"]["suggestions"][0]) == ("unknown_symbol", "NASDAQ:AAPL")


async def test_currencies_and_coins_have_rates(reader: httpx.AsyncClient) -> None:
    euro = (await read(reader, "/fx/EUR/USD"))["data"]
    assert (euro["base"], euro["quote"], euro["provenance"]["provider"]) == ("EUR", "USD", "simulator")
    back = (await read(reader, "/fx/USD/EUR"))["data"]
    assert float(euro["rate"]) * float(back["rate"]) == pytest.approx(1, rel=0.01)
    assert float((await read(reader, "/fx/BTC/EUR"))["data"]["rate"]) > 1_000
    assert (await read(reader, "/fx/EUR/EUR", expect=422))["error"]["code"] == "invalid"
    assert (await read(reader, "/fx/EUR/XAU", expect=404))["error"]["code"] == "unknown_pair"
