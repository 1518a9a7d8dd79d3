"""What Finnhub is asked for."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.market_data.finnhub.client import Finnhub
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from tests.adapters.market_data.finnhub import samples
from tests.contracts.market_data.subject import AAPL, DAYS, NOW, TODAY, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_SUMMER: Final = date(2026, 5, 30)


def _finnhub(url: str, client: HttpClient, terms: Terms) -> Finnhub:
    settings = FinnhubSettings(url=url, key=Secret("key-of-the-user"))
    return Finnhub(settings, Provider(Policy("finnhub", terms), client), FakeClock(NOW))


FINNHUB: Final = (
    Subject(
        name="finnhub quotes",
        ask=lambda url, client, terms: _finnhub(url, client, terms).quotes([AAPL]),
        known=answer(200, samples.QUOTE),
        unknown=answer(200, samples.NO_QUOTE),
        nothing={},
    ),
    Subject(
        name="finnhub bars",
        ask=lambda url, client, terms: _finnhub(url, client, terms).bars(AAPL, DAYS),
        before=(answer(200, samples.SPLITS), answer(200, samples.DIVIDENDS)),
        known=answer(200, samples.CANDLES),
        unknown=answer(200, samples.NO_CANDLES),
        nothing=None,
    ),
    Subject(
        name="finnhub search",
        ask=lambda url, client, terms: _finnhub(url, client, terms).search("apple", 5),
        known=answer(200, samples.SEARCH),
        unknown=answer(200, b'{"count": 0, "result": []}'),
        nothing=[],
    ),
    Subject(
        name="finnhub profile",
        ask=lambda url, client, terms: _finnhub(url, client, terms).fundamentals(AAPL),
        known=answer(200, samples.PROFILE),
        unknown=answer(200, b"{}"),
        nothing=None,
    ),
    Subject(
        name="finnhub earnings",
        ask=lambda url, client, terms: _finnhub(url, client, terms).earnings(TODAY, _SUMMER),
        known=answer(200, samples.EARNINGS),
        unknown=answer(200, b'{"earningsCalendar": []}'),
        nothing=[],
    ),
    Subject(
        name="finnhub releases",
        ask=lambda url, client, terms: _finnhub(url, client, terms).releases(TODAY, _SUMMER),
        known=answer(200, samples.RELEASES),
        unknown=answer(200, b'{"economicCalendar": []}'),
        nothing=[],
    ),
)
