"""What CoinGecko is asked for."""

from __future__ import annotations

from typing import Final

from adapters.market_data.coingecko.client import CoinGecko
from adapters.market_data.coingecko.failures import judge
from adapters.market_data.coingecko.settings import CoinGeckoSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.coingecko import samples
from tests.contracts.market_data.subject import NOW, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_USD: Final = Currency("USD")


def _coingecko(url: str, client: HttpClient, terms: Terms) -> CoinGecko:
    settings = CoinGeckoSettings(url=url, key=Secret("key-of-the-user"))
    return CoinGecko(settings, Provider(Policy("coingecko", terms), client, judge=judge), FakeClock(NOW))


COINGECKO: Final = (
    Subject(
        name="coingecko quotes",
        ask=lambda url, client, terms: _coingecko(url, client, terms).quotes([Ticker.parse("BTC-USD")]),
        known=answer(200, samples.MARKETS),
        unknown=answer(200, b"[]"),
        nothing={},
    ),
    Subject(
        name="coingecko top",
        ask=lambda url, client, terms: _coingecko(url, client, terms).top(_USD, 20),
        known=answer(200, samples.MARKETS),
        unknown=answer(200, b"[]"),
        nothing=[],
    ),
    Subject(
        name="coingecko coins",
        ask=lambda url, client, terms: _coingecko(url, client, terms).coins(["bitcoin"], _USD),
        known=answer(200, samples.MARKETS),
        unknown=answer(200, b"[]"),
        nothing={},
    ),
    Subject(
        name="coingecko history",
        ask=lambda url, client, terms: _coingecko(url, client, terms).coin_history("bitcoin", _USD, 30),
        known=answer(200, samples.CHART),
        unknown=answer(404, b'{"error": "coin not found"}'),
        nothing=None,
    ),
    Subject(
        name="coingecko search",
        ask=lambda url, client, terms: _coingecko(url, client, terms).find_coins("ether", 10),
        known=answer(200, samples.SEARCH),
        unknown=answer(200, b'{"coins": []}'),
        nothing=[],
    ),
    Subject(
        name="coingecko trending",
        ask=lambda url, client, terms: _coingecko(url, client, terms).trending(10),
        known=answer(200, samples.TRENDING),
        unknown=answer(200, b'{"coins": []}'),
        nothing=[],
    ),
)
