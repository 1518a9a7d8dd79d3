"""What Finnhub's numbers mean: zeros that are no price, millions, and per cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.market_data.bar_book import as_wanted
from adapters.market_data.finnhub import candles, translate
from adapters.market_data.finnhub.client import Finnhub
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.finnhub.wire import (
    Candles,
    DividendRow,
    EarningsReply,
    MetricReply,
    Profile,
    QuoteReply,
    ReleasesReply,
    SearchReply,
    SplitRow,
)
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import Unknown
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from application.market_data.history import HistoryWanted
from application.market_data.ports import Span
from domain.market_data.announcement import Hour, Impact
from domain.market_data.bar import Adjustment, Dividend, Interval, Split
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.finnhub.samples import (
    CANDLES,
    DIVIDENDS,
    EARNINGS,
    HOURS,
    METRIC,
    NO_QUOTE,
    PROFILE,
    QUOTE,
    RELEASES,
    SEARCH,
    SPLITS,
)
from tests.adapters.market_data.recorded import recorded
from tests.contracts.market_data.subject import DAYS
from tests.fakes.platform import FakeClock
from tests.provider_server import answer, providing

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
AAPL = Ticker("AAPL")
SPRING = (date(2026, 3, 1), date(2026, 5, 31))


def test_a_quote_of_zeros_is_none() -> None:
    """It is how they answer for what does not exist."""
    quote = translate.quote(msgspec.json.decode(QUOTE, type=QuoteReply), AAPL, NOW)
    assert quote is not None
    assert (quote.price, quote.previous_close, quote.currency) == (
        Decimal("261.74"),
        Decimal("259.45"),
        Currency("USD"),
    )
    assert quote.provenance.as_of == datetime(2020, 2, 25, 14, 30, tzinfo=UTC)
    assert translate.quote(msgspec.json.decode(NO_QUOTE, type=QuoteReply), AAPL, NOW) is None


def test_what_is_no_number_is_no_price() -> None:
    """It is refused and not compared with."""
    with pytest.raises(Unknown):
        translate.quote(msgspec.json.decode(QUOTE.replace(b"261.74", b'"NaN"'), type=QuoteReply), AAPL, NOW)


def test_search_leaves_out_exchanges_that_are_not_known() -> None:
    """Their marks would read as a part of the symbol."""
    found = translate.listings(msgspec.json.decode(SEARCH, type=SearchReply).result)
    assert [str(each.ticker) for each in found] == ["AAPL", "XETRA:APC"]


def test_candles_of_days_are_restated_for_splits_and_begin_in_new_york() -> None:
    """Dividends are for a share of today, and those in another currency are left out; shorter bars are as traded."""
    splits = msgspec.json.decode(SPLITS, type=list[SplitRow])
    actions = candles.Actions(splits, msgspec.json.decode(DIVIDENDS, type=list[DividendRow]))
    page = msgspec.json.decode(CANDLES, type=Candles)
    # the same day may stand on two pages
    found = candles.bars([page, page], actions, AAPL, DAYS, NOW)
    assert [(bar.start, bar.close) for bar in found.bars] == [
        (datetime(2020, 8, 28, 4, tzinfo=UTC), Decimal("499.23")),
        (datetime(2020, 8, 31, 4, tzinfo=UTC), Decimal("129.04")),
    ]
    assert (found.adjustment, found.currency) == (Adjustment.SPLITS, Currency("USD"))
    assert found.splits == [Split(date(2020, 8, 31), 4, 1)]
    assert found.dividends == [Dividend(date(2020, 11, 6), Decimal("0.205"))]
    hours = candles.bars([page], candles.Actions((), ()), AAPL, replace(DAYS, interval=Interval.HOUR), NOW)
    assert (hours.adjustment, hours.bars[0].start) == (Adjustment.NONE, datetime(2020, 8, 28, tzinfo=UTC))


@pytest.mark.anyio
async def test_hours_across_a_split_are_restated() -> None:
    """They come as they were traded, so that the split is asked for."""
    wanted = HistoryWanted.between(date(2020, 8, 28), date(2020, 8, 31), Interval.HOUR, Adjustment.SPLITS)
    hours = Span(interval=Interval.HOUR, since=wanted.since, until=wanted.until)
    async with providing() as fake:
        fake.will(answer(200, SPLITS), answer(200, HOURS))
        client = HttpClient(Reach.CONFIGURED)
        settings = FinnhubSettings(url=fake.url, key=Secret("key-of-the-user"))
        finnhub = Finnhub(settings, Provider(Policy("finnhub", Terms()), client), FakeClock(NOW))
        found = await finnhub.bars(AAPL, hours)
        await client.aclose()
    assert len(fake.received) == 2
    assert found is not None
    assert [[bar.close, bar.volume] for bar in as_wanted(found, wanted).bars] == [[125, 4000], [128, 4000]]


@pytest.mark.parametrize(
    "page", [CANDLES.replace(b"131", b"99"), CANDLES.replace(b", 131", b""), CANDLES.replace(b"131", b'"NaN"')]
)
def test_candles_that_cannot_be_true_are_refused(page: bytes) -> None:
    """A high below the close, a column too short, what is no number."""
    with pytest.raises(Unknown):
        candles.bars([msgspec.json.decode(page, type=Candles)], candles.Actions((), ()), AAPL, DAYS, NOW)


def test_fundamentals_are_whole_numbers_and_fractions() -> None:
    """Not millions, and not per cent."""
    found = translate.fundamentals(
        msgspec.json.decode(PROFILE, type=Profile),
        msgspec.json.decode(METRIC, type=MetricReply).metric,
        AAPL,
        NOW,
    )
    assert found is not None
    assert found.figures["market_cap"] == Decimal(1415993000000)
    assert found.figures["shares_outstanding"] == Decimal("4375479980.46875")
    assert found.figures["dividend_yield"] == Decimal("0.0038")
    assert "price_to_book" not in found.figures


def test_earnings_say_when_on_their_day() -> None:
    """Classes of shares have a dot there and a hyphen here."""
    found = translate.earnings(msgspec.json.decode(EARNINGS, type=EarningsReply).earnings_calendar, *SPRING, NOW)
    assert [(each.ticker.symbol, each.hour, each.earnings) for each in found] == [
        ("BRK-B", None, Decimal("4.14")),
        ("AAPL", Hour.AFTER_CLOSE, None),
    ]


def test_releases_are_in_order_and_in_utc() -> None:
    """With what was said before and what is expected."""
    found = translate.releases(msgspec.json.decode(RELEASES, type=ReleasesReply).economic_calendar, *SPRING, NOW)
    assert [(each.at.isoformat(), each.country, each.impact) for each in found] == [
        ("2026-03-02T15:00:00+00:00", "US", Impact.HIGH),
        ("2026-03-03T01:45:00+00:00", "AU", Impact.LOW),
    ]
    assert (found[0].actual, found[0].estimate, found[0].unit) == (None, Decimal("50.1"), None)


@pytest.mark.parametrize("path", recorded("finnhub", "quote.json"), ids=str)
def test_recorded_quotes_translate(path: Path) -> None:
    """With their price."""
    quote = translate.quote(msgspec.json.decode(path.read_bytes(), type=QuoteReply), AAPL, NOW)
    assert quote is not None
    assert quote.price == Decimal("261.74")


@pytest.mark.parametrize("path", recorded("finnhub", "search.json"), ids=str)
def test_recorded_searches_translate(path: Path) -> None:
    """Those of exchanges that are known here."""
    found = translate.listings(msgspec.json.decode(path.read_bytes(), type=SearchReply).result)
    assert [str(each.ticker) for each in found] == ["AAPL", "XETRA:APC"]


@pytest.mark.parametrize("path", recorded("finnhub", "stock_profile2.json"), ids=str)
def test_recorded_profiles_translate(path: Path) -> None:
    """They name the company."""
    profile = msgspec.json.decode(path.read_bytes(), type=Profile)
    found = translate.fundamentals(profile, MetricReply().metric, AAPL, NOW)
    assert found is not None
    assert (found.name, found.industry) == ("Apple Inc", "Technology")
