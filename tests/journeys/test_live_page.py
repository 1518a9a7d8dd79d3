"""The page /live in a real browser, on the real application: it signs in, moves, survives a break and shows it."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.browser import PROGRAM, Browser, Page, browsing
from tests.journeys.moving_market import MovingMarket, moving_market
from tests.served import PASSWORD, Served

pytestmark = [
    pytest.mark.anyio,
    # where CI is set a missing browser is a failure: else these could be left out for ever
    pytest.mark.skipif(PROGRAM is None and "CI" not in os.environ, reason="Chromium is not installed; CI installs it"),
]

# no history can be had for as long as it is true
BUSY = """
    window.isBusy = true;
    const real = window.fetch;
    window.fetch = (url, options) => window.isBusy && String(url).includes("/history/")
        ? Promise.resolve(new Response('{"detail": "Busy."}', { status: 503 })) : real(url, options);
    window.isBusy
"""
LAST = "#quotes tr:nth-child({row}) td:nth-child(2)"


@pytest.fixture
async def market(served: Served) -> AsyncIterator[MovingMarket]:
    """The application on a socket, and the levers of its market."""
    async with moving_market(served) as market:
        yield market


@pytest.fixture(scope="module")
async def chromium(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """The browser."""
    assert anyio_backend == "asyncio"
    async with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page that nobody has used."""
    async with chromium.page() as page:
        yield page


async def sign_in(page: Page, client: httpx.AsyncClient) -> None:
    email = f"trader-{secrets.token_hex(6)}@example.com"
    await client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
    await page.type("#email", email)
    await page.type("#password", PASSWORD)
    await page.enter()
    await page.until("document.body.dataset.state === 'live'")


def shows(row: int, price: str) -> str:
    return f"document.querySelector('{LAST.format(row=row)}')?.textContent === '{price}'"


async def test_prices_move_and_the_chart_with_them(page: Page, market: MovingMarket, client: httpx.AsyncClient) -> None:
    await page.visit(f"{market.url}/live?symbols=AAPL,BTC-USD")
    await sign_in(page, client)
    await page.until("document.querySelector('#chart-summary').textContent.includes('candles of 1m')")
    await market.publish("AAPL", "230.51")
    await page.until(shows(1, "230.51"))
    await market.publish("AAPL", "231.07")
    await page.until(shows(1, "231.07"))
    await page.until("document.querySelector('#chart-summary').textContent.includes('close 231.07')")
    await market.publish("BTC-USD", "98000.1")
    await page.until(shows(2, "98000.1"))
    assert await page.ask("document.querySelectorAll('#chart canvas').length > 0")
    assert await page.ask("document.querySelector('#chart canvas').width > 200")
    assert await page.ask("!location.href.match(/token|ticket|password/) && document.cookie === ''")
    assert await page.ask("localStorage.length + sessionStorage.length") == 0
    assert page.problems == []


async def test_a_break_is_shown_and_what_was_missed_is_said(
    page: Page, market: MovingMarket, client: httpx.AsyncClient
) -> None:
    await page.visit(f"{market.url}/live?symbols=AAPL")
    await sign_in(page, client)
    await market.publish("AAPL", "230.51")
    await page.until(shows(1, "230.51"))
    market.break_off()
    await page.until("document.body.dataset.state === 'lost'")
    assert "Prices are old" in await page.text("#problem")
    assert "Disconnected since" in await page.text("#state")
    await market.publish("AAPL", "1", "2", "3")
    market.come_back()
    await page.until("document.body.dataset.state === 'live'")
    await page.until(shows(1, "3"))
    assert await page.ask("document.querySelector('#problem').hidden")


async def test_a_chart_that_cannot_be_had_now_comes_later(
    page: Page, market: MovingMarket, client: httpx.AsyncClient
) -> None:
    """By itself, though prices move meanwhile and nothing else asks for it again."""
    await page.visit(f"{market.url}/live?symbols=AAPL")
    await page.ask(BUSY)
    await sign_in(page, client)
    await page.until("document.querySelector('#chart-summary').textContent.includes('Busy.')")
    await market.publish("AAPL", "230.51")
    await page.until(shows(1, "230.51"))
    await page.ask("window.isBusy = false")
    await page.until("document.querySelector('#chart-summary').textContent.includes('close 230.51')")


async def test_symbols_are_added_chosen_refused_and_removed(
    page: Page, market: MovingMarket, client: httpx.AsyncClient
) -> None:
    await page.visit(f"{market.url}/live?symbols=AAPL")
    await sign_in(page, client)
    await page.type("#symbol", "btc-usd")
    await page.enter()
    await page.until("location.search === '?symbols=AAPL%2CBTC-USD'")
    await market.publish("BTC-USD", "98000.1")
    await page.until(shows(2, "98000.1"))
    await page.click("#quotes tr:nth-child(2) button")
    await page.until("document.querySelector('#chart-title').textContent === 'Chart of BTC-USD'")
    await page.type("#symbol", "no such thing!")
    await page.enter()
    await page.until("document.querySelector('#problem').textContent.length > 0")
    assert await page.ask("document.querySelectorAll('#quotes tr').length") == 2
    await page.click("#quotes tr:nth-child(2) td:last-child button")
    await page.until("document.querySelectorAll('#quotes tr').length === 1")
    assert page.problems == []


async def test_a_wrong_password_and_a_session_that_ended_are_said(
    page: Page, market: MovingMarket, client: httpx.AsyncClient
) -> None:
    await page.visit(f"{market.url}/live")
    await page.type("#email", "nobody@example.com")
    await page.type("#password", "a wrong password")
    await page.enter()
    await page.until("!document.querySelector('#problem').hidden")
    await page.ask("document.querySelector('#sign-in').reset()")
    await sign_in(page, client)
    await page.click("#sign-out")
    await page.until("document.body.dataset.state === 'out'")
    assert await page.ask("document.querySelector('#board').hidden")
