"""What Financial Modeling Prep is asked for."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.market_data.fmp.client import Fmp
from adapters.market_data.fmp.settings import FmpSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from domain.market_data.movement import Direction
from tests.adapters.market_data.fmp import samples
from tests.contracts.market_data.subject import AAPL, DAYS, NOW, TODAY, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_SUMMER: Final = date(2026, 5, 30)
_NOTHING: Final = answer(200, b"[]")


def _fmp(url: str, client: HttpClient, terms: Terms) -> Fmp:
    settings = FmpSettings(url=url, key=Secret("key-of-the-user"))
    return Fmp(settings, Provider(Policy("fmp", terms), client), FakeClock(NOW))


FMP: Final = (
    Subject(
        name="fmp quotes",
        ask=lambda url, client, terms: _fmp(url, client, terms).quotes([AAPL]),
        known=answer(200, samples.QUOTE),
        unknown=_NOTHING,
        nothing={},
    ),
    Subject(
        name="fmp bars",
        ask=lambda url, client, terms: _fmp(url, client, terms).bars(AAPL, DAYS),
        before=(answer(200, samples.SPLITS), answer(200, samples.DIVIDENDS)),
        known=answer(200, samples.BARS),
        unknown=_NOTHING,
        nothing=None,
    ),
    Subject(
        name="fmp search",
        ask=lambda url, client, terms: _fmp(url, client, terms).search("apple", 5),
        known=answer(200, samples.SEARCH),
        unknown=_NOTHING,
        nothing=[],
    ),
    Subject(
        name="fmp profile",
        ask=lambda url, client, terms: _fmp(url, client, terms).fundamentals(AAPL),
        known=answer(200, samples.PROFILE[:-2] + b', "date": "2025-09-27"}]'),
        unknown=_NOTHING,
        nothing=None,
    ),
    Subject(
        name="fmp movers",
        ask=lambda url, client, terms: _fmp(url, client, terms).movers(Direction.UP, 5),
        known=answer(200, samples.MOVERS),
        unknown=_NOTHING,
        nothing=[],
    ),
    Subject(
        name="fmp earnings",
        ask=lambda url, client, terms: _fmp(url, client, terms).earnings(TODAY, _SUMMER),
        known=answer(200, samples.EARNINGS),
        unknown=_NOTHING,
        nothing=[],
    ),
    Subject(
        name="fmp releases",
        ask=lambda url, client, terms: _fmp(url, client, terms).releases(TODAY, _SUMMER),
        known=answer(200, samples.RELEASES),
        unknown=_NOTHING,
        nothing=[],
    ),
)
