"""What Massive is asked for."""

from __future__ import annotations

from typing import Final

from adapters.market_data.massive.client import Massive
from adapters.market_data.massive.settings import MassiveSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from domain.market_data.movement import Direction
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.massive import samples
from tests.contracts.market_data.subject import AAPL, DAYS, NOW, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_UNKNOWN: Final = answer(404, b'{"status": "NOT_FOUND", "message": "Ticker not found."}')
_S_AND_P: Final = Ticker.parse("^GSPC")


def _massive(url: str, client: HttpClient, terms: Terms) -> Massive:
    settings = MassiveSettings(url=url, key=Secret("key-of-the-user"))
    return Massive(settings, Provider(Policy("massive", terms), client), FakeClock(NOW))


MASSIVE: Final = (
    Subject(
        name="massive quotes",
        ask=lambda url, client, terms: _massive(url, client, terms).quotes([AAPL]),
        known=answer(200, samples.SNAPSHOT),
        unknown=answer(200, b'{"results": [{"ticker": "AAPL", "error": "NOT_FOUND"}], "status": "OK"}'),
        nothing={},
    ),
    Subject(
        name="massive indices",
        ask=lambda url, client, terms: _massive(url, client, terms).quotes([_S_AND_P]),
        known=answer(200, samples.INDICES),
        unknown=answer(200, b'{"results": []}'),
        nothing={},
    ),
    Subject(
        name="massive bars",
        ask=lambda url, client, terms: _massive(url, client, terms).bars(AAPL, DAYS),
        before=(answer(200, samples.SPLITS), answer(200, samples.DIVIDENDS)),
        known=answer(200, samples.AGGREGATES),
        unknown=_UNKNOWN,
        nothing=None,
    ),
    Subject(
        name="massive search",
        ask=lambda url, client, terms: _massive(url, client, terms).search("agilent", 5),
        known=answer(200, samples.TICKERS),
        unknown=answer(200, b'{"results": [], "status": "OK"}'),
        nothing=[],
    ),
    Subject(
        name="massive fundamentals",
        ask=lambda url, client, terms: _massive(url, client, terms).fundamentals(AAPL),
        known=answer(200, samples.TICKER),
        unknown=_UNKNOWN,
        nothing=None,
    ),
    Subject(
        name="massive movers",
        ask=lambda url, client, terms: _massive(url, client, terms).movers(Direction.DOWN, 5),
        known=answer(200, samples.MOVERS),
        unknown=answer(200, b'{"status": "OK", "tickers": []}'),
        nothing=[],
    ),
)
