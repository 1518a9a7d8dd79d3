"""What Alpha Vantage is asked for."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.market_data.alpha_vantage.client import AlphaVantage
from adapters.market_data.alpha_vantage.failures import judge
from adapters.market_data.alpha_vantage.settings import AlphaVantageSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from domain.market_data.movement import Direction
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.alpha_vantage import samples
from tests.contracts.market_data.subject import AAPL, DAYS, NOW, TODAY, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_UNKNOWN: Final = answer(200, b'{"Error Message": "Invalid API call. Please retry or visit the documentation."}')
_BITCOIN: Final = Ticker.parse("BTC-CNY")


def _alpha_vantage(url: str, client: HttpClient, terms: Terms) -> AlphaVantage:
    settings = AlphaVantageSettings(url=url, key=Secret("key-of-the-user"))
    return AlphaVantage(settings, Provider(Policy("alpha_vantage", terms), client, judge=judge), FakeClock(NOW))


ALPHA_VANTAGE: Final = (
    Subject(
        name="alpha_vantage quotes",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).quotes([AAPL]),
        known=answer(200, samples.QUOTE),
        unknown=answer(200, b'{"Global Quote": {}}'),
        nothing={},
    ),
    Subject(
        name="alpha_vantage rates",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).quotes([_BITCOIN]),
        known=answer(200, samples.RATE),
        unknown=_UNKNOWN,
        nothing={},
    ),
    Subject(
        name="alpha_vantage bars",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).bars(AAPL, DAYS),
        known=answer(200, samples.DAILY),
        unknown=_UNKNOWN,
        nothing=None,
    ),
    Subject(
        name="alpha_vantage search",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).search("boeing", 5),
        known=answer(200, samples.SEARCH),
        unknown=answer(200, b'{"bestMatches": []}'),
        nothing=[],
    ),
    Subject(
        name="alpha_vantage fundamentals",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).fundamentals(AAPL),
        known=answer(200, samples.OVERVIEW),
        unknown=answer(200, b"{}"),
        nothing=None,
    ),
    Subject(
        name="alpha_vantage movers",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).movers(Direction.UP, 10),
        known=answer(200, samples.MOVERS),
        unknown=answer(200, b'{"last_updated": "2026-02-27 16:15:59 US/Eastern", "top_gainers": [], "top_losers": []}'),
        nothing=[],
    ),
    Subject(
        name="alpha_vantage earnings",
        ask=lambda url, client, terms: _alpha_vantage(url, client, terms).earnings(TODAY, date(2026, 5, 30)),
        known=answer(200, samples.EARNINGS, content_type="application/x-download"),
        unknown=answer(200, b"symbol,name,reportDate,fiscalDateEnding,estimate,currency\r\n"),
        nothing=[],
    ),
)
