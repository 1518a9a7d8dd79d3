"""What Alpha Vantage's texts mean: days of the exchange, pence as pounds, and which notes are failures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.market_data.alpha_vantage import translate
from adapters.market_data.alpha_vantage.failures import is_unknown, judge
from adapters.market_data.alpha_vantage.wire import (
    MoversReply,
    Overview,
    QuoteReply,
    RateReply,
    SearchReply,
    SeriesReply,
)
from adapters.platform.http_client.client import Reply
from adapters.platform.resilience.failures import Reason
from application.market_data.ports import Span
from domain.market_data.announcement import Hour
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.alpha_vantage.samples import DAILY, EARNINGS, MOVERS, OVERVIEW, QUOTE, RATE, SEARCH
from tests.adapters.market_data.recorded import recorded

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
AAPL = Ticker("AAPL")
LONDON = Ticker("BA", "LSE")


def span(interval: Interval = Interval.DAY) -> Span:
    return Span(interval=interval, since=datetime(1999, 1, 1, tzinfo=UTC), until=NOW)


def series(body: bytes, ticker: Ticker = AAPL, interval: Interval = Interval.DAY) -> BarSeries:
    return translate.bars(msgspec.json.decode(body, type=SeriesReply), ticker, span(interval), NOW)[0]


def test_a_quote_is_of_the_close_of_its_day() -> None:
    """By the clock of the exchange."""
    quote = translate.quote(msgspec.json.decode(QUOTE, type=QuoteReply).quote, AAPL, NOW)
    assert quote is not None
    assert (quote.price, quote.previous_close, quote.volume) == (
        Decimal("112.1300"),
        Decimal("112.7900"),
        Decimal(29062853),
    )
    assert quote.provenance.as_of == datetime(2018, 10, 5, 20, tzinfo=UTC)


def test_london_is_quoted_in_pence() -> None:
    """In quotes and bars, which become pounds."""
    quote = translate.quote(msgspec.json.decode(QUOTE, type=QuoteReply).quote, LONDON, NOW)
    assert quote is not None
    assert (quote.currency, quote.price) == (Currency("GBP"), Decimal("1.1213"))
    assert series(DAILY, LONDON).bars[0].close == Decimal("1.2904")


def test_a_rate_is_in_the_second_currency() -> None:
    """What is written as a hyphen is not said."""
    quote = translate.rate(
        msgspec.json.decode(RATE, type=RateReply).rate, Ticker.parse("BTC-CNY"), Currency("CNY"), NOW
    )
    assert (quote.price, quote.bid, quote.ask) == (Decimal("109631.43060700"), None, Decimal("109632.5"))
    assert quote.provenance.as_of == datetime(2017, 12, 20, 19, 23, 21, tzinfo=UTC)


def test_bars_begin_at_midnight_and_are_as_they_were_traded() -> None:
    """Oldest first, whichever way they come; those of weeks and months begin with their first day."""
    found = series(DAILY)
    assert found.adjustment is Adjustment.NONE
    assert [bar.start.isoformat() for bar in found.bars] == ["2020-08-31T04:00:00+00:00", "2020-09-01T04:00:00+00:00"]
    weekly = series(DAILY.replace(b'"2020-08-31"', b'"2020-08-28"'), interval=Interval.WEEK)
    assert [bar.start.isoformat() for bar in weekly.bars] == ["2020-08-24T04:00:00+00:00", "2020-08-31T04:00:00+00:00"]
    monthly = series(DAILY, interval=Interval.MONTH)
    assert [bar.start.isoformat() for bar in monthly.bars] == ["2020-08-01T04:00:00+00:00", "2020-09-01T04:00:00+00:00"]


def test_search_finds_what_an_exchange_here_lists() -> None:
    """In whole currencies; marks of other exchanges name nothing here."""
    found = translate.listings(msgspec.json.decode(SEARCH, type=SearchReply).matches)
    assert [(str(each.ticker), each.currency) for each in found] == [
        ("BA", Currency("USD")),
        ("LSE:BA", Currency("GBP")),
    ]


def test_fundamentals_leave_out_what_is_not_known() -> None:
    """Which is written as None or a hyphen."""
    found = translate.fundamentals(msgspec.json.decode(OVERVIEW, type=Overview), AAPL, NOW)
    assert found is not None
    assert found.figures["price_to_earnings"] == Decimal("35.1")
    assert {"forward_price_to_earnings", "price_to_book"}.isdisjoint(found.figures)
    assert found.fiscal_period_end == date(2025, 9, 30)


def test_movers_have_the_close_before() -> None:
    """Worked out from the change; warrants and the like are not shares here."""
    said = msgspec.json.decode(MOVERS, type=MoversReply)
    (quote,) = translate.movers(said.top_gainers, said.last_updated, NOW)
    assert (quote.ticker, quote.previous_close) == (Ticker("ABCD"), Decimal("1.50"))
    assert quote.provenance.as_of == datetime(2026, 2, 27, 21, 15, 59, tzinfo=UTC)


def test_earnings_are_those_of_the_days_asked_for() -> None:
    """By day; an estimate that is empty is none."""
    found = translate.earnings(EARNINGS, date(2026, 4, 1), date(2026, 4, 30), NOW)
    assert [(each.ticker.symbol, each.hour, each.earnings_estimate) for each in found] == [
        ("MSFT", None, None),
        ("AAPL", Hour.AFTER_CLOSE, Decimal("1.62")),
    ]
    assert translate.earnings(EARNINGS, date(2026, 4, 29), date(2026, 4, 29), NOW) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"Note": "Thank you! Our standard API call frequency is 5 calls per minute."}', Reason.RATE_LIMITED),
        (b'{"Information": "We have detected your API key as K and our rate limit is 25."}', Reason.RATE_LIMITED),
        (b'{"Information": "Thank you! This is a premium endpoint."}', Reason.UNAUTHORISED),
        (b'{"Error Message": "the parameter apikey is invalid or missing."}', Reason.UNAUTHORISED),
    ],
)
def test_a_note_inside_of_a_success_is_a_failure(body: bytes, reason: Reason) -> None:
    """Of the kind that its words say, and in words of ours, as theirs may quote the key."""
    failure = judge(Reply(status=200, headers={}, body=body))
    assert failure is not None
    assert failure.reason is reason
    assert "API key" not in str(failure)


def test_an_error_that_does_not_speak_of_the_key_is_no_such_thing() -> None:
    """It is how they answer a call for a symbol that does not exist."""
    reply = Reply(status=200, headers={}, body=b'{"Error Message": "Invalid API call. Please retry."}')
    assert judge(reply) is None
    assert is_unknown(reply)


@pytest.mark.parametrize("path", recorded("alpha-vantage", "mock_time_series.json"), ids=str)
def test_recorded_bars_translate(path: Path) -> None:
    """Minutes of New York, all of them."""
    found = series(path.read_bytes(), Ticker("MSFT"), Interval.MINUTE)
    assert len(found.bars) == len(msgspec.json.decode(path.read_bytes())["Time Series (1min)"])
    assert found.bars[-1].start == datetime(2017, 12, 18, 19, 56, tzinfo=UTC)


@pytest.mark.parametrize("path", recorded("alpha-vantage", "global_quote.json"), ids=str)
def test_recorded_quotes_translate(path: Path) -> None:
    """With their price."""
    quote = translate.quote(msgspec.json.decode(path.read_bytes(), type=QuoteReply).quote, Ticker("MSFT"), NOW)
    assert quote is not None
    assert quote.price == Decimal("112.1300")


@pytest.mark.parametrize("path", recorded("alpha-vantage", "mock_foreign_exchange.json"), ids=str)
def test_recorded_rates_translate(path: Path) -> None:
    """With all their digits."""
    said = msgspec.json.decode(path.read_bytes(), type=RateReply).rate
    quote = translate.rate(said, Ticker.parse("BTC-CNY"), Currency("CNY"), NOW)
    assert quote.price == Decimal("109631.43060700")


@pytest.mark.parametrize("path", recorded("alpha-vantage", "symbol_search.json"), ids=str)
def test_recorded_searches_translate(path: Path) -> None:
    """Each of them is listed in America or Hong Kong."""
    matches = msgspec.json.decode(path.read_bytes(), type=SearchReply).matches
    found = translate.listings(matches)
    assert len(found) == len(matches)
    assert {each.ticker.exchange for each in found} == {None, "HKEX"}
