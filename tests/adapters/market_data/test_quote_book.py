"""Quotes over cache and chain: who is asked, how often, and what a reader is told when providers fail."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.market_data.quote_book import KeptQuotes, QuoteLifetimes
from application.market_data.chains import NoProviderAnswers
from application.market_data.quotes import Told
from application.market_data.read_quotes import ReadQuotes, UnknownSymbol
from application.shared.cache import Cached
from domain.market_data.provenance import Fallback, Refusal
from domain.market_data.ticker import Ticker
from domain.shared.errors import Forbidden, Invalid
from tests.application.market_data.readers import NOW, READER, STRANGER, FakeQuotes, FakeSuggestions, chain
from tests.contracts.platform.caching import caching
from tests.fakes.cache import FakeCache
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

AAPL, MSFT, TYPO = Ticker("AAPL"), Ticker("MSFT"), Ticker("APPL")
LIFETIMES = QuoteLifetimes(live_s=3, delayed_s=60, unknown_s=600, stale_s=3_600)
PRICES = {"AAPL": "250", "MSFT": "420"}


def reading(clock: FakeClock, *sources: FakeQuotes) -> ReadQuotes:
    return ReadQuotes(KeptQuotes(chain(*sources), FakeCache(clock), LIFETIMES), FakeSuggestions((AAPL,)))


async def test_several_symbols_are_one_call() -> None:
    source = FakeQuotes("first", PRICES)
    view = await reading(FakeClock(NOW), source)(READER, [MSFT, AAPL, MSFT])
    assert [each.value.ticker for each in view.quotes] == [MSFT, AAPL]
    assert source.asked == [[AAPL, MSFT]]


async def test_the_next_provider_answers_for_one_that_fails_and_the_answer_says_so() -> None:
    first, second = FakeQuotes("first", {}, Refusal.LIMITED), FakeQuotes("second", PRICES)
    told = (await reading(FakeClock(NOW), first, second).one(READER, AAPL)).value.provenance
    assert (told.provider, told.instead_of) == ("second", (Fallback("first", Refusal.LIMITED),))


@pytest.mark.parametrize(
    ("price", "refusal", "disputed_by"),
    [("255.01", None, ("second",)), ("255", None, ()), ("1", Refusal.LIMITED, ())],
)
async def test_a_second_opinion_that_is_too_far_away_is_told(
    price: str, refusal: Refusal | None, disputed_by: tuple[str, ...]
) -> None:
    """With a tolerance of two per cent: the price stays that of the first provider, whatever the second one says."""
    first, second = FakeQuotes("first", PRICES), FakeQuotes("second", {"AAPL": price}, refusal)
    book = KeptQuotes(chain(first, second), FakeCache(FakeClock(NOW)), LIFETIMES, tolerance=Decimal("0.02"))
    found = (await ReadQuotes(book, FakeSuggestions()).one(READER, AAPL)).value
    assert (found.price, found.provenance.provider) == (Decimal(250), "first")
    assert found.provenance.disputed_by == disputed_by


async def test_as_many_opinions_as_are_wanted_are_heard() -> None:
    """Of three of four providers one fails, so that the fourth is heard; whoever is too far away is named."""
    prices = {"a": "250", "b": "300", "c": "200", "d": "251", "e": "1"}
    sources = [FakeQuotes(name, {"AAPL": price}) for name, price in prices.items()]
    sources[2].refusal = Refusal.LIMITED
    cache = FakeCache(FakeClock(NOW))
    book = KeptQuotes(chain(*sources), cache, LIFETIMES, tolerance=Decimal("0.02"), quorum=3)
    found = (await ReadQuotes(book, FakeSuggestions()).one(READER, AAPL)).value
    assert (found.price, found.provenance.disputed_by) == (Decimal(250), ("b",))
    assert [len(source.asked) for source in sources] == [1, 1, 1, 1, 0]


async def test_that_something_does_not_exist_is_an_answer() -> None:
    """The next provider is not asked, nor anybody for ten minutes; what it may have been is suggested."""
    clock, first, second = FakeClock(NOW), FakeQuotes("first", PRICES), FakeQuotes("second", {"APPL": "1"})
    read = reading(clock, first, second)
    for _ in range(3):
        with pytest.raises(UnknownSymbol) as raised:
            await read.one(READER, TYPO)
        assert raised.value.details["suggestions"] == ["AAPL"]
        clock.advance(seconds=190)
    assert (len(first.asked), second.asked) == (1, [])
    clock.advance(seconds=190)
    with pytest.raises(UnknownSymbol):
        await read.one(READER, TYPO)
    assert len(first.asked) == 2


@pytest.mark.parametrize(("delay", "lasts_s"), [(timedelta(0), 3), (timedelta(minutes=15), 60), (None, 60)])
async def test_a_live_quote_is_good_for_seconds_and_a_delayed_one_for_a_minute(
    delay: timedelta | None, lasts_s: int
) -> None:
    clock, source = FakeClock(NOW), FakeQuotes("first", PRICES, delay=delay)
    read = reading(clock, source)
    for seconds, calls in ((lasts_s - 1, 1), (0, 1), (1, 2)):
        await read.one(READER, AAPL)
        clock.advance(seconds=seconds)
        await read.one(READER, AAPL)
        assert len(source.asked) == calls


async def test_when_nobody_answers_the_last_quote_is_shown_as_a_stale_one() -> None:
    """With its age, and for no longer than the settings say; then the refusal says who was asked."""
    clock, source = FakeClock(NOW), FakeQuotes("first", PRICES)
    read = reading(clock, source)
    await read.one(READER, AAPL)
    source.refusal = Refusal.UNREACHABLE
    clock.advance(seconds=100)
    shown = await read.one(READER, AAPL)
    assert (shown.is_stale, shown.value.provenance.stale, shown.age_s) == (True, True, 100)
    clock.advance(seconds=3_600)
    with pytest.raises(NoProviderAnswers) as raised:
        await read.one(READER, AAPL)
    assert raised.value.details == {"providers": ["first"], "reasons": ["unreachable"], "retry_after_s": 7}


async def test_what_is_missing_fails_alone() -> None:
    view = await reading(FakeClock(NOW), FakeQuotes("first", PRICES))(READER, [TYPO, AAPL])
    assert [each.value.price for each in view.quotes] == [Decimal(250)]
    assert [(each.ticker, each.why.code) for each in view.missing] == [(TYPO, "unknown_symbol")]


async def test_no_more_than_fifty_at_once_and_only_for_those_who_may() -> None:
    read = reading(FakeClock(NOW), FakeQuotes("first", PRICES))
    with pytest.raises(Invalid):
        await read(READER, [Ticker(f"S{number}") for number in range(51)])
    with pytest.raises(Forbidden):
        await read(STRANGER, [AAPL])


async def test_a_cold_quote_asked_for_by_five_hundred_is_one_call_over_all_processes(redis_url: str) -> None:
    """Two processes with memories of their own and Redis between them."""
    source = FakeQuotes("first", PRICES, delay=timedelta(minutes=15))
    async with caching(redis_url) as here, caching(redis_url) as there:
        books = [KeptQuotes(chain(source), cache, LIFETIMES) for cache in (here, there)]
        answers = await asyncio.gather(*(books[number % 2].read([AAPL]) for number in range(500)))
    assert len(source.asked) == 1
    for answer in answers:
        told = answer[AAPL]
        assert isinstance(told, Cached)
        assert isinstance(told.value, Told)
        assert told.value.quote is not None
        assert told.value.quote.price == Decimal(250)
