"""What the European Central Bank is asked for."""

from __future__ import annotations

from typing import Final

from adapters.market_data.ecb.client import Ecb
from adapters.market_data.ecb.settings import EcbSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.ecb.samples import HISTORY, LAST, zipped
from tests.contracts.market_data.subject import DAYS, NOW, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_POUND: Final = Ticker.parse("GBPUSD=X")


def _ecb(url: str, client: HttpClient, terms: Terms) -> Ecb:
    return Ecb(EcbSettings(url=url), Provider(Policy("ecb", terms), client), FakeClock(NOW))


ECB: Final = (
    Subject(
        name="ecb quotes",
        ask=lambda url, client, terms: _ecb(url, client, terms).quotes([_POUND]),
        known=answer(200, zipped(LAST), content_type="application/zip"),
        unknown=answer(200, zipped(LAST.replace(b"GBP", b"ZZZ"))),
        nothing={},
    ),
    Subject(
        name="ecb bars",
        ask=lambda url, client, terms: _ecb(url, client, terms).bars(_POUND, DAYS),
        known=answer(200, zipped(HISTORY)),
        unknown=answer(200, zipped(HISTORY.replace(b"GBP", b"ZZZ"))),
        nothing=None,
    ),
)
