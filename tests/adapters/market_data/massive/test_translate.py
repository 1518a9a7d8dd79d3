"""What Massive's numbers mean: nanoseconds, letters before a colon, and pages that lead anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.market_data.bar_book import as_wanted
from adapters.market_data.massive import translate
from adapters.market_data.massive.client import Massive
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.symbols import symbol_of
from adapters.market_data.massive.wire import (
    AggregatesReply,
    DividendsReply,
    MoversReply,
    SnapshotReply,
    SplitsReply,
    TickerReply,
    TickersReply,
)
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import Permanent
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from application.market_data.history import HistoryWanted
from application.market_data.ports import Span
from domain.market_data.bar import Adjustment, BarSeries, Dividend, Interval, Split
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.massive import samples
from tests.adapters.market_data.recorded import recorded
from tests.fakes.platform import FakeClock
from tests.provider_server import answer, providing

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
AAPL = Ticker("AAPL")
BITCOIN = Ticker.parse("BTC-USD")


def span(interval: Interval = Interval.DAY) -> Span:
    return Span(interval=interval, since=datetime(1999, 1, 1, tzinfo=UTC), until=NOW)


def series(body: bytes, ticker: Ticker, interval: Interval = Interval.DAY) -> BarSeries:
    rows = msgspec.json.decode(body, type=AggregatesReply).results
    return translate.bars(rows, translate.Actions((), ()), ticker, span(interval), NOW)


def test_a_quote_is_as_old_as_its_trade() -> None:
    """And says by how much it lags behind the market."""
    quotes = translate.quotes(msgspec.json.decode(samples.SNAPSHOT, type=SnapshotReply).results, [AAPL], NOW)
    quote = quotes[AAPL]
    assert (quote.price, quote.previous_close, quote.bid) == (Decimal("21.05"), Decimal("22.45"), Decimal("20.9"))
    assert quote.provenance.as_of == datetime(2023, 2, 1, 19, 49, 18, 783136, tzinfo=UTC)
    assert quote.provenance.delay == timedelta(minutes=15)


def test_what_the_plan_does_not_include_is_no_answer() -> None:
    """It may exist; what they do not find does not."""
    body = samples.SNAPSHOT.replace(b"NOT_FOUND", b"NOT_ENTITLED")
    with pytest.raises(Permanent):
        translate.quotes(msgspec.json.decode(body, type=SnapshotReply).results, [Ticker("TSLAAPL")], NOW)


def test_things_have_names_of_theirs() -> None:
    """Letters say of what kind they are, and the S&P 500 goes by other letters."""
    names = {"BTC-USD": "X:BTCUSD", "EURUSD=X": "C:EURUSD", "^GSPC": "I:SPX", "BRK-B": "BRK.B", "AAPL": "AAPL"}
    assert {text: symbol_of(Ticker.parse(text)) for text in names} == names


def test_bars_come_with_what_happened_in_their_time() -> None:
    """As they were traded: the gap that the split makes is in them."""
    rows = msgspec.json.decode(samples.AGGREGATES, type=AggregatesReply).results
    actions = translate.Actions(
        msgspec.json.decode(samples.SPLITS, type=SplitsReply).results,
        msgspec.json.decode(samples.DIVIDENDS, type=DividendsReply).results,
    )
    wanted = Span(interval=Interval.DAY, since=datetime(2020, 8, 28, tzinfo=UTC), until=NOW)
    found = translate.bars(rows, actions, AAPL, wanted, NOW)
    assert [(bar.start.isoformat(), bar.close) for bar in found.bars] == [
        ("2020-08-28T04:00:00+00:00", Decimal("499.23")),
        ("2020-08-31T04:00:00+00:00", Decimal("129.04")),
    ]
    assert found.splits == [Split(date(2020, 8, 31), 4, 1)]
    assert found.dividends == [Dividend(date(2020, 11, 6), Decimal("0.205"))]


@pytest.mark.anyio
async def test_hours_across_a_split_are_restated() -> None:
    """They come as they were traded, so that the split is asked for."""
    wanted = HistoryWanted.between(date(2020, 8, 28), date(2020, 8, 31), Interval.HOUR, Adjustment.SPLITS)
    hours = Span(interval=Interval.HOUR, since=wanted.since, until=wanted.until)
    async with providing() as fake:
        fake.will(answer(200, samples.SPLITS), answer(200, samples.HOURS))
        client = HttpClient(Reach.CONFIGURED)
        settings = MassiveSettings(url=fake.url, key=Secret("key-of-the-user"))
        massive = Massive(settings, Provider(Policy("massive", Terms()), client), FakeClock(NOW))
        found = await massive.bars(AAPL, hours)
        await client.aclose()
    assert len(fake.received) == 2
    assert found is not None
    assert [[bar.close, bar.volume] for bar in as_wanted(found, wanted).bars] == [[125, 4000], [128, 4000]]


def test_a_week_that_begins_on_a_sunday_begins_on_monday() -> None:
    """As those of other providers do."""
    sunday = b'{"status": "OK", "results": [{"t": 1598760000000, "o": 1, "h": 2, "l": 1, "c": 2, "v": 3}]}'
    (bar,) = series(sunday, AAPL, Interval.WEEK).bars
    assert bar.start == datetime(2020, 8, 31, 4, tzinfo=UTC)


def test_listings_are_american_shares() -> None:
    """With their FIGI where its check digit is right."""
    (listing,) = translate.listings(msgspec.json.decode(samples.TICKERS, type=TickersReply).results)
    assert (str(listing.ticker), listing.figi) == ("NYSE:A", "BBG000C2V3D6")


@pytest.mark.anyio
async def test_the_key_follows_no_page_elsewhere() -> None:
    """The next page is asked for where the settings say, whatever host they name, and all bars are one series."""
    more = samples.AGGREGATES.replace(b'"status"', b'"next_url": "https://evil.example/v2/next?cursor=abc", "status"')
    last = b'{"status": "OK", "results": [{"t": 1598932800000, "o": 1, "h": 2, "l": 1, "c": 2, "v": 3}]}'
    async with providing() as fake:
        fake.will(answer(200, samples.SPLITS), answer(200, samples.DIVIDENDS), answer(200, more), answer(200, last))
        client = HttpClient(Reach.CONFIGURED)
        settings = MassiveSettings(url=fake.url, key=Secret("key-of-the-user"))
        massive = Massive(settings, Provider(Policy("massive", Terms()), client), FakeClock(NOW))
        found = await massive.bars(AAPL, span())
        await client.aclose()
    assert found is not None
    assert len(found.bars) == 3
    assert fake.received[-1].target == "/v2/next?cursor=abc"
    assert fake.received[-1].headers["authorization"] == "Bearer key-of-the-user"
    assert all("key-of-the-user" not in each.target for each in fake.received)


MOCKS, EXAMPLES = "rest_mocks/", "openapi_examples/"


@pytest.mark.parametrize(
    "path",
    recorded("massive-polygon", MOCKS + "v2__aggs*range*.json", EXAMPLES + "v2_aggs_*stocksTicker_range*.json"),
    ids=str,
)
def test_recorded_bars_translate(path: Path) -> None:
    """Each of them."""
    count = len(msgspec.json.decode(path.read_bytes())["results"])
    assert len(series(path.read_bytes(), AAPL).bars) == count


@pytest.mark.parametrize("path", recorded("massive-polygon", EXAMPLES + "v2_aggs_*crypto*range*.json"), ids=str)
def test_recorded_bars_of_coins_translate(path: Path) -> None:
    """Their days begin at midnight in UTC."""
    assert [bar.start.hour for bar in series(path.read_bytes(), BITCOIN).bars] == [0, 0]


@pytest.mark.parametrize(
    "path", recorded("massive-polygon", MOCKS + "v3__snapshot.json", EXAMPLES + "v3_snapshot.json"), ids=str
)
def test_recorded_snapshots_translate(path: Path) -> None:
    """What was asked for of them: the share, and not the option."""
    said = msgspec.json.decode(path.read_bytes(), type=SnapshotReply).results
    assert set(translate.quotes(said, [AAPL, Ticker("TSLAAPL")], NOW)) == {AAPL}


@pytest.mark.parametrize(
    "path",
    recorded(
        "massive-polygon",
        MOCKS + "v2__snapshot__locale__us*index.json",
        EXAMPLES + "v2_snapshot_locale_us_markets_stocks_tickers.json",
    ),
    ids=str,
)
def test_recorded_movers_translate(path: Path) -> None:
    """Each of them has a close before."""
    found = translate.movers(msgspec.json.decode(path.read_bytes(), type=MoversReply).tickers, NOW)
    assert [(quote.ticker.symbol, quote.previous_close) for quote in found] == [("BCAT", Decimal("20.63"))]


@pytest.mark.parametrize(
    "path",
    recorded("massive-polygon", MOCKS + "v3__reference__tickers.json", EXAMPLES + "v3_reference_tickers.json"),
    ids=str,
)
def test_recorded_listings_translate(path: Path) -> None:
    """Each of them."""
    rows = msgspec.json.decode(path.read_bytes(), type=TickersReply).results
    assert len(translate.listings(rows)) == len(rows)


@pytest.mark.parametrize("path", recorded("massive-polygon", MOCKS + "v3__reference__tickers__AAPL.json"), ids=str)
def test_recorded_fundamentals_translate(path: Path) -> None:
    """With what the company is worth."""
    found = translate.fundamentals(msgspec.json.decode(path.read_bytes(), type=TickerReply).results, AAPL, NOW)
    assert found is not None
    assert found.figures["market_cap"] == Decimal(2488795282370)


@pytest.mark.parametrize("path", recorded("massive-polygon", MOCKS + "v3__reference__splits.json"), ids=str)
def test_recorded_actions_translate(path: Path) -> None:
    """Splits and dividends beside each other."""
    splits = msgspec.json.decode(path.read_bytes(), type=SplitsReply).results
    body = path.with_name("v3__reference__dividends.json").read_bytes()
    dividends = msgspec.json.decode(body, type=DividendsReply).results
    found = translate.bars([], translate.Actions(splits, dividends), AAPL, span(), NOW)
    assert found.splits
    assert found.dividends
