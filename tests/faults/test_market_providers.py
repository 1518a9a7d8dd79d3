"""A first provider that is dead, slow or lying: readers see right prices of the second one, which say so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from adapters.market_data.fmp.settings import FmpSettings
from adapters.market_data.settings import CallBudget, LifetimeSettings, MarketDataSettings
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.secret import Secret
from application.market_data.chains import NoProviderAnswers
from application.market_data.read_quotes import ReadQuotes
from bootstrap import App, build
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.fmp import samples
from tests.application.market_data.readers import READER
from tests.provider_server import Behaviour, FakeProvider, answer, hang, providing, reset
from tests.served import settings_for

pytestmark = pytest.mark.anyio

AAPL = Ticker("AAPL")
# enough for a second try after a pause of the machine, and less than what providers are left alone for
PATIENCE_S = 8.0
CHANCES = 5
NOWHERE = "postgresql://nobody@localhost/nothing"
FAULTS: dict[str, tuple[Behaviour, Refusal]] = {
    "dead": (answer(500, b"broken"), Refusal.UNREACHABLE),
    "resetting": (reset, Refusal.UNREACHABLE),
    "slow": (hang, Refusal.UNREACHABLE),
    "lying": (answer(200, b"<html>All is well</html>", set_cookie="A3=d=AQAB; Path=/"), Refusal.UNREADABLE),
    "limiting": (answer(429, b"{}", retry_after="60"), Refusal.LIMITED),
}


@pytest.fixture
async def first() -> AsyncIterator[FakeProvider]:
    """The provider that comes first."""
    async with providing() as fake:
        yield fake


@pytest.fixture
async def second() -> AsyncIterator[FakeProvider]:
    """The provider that comes second."""
    async with providing() as fake:
        fake.will(answer(200, samples.QUOTE))
        yield fake


def app_for(
    first: FakeProvider, second: FakeProvider, redis: str, *budget: CallBudget, patience_s: float = PATIENCE_S
) -> App:
    """An application in which what is known is old at once."""
    market = MarketDataSettings(
        providers=(
            YahooSettings(url=first.url, crumb_url=first.url, cookie_url=first.url),
            FmpSettings(key=Secret("key-of-the-user"), url=second.url),
        ),
        lifetimes=LifetimeSettings(live_quote_s=0.001, delayed_quote_s=0.001, stale_s=0.001),
        budgets={"yahoo": (), "fmp": budget},
        patience_s=patience_s,
    )
    return build(msgspec.structs.replace(settings_for(NOWHERE, redis), market_data=market))


async def read(read_quotes: ReadQuotes) -> Quote:
    return (await read_quotes.one(READER, AAPL)).value


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_second_provider_answers_and_the_first_is_soon_left_alone(
    fault: str, first: FakeProvider, second: FakeProvider, redis_url: str
) -> None:
    """The price is right every time; and who failed a few times, or asked for a pause, is not called any more."""
    behaviour, refusal = FAULTS[fault]
    # nobody wants to wait long for who is slow, and then the second may come too late where the machine pauses
    patience_s, chances = (1.0, CHANCES) if fault == "slow" else (PATIENCE_S, 1)
    quotes: list[Quote] = []
    calls = 0
    while not quotes:
        first.will(behaviour)
        app = app_for(first, second, redis_url, patience_s=patience_s)
        async with app.lifespan():
            read_quotes = app.market_data.read_quotes()
            chances -= 1
            try:
                asked = [await read(read_quotes) for _ in range(6)]
                calls = len(first.received)
                quotes = [*asked, *[await read(read_quotes) for _ in range(4)]]
            except NoProviderAnswers:
                if not chances:
                    raise
    assert {(str(quote.price), quote.provenance.provider) for quote in quotes} == {("232.8", "fmp")}
    assert quotes[0].provenance.instead_of == (("yahoo", refusal),)
    assert len(first.received) == calls
    last = Refusal.LIMITED if fault == "limiting" else Refusal.RESTING
    assert quotes[-1].provenance.instead_of == (("yahoo", last),)


async def test_a_provider_is_not_asked_for_more_than_it_allows(
    first: FakeProvider, second: FakeProvider, redis_url: str
) -> None:
    """Not even by several processes together; whoever comes too late hears that nobody answers, and when to return."""
    first.will(answer(500, b""))
    apps = [app_for(first, second, redis_url, CallBudget(calls=5, seconds=3_600)) for _ in range(2)]
    refusals: list[NoProviderAnswers] = []
    for app in apps:
        async with app.lifespan():
            for _ in range(4):
                try:
                    await read(app.market_data.read_quotes())
                except NoProviderAnswers as error:
                    refusals.append(error)
    assert len(second.received) == 3
    assert len(refusals) == 5
    assert all(each.refused[1] == ("fmp", Refusal.LIMITED) for each in refusals)
    assert all(each.details["retry_after_s"] for each in refusals)
