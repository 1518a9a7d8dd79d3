"""Quotes, bars and listings refuse what cannot be true, and derive nothing from what is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.market_data.bar import Adjustment, Bar, BarSeries, Interval, check_bar
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency

AT = datetime(2026, 3, 2, 21, tzinfo=UTC)
SAID = Provenance(provider="test", as_of=AT, received_at=AT)
USD = Currency("USD")
QUOTE = Quote(ticker=Ticker("AAPL"), currency=USD, price=Decimal("110.25"), provenance=SAID)
BAR = Bar(AT, Decimal(10), Decimal(12), Decimal(9), Decimal(11), Decimal(100))


def test_a_change_is_that_from_the_close_before() -> None:
    """In price and in per cent of that close; where there is none, neither is made up."""
    quote = replace(QUOTE, previous_close=Decimal("105.00"))
    assert quote.change == Decimal("5.25")
    assert quote.change_percent == Decimal(5)
    assert QUOTE.change is None
    assert QUOTE.change_percent is None
    assert replace(QUOTE, previous_close=Decimal(0)).change_percent is None
    assert replace(QUOTE, previous_close=Decimal(-4)).change_percent is None


@pytest.mark.parametrize("wrong", [Decimal(-1), Decimal("Infinity"), Decimal("NaN")])
def test_no_count_is_negative_or_endless(wrong: Decimal) -> None:
    """Units traded, offered or asked for, and what a company is worth."""
    with pytest.raises(Invalid, match="volume"):
        replace(QUOTE, volume=wrong)
    with pytest.raises(Invalid, match="bid_size"):
        replace(QUOTE, bid_size=wrong)
    with pytest.raises(Invalid, match="ask_size"):
        replace(QUOTE, ask_size=wrong)
    with pytest.raises(Invalid, match="market_cap"):
        replace(QUOTE, market_cap=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        BAR._replace(high=Decimal("10.5")),
        BAR._replace(low=Decimal("10.5")),
        BAR._replace(open=Decimal(13)),
        BAR._replace(close=Decimal("NaN")),
        BAR._replace(volume=Decimal(-1)),
    ],
)
def test_a_bar_lies_between_its_low_and_its_high(wrong: Bar) -> None:
    """And has a volume that can be."""
    assert check_bar(BAR) == BAR
    with pytest.raises(Invalid, match="The bar of 2026-03-02"):
        check_bar(wrong)


def test_bars_are_in_order_and_single() -> None:
    """Two bars of one start, or a later one first, are no series."""

    def series(*bars: Bar) -> BarSeries:
        return BarSeries(
            ticker=Ticker("AAPL"),
            interval=Interval.DAY,
            adjustment=Adjustment.NONE,
            currency=USD,
            bars=bars,
            provenance=SAID,
        )

    later = BAR._replace(start=AT + timedelta(days=1))
    assert len(series(BAR, later).bars) == 2
    for wrong in ((later, BAR), (BAR, BAR)):
        with pytest.raises(Invalid, match="comes after"):
            series(*wrong)


def test_a_listing_has_identifiers_that_check() -> None:
    """A wrong digit in an ISIN or a FIGI is said."""
    right = Listing(ticker=Ticker("AAPL"), name="Apple Inc.", isin="US0378331005", figi="BBG000B9XRY4")
    assert right.delisted_on is None
    with pytest.raises(Invalid, match="check digit"):
        Listing(ticker=Ticker("AAPL"), name="Apple Inc.", isin="US0378331006")
    with pytest.raises(Invalid, match="check digit"):
        Listing(ticker=Ticker("AAPL"), name="Apple Inc.", figi="BBG000B9XRY5")
