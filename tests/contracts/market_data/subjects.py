"""Every provider and what it can do, as the conformance suite asks it: to add one is to list it here."""

from __future__ import annotations

from typing import Final

from adapters.market_data.yahoo.client import Yahoo
from adapters.market_data.yahoo.failures import judge, judge_cookie
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from domain.market_data.movement import Direction
from tests.adapters.market_data.yahoo import samples as yahoo
from tests.contracts.market_data.alpha_vantage import ALPHA_VANTAGE
from tests.contracts.market_data.coingecko import COINGECKO
from tests.contracts.market_data.ecb import ECB
from tests.contracts.market_data.finnhub import FINNHUB
from tests.contracts.market_data.fmp import FMP
from tests.contracts.market_data.massive import MASSIVE
from tests.contracts.market_data.subject import AAPL, DAYS, NOW, Subject
from tests.contracts.market_data.words import WORDS
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

__all__ = ["SUBJECTS", "Subject"]


def _yahoo(url: str, client: HttpClient, terms: Terms) -> Yahoo:
    settings = YahooSettings(url=url, crumb_url=url, cookie_url=url)
    provider = Provider(Policy("yahoo", terms), client, judge=judge)
    cookies = Provider(Policy("yahoo_cookies", terms), client, judge=judge_cookie)
    return Yahoo(settings, provider, cookies, FakeClock(NOW))


_CRUMB: Final = (answer(404, b"", set_cookie="A3=d=AQAB; Path=/"), answer(200, b"abc.DEF/123"))

_YAHOO: Final = (
    Subject(
        name="yahoo quotes",
        ask=lambda url, client, terms: _yahoo(url, client, terms).quotes([AAPL]),
        before=_CRUMB,
        known=answer(200, yahoo.QUOTES),
        unknown=answer(200, b'{"quoteResponse": {"result": [], "error": null}}'),
        nothing={},
    ),
    Subject(
        name="yahoo bars",
        ask=lambda url, client, terms: _yahoo(url, client, terms).bars(AAPL, DAYS),
        known=answer(200, yahoo.CHART),
        unknown=answer(404, yahoo.NO_CHART),
        nothing=None,
    ),
    Subject(
        name="yahoo search",
        ask=lambda url, client, terms: _yahoo(url, client, terms).search("apple", 5),
        known=answer(200, yahoo.SEARCH),
        unknown=answer(200, b'{"quotes": []}'),
        nothing=[],
    ),
    Subject(
        name="yahoo fundamentals",
        ask=lambda url, client, terms: _yahoo(url, client, terms).fundamentals(AAPL),
        before=_CRUMB,
        known=answer(200, yahoo.SUMMARY),
        unknown=answer(404, b'{"quoteSummary": {"result": null, "error": {"code": "Not Found"}}}'),
        nothing=None,
    ),
    Subject(
        name="yahoo movers",
        ask=lambda url, client, terms: _yahoo(url, client, terms).movers(Direction.UP, 5),
        known=answer(200, yahoo.GAINERS),
        unknown=answer(200, b'{"finance": {"result": [], "error": null}}'),
        nothing=[],
    ),
    Subject(
        name="yahoo trending",
        ask=lambda url, client, terms: _yahoo(url, client, terms).trending(5),
        before=(answer(200, yahoo.TRENDING), *_CRUMB),
        known=answer(200, yahoo.QUOTES),
        unknown=answer(200, b'{"quoteResponse": {"result": [], "error": null}}'),
        nothing=[],
    ),
)

SUBJECTS: Final = (
    *_YAHOO,
    *COINGECKO,
    *ALPHA_VANTAGE,
    *MASSIVE,
    *FINNHUB,
    *FMP,
    *ECB,
    *WORDS,
)
