"""What Yahoo's numbers mean: days by the exchange's clock, splits as ratios, pence as pounds, no noise of singles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.yahoo import translate
from adapters.market_data.yahoo.wire import ChartReply, QuoteReply, SearchReply, SummaryReply
from adapters.platform.resilience.failures import Unknown
from application.market_data.ports import Span
from domain.market_data.bar import Adjustment, BarSeries, Dividend, Interval, Split
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.yahoo.samples import CHART, QUOTES, SEARCH, SUMMARY

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
AAPL = Ticker("AAPL")
FIXTURES = Path(__file__).parents[5] / "shared" / "fixtures" / "yahoo"


def all_days(until: datetime = NOW) -> Span:
    return Span(interval=Interval.DAY, since=datetime(1970, 1, 1, tzinfo=UTC), until=until)


def series(body: bytes, ticker: Ticker = AAPL, span: Span | None = None) -> BarSeries:
    result = msgspec.json.decode(body, type=ChartReply).chart.result
    assert result
    return translate.bars(result[0], ticker, span or all_days(), NOW)


def quoted(body: bytes, *asked: Ticker) -> Mapping[Ticker, Quote]:
    results = msgspec.json.decode(body, type=QuoteReply).quote_response.result
    return translate.quotes(results or [], asked, NOW)


def test_bars_are_days_of_the_exchange() -> None:
    """They start at its midnight; holes are no bars, and the day that is not over is one bar and not two."""
    found = series(CHART)
    assert [bar.start.isoformat() for bar in found.bars] == [
        "2020-08-31T04:00:00+00:00",
        "2020-09-01T04:00:00+00:00",
        "2020-09-02T04:00:00+00:00",
        "2020-09-04T04:00:00+00:00",
    ]
    assert found.bars[0][1:] == (
        Decimal("127.58"),
        Decimal("131.0"),
        Decimal("126.0"),
        Decimal("129.04"),
        Decimal(225702700),
    )
    assert found.adjustment is Adjustment.SPLITS
    assert found.splits == [Split(date(2020, 8, 31), 4, 1)]
    assert found.dividends == [Dividend(date(2020, 9, 2), Decimal("0.205"))]
    assert found.provenance.as_of == datetime(2020, 9, 4, 20, 0, 1, tzinfo=UTC)


def test_what_starts_outside_of_the_span_is_left_out() -> None:
    """The beginning belongs to it, the end does not."""
    first, second = (datetime(2020, 9, day, 4, tzinfo=UTC) for day in (1, 2))
    found = series(CHART, span=Span(interval=Interval.DAY, since=first, until=second))
    assert [bar.start for bar in found.bars] == [first]


def test_pence_are_pounds() -> None:
    """In quotes and in bars, and the market value is in pounds already."""
    quote = quoted(QUOTES.replace(b'"USD"', b'"GBp"').replace(b"AAPL", b"VOD.L"), Ticker("VOD", "LSE"))
    assert quote[Ticker("VOD", "LSE")].currency == Currency("GBP")
    assert quote[Ticker("VOD", "LSE")].price == Decimal("2.446")
    found = series(CHART.replace(b'"USD"', b'"GBp"'), Ticker("VOD", "LSE"))
    assert found.currency == Currency("GBP")
    assert found.bars[0].close == Decimal("1.2904")


def test_a_quote_says_what_yahoo_says() -> None:
    """With its delay; a size of nothing is no size."""
    quote = quoted(QUOTES, AAPL)[AAPL]
    assert (quote.price, quote.previous_close, quote.change) == (Decimal("244.6"), Decimal("241.53"), Decimal("3.07"))
    assert (quote.bid, quote.bid_size, quote.ask_size) == (Decimal("244.44"), Decimal(2), None)
    assert quote.name == "Apple Inc."
    assert quote.provenance.delay == timedelta(minutes=15)
    assert quote.provenance.as_of == datetime(2025, 2, 14, 21, tzinfo=UTC)


def test_what_was_not_asked_for_or_has_no_price_is_left_out() -> None:
    """Neither a stranger's symbol nor a thing without a price is a quote."""
    assert quoted(QUOTES, Ticker("MSFT")) == {}
    assert quoted(QUOTES.replace(b"244.6,", b"null,"), AAPL) == {}


def test_search_finds_what_has_a_kind_here() -> None:
    """On the exchanges that it names; options are not known here."""
    found = translate.listings(msgspec.json.decode(SEARCH, type=SearchReply).quotes)
    assert [(str(each.ticker), each.ticker.asset_class.value) for each in found] == [
        ("NASDAQ:AAPL", "stock"),
        ("LSE:AAPE", "fund"),
    ]


def test_fundamentals_have_names_of_ours() -> None:
    """And what they write as a word instead of a number is left out."""
    results = msgspec.json.decode(SUMMARY, type=SummaryReply).quote_summary.result
    assert results
    found = translate.fundamentals(results[0], AAPL, NOW)
    assert found is not None
    assert found.figures["price_to_earnings"] == Decimal("38.91442")
    assert found.figures["market_cap"] == Decimal(3688676720640)
    assert "forward_price_to_earnings" not in found.figures
    assert found.fiscal_period_end == date(2024, 12, 28)


leaves = st.none() | st.booleans() | st.integers(-10, 10**40) | st.text(max_size=5) | st.just(1e300)
paths = st.lists(st.integers(0, 20), min_size=1, max_size=9)


def mutated(body: bytes, path: list[int], leaf: object) -> bytes:
    """Replace, or where the path is even add or drop, what lies at the path."""
    # what JSON holds is known when it is looked at
    tree = here = cast("object", json.loads(body))
    for step in path:
        if isinstance(here, dict) and here:
            # its names are texts
            members = cast("dict[str, object]", here)
            name = sorted(members)[step % len(members)]
            if step == path[-1]:
                members[name] = leaf
                members["unheardOf"] = leaf
            here = members.get(name)
        elif isinstance(here, list) and here:
            # its items are anything
            items = cast("list[object]", here)
            if step == path[-1]:
                items[step % len(items)] = leaf
            here = items[step % len(items)]
    return json.dumps(tree).encode()


@given(path=paths, leaf=leaves)
def test_a_mutated_chart_is_right_or_refused(path: list[int], leaf: object) -> None:
    """Nothing but bars that can be true comes of it, and nothing is raised but that it cannot be read."""
    try:
        found = series(mutated(CHART, path, leaf))
    except (Unknown, msgspec.DecodeError, AssertionError):
        return
    assert all(bar.low <= bar.close <= bar.high for bar in found.bars)


@given(path=paths, leaf=leaves)
def test_a_mutated_quote_is_right_or_refused(path: list[int], leaf: object) -> None:
    """Likewise quotes: finite prices of what was asked for."""
    try:
        found = quoted(mutated(QUOTES, path, leaf), AAPL)
    except (Unknown, msgspec.DecodeError):
        return
    assert set(found) <= {AAPL}
    assert all(quote.price.is_finite() for quote in found.values())


RECORDED = sorted(FIXTURES.glob("*.json"))


@pytest.mark.parametrize("path", [path for path in RECORDED if path.name.startswith(("chart", "hist"))], ids=str)
def test_recorded_charts_translate(path: Path) -> None:
    """Each of them, with all bars that they have."""
    body = json.dumps(json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]).encode()
    symbol = json.loads(body)["chart"]["result"][0]["meta"]["symbol"]
    interval = Interval.MINUTE if "interval-1m" in path.name else Interval.DAY
    span = Span(interval=interval, since=datetime(1970, 1, 1, tzinfo=UTC), until=NOW)
    found = series(body, Ticker.parse(symbol), span)
    closes = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0].get("close", [])
    assert len(found.bars) == len([close for close in closes if close is not None])


@pytest.mark.parametrize("path", [path for path in RECORDED if path.name.startswith("quote-")], ids=str)
def test_recorded_quotes_translate(path: Path) -> None:
    """Each of them."""
    body = json.dumps(json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]).encode()
    symbols = [result["symbol"] for result in json.loads(body)["quoteResponse"]["result"]]
    assert len(quoted(body, *(Ticker.parse(symbol) for symbol in symbols))) == len(symbols)


@pytest.mark.parametrize("path", [path for path in RECORDED if path.name.startswith("quoteSummary-all")], ids=str)
def test_recorded_summaries_translate(path: Path) -> None:
    """Each of them names the thing."""
    body = json.dumps(json.loads(path.read_text(encoding="utf-8"))["response"]["bodyJson"]).encode()
    results = msgspec.json.decode(body, type=SummaryReply).quote_summary.result
    assert results
    assert translate.fundamentals(results[0], AAPL, NOW) is not None
