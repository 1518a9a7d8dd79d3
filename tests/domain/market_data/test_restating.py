"""Prices restated for splits and dividends agree with what others published, and nothing is lost on the way."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.bar import Adjustment, Bar, Dividend, Interval, Split, check_bar
from domain.market_data.restating import (
    days_of,
    factors_of,
    restated,
    restated_dividends,
    splits_in,
    traded_amounts,
)
from domain.shared.errors import Invalid
from domain.shared.time import zone

NONE, SPLITS, ALL = Adjustment.NONE, Adjustment.SPLITS, Adjustment.SPLITS_AND_DIVIDENDS
NEW_YORK = zone("America/New_York")
DAY_OF = days_of(Interval.DAY, NEW_YORK)
CENT = Decimal("0.01")
LEAN = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "ohlcv-lean" / "equity" / "usa"

# Apple's, as it announced them: splits by their first day, dividends by their ex-day for a unit of that day
APPLE_SPLITS = [
    Split(date(2000, 6, 21), 2, 1),
    Split(date(2005, 2, 28), 2, 1),
    Split(date(2014, 6, 9), 7, 1),
    Split(date(2020, 8, 31), 4, 1),
]
APPLE_DIVIDENDS = [
    Dividend(date.fromisoformat(day), Decimal(amount))
    for amount, days in {
        "2.65": "2012-08-09 2012-11-07 2013-02-07",
        "3.05": "2013-05-09 2013-08-08 2013-11-06 2014-02-06",
        "3.29": "2014-05-08",
        "0.47": "2014-08-07 2014-11-06 2015-02-05",
        "0.52": "2015-05-07 2015-08-06 2015-11-05 2016-02-04",
        "0.57": "2016-05-05 2016-08-04 2016-11-03 2017-02-09",
        "0.63": "2017-05-11 2017-08-10 2017-11-10 2018-02-09",
        "0.73": "2018-05-11 2018-08-10 2018-11-08 2019-02-08",
        "0.77": "2019-05-10 2019-08-09 2019-11-07 2020-02-07",
        "0.82": "2020-05-08 2020-08-07",
        "0.205": "2020-11-06 2021-02-05",
    }.items()
    for day in days.split()
]


def daily(day: date, close: Decimal, volume: int = 100) -> Bar:
    """A day that never moved, in New York."""
    start = datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
    return Bar(start, close, close, close, close, Decimal(volume))


def adjusted(
    bars: Sequence[Bar], want: Adjustment, splits: Sequence[Split], dividends: Sequence[Dividend]
) -> list[Bar]:
    """The bars as traded, restated."""
    return restated(bars, factors_of(bars, splits, dividends, DAY_OF), DAY_OF, have=NONE, want=want)


def test_a_split_and_a_dividend_by_hand() -> None:
    """Two for one before Wednesday, and one of the new units' eight as a dividend before Friday."""
    days = [date(2024, 1, day) for day in range(1, 6)]
    bars = [daily(day, Decimal(close)) for day, close in zip(days, (20, 18, 9, 8, 7), strict=True)]
    split, dividend = Split(days[2], 2, 1), Dividend(days[4], Decimal(1))
    for_splits = adjusted(bars, SPLITS, [split], [dividend])
    assert [bar.close for bar in for_splits] == [10, 9, 9, 8, 7]
    assert [bar.volume for bar in for_splits] == [200, 200, 100, 100, 100]
    for_all = adjusted(bars, ALL, [split], [dividend])
    assert [bar.close for bar in for_all] == [Decimal("8.75"), Decimal("7.875"), Decimal("7.875"), 7, 7]
    assert [bar.volume for bar in for_all] == [200, 200, 100, 100, 100]


def test_a_dividend_on_the_day_of_a_split_is_for_the_new_units() -> None:
    """So it comes off the close before in new units."""
    first, second = date(2024, 1, 1), date(2024, 1, 2)
    bars = [daily(first, Decimal(20)), daily(second, Decimal(9))]
    [before, after] = adjusted(bars, ALL, [Split(second, 2, 1)], [Dividend(second, Decimal(1))])
    assert [before.close, after.close] == [9, 9]


def test_a_dividend_that_is_not_less_than_the_price_restates_nothing() -> None:
    """It cannot be what it says."""
    bars = [daily(date(2024, 1, 1), Decimal(20)), daily(date(2024, 1, 2), Decimal(20))]
    assert adjusted(bars, ALL, [], [Dividend(date(2024, 1, 2), Decimal(20))]) == bars


def test_no_units_for_some_are_no_split() -> None:
    """Nothing can be divided by that."""
    with pytest.raises(Invalid, match="split"):
        factors_of([], [Split(date(2024, 1, 1), 0, 1)], [], DAY_OF)


def test_adjusted_closes_agree_with_leans_to_a_cent_around_what_happened() -> None:
    """Closes of Apple as traded, and as Lean's factor file restates them: price times both of its factors."""
    days = {
        "2014-05-07": ("592.33", "0.8961764", "0.0357143"),
        "2014-05-08": ("588.12", "0.9011818", "0.0357143"),
        "2014-06-06": ("645.57", "0.9011818", "0.0357143"),
        "2014-06-09": ("93.70", "0.9011818", "0.25"),
        "2014-08-06": ("94.97", "0.9011818", "0.25"),
        "2014-08-07": ("94.48", "0.9056639", "0.25"),
    }
    bars = [daily(date.fromisoformat(day), Decimal(close)) for day, (close, _, _) in days.items()]
    # what is later is in the sample's factors and not in its bars: its first row without anything to come says so
    later = Decimal("0.9056639") * Decimal("0.25")
    span = [each for each in APPLE_DIVIDENDS if date(2014, 5, 7) < each.day <= date(2014, 8, 7)]
    found = adjusted(bars, ALL, [Split(date(2014, 6, 9), 7, 1)], span)
    for bar, (close, price, split) in zip(found, days.values(), strict=True):
        assert abs(bar.close * later - Decimal(close) * Decimal(price) * Decimal(split)) < CENT


@pytest.mark.skipif(not LEAN.exists(), reason="the shared fixtures are not here")
def test_adjusted_closes_agree_with_leans_to_a_cent_over_23_years() -> None:
    """Splits and dividends as announced, against Lean's factors, on each of 5,849 days."""
    with zipfile.ZipFile(LEAN / "daily" / "aapl.zip") as archive:
        rows = [line.split(",") for line in archive.read("aapl.csv").decode().splitlines()]
    bars = [daily(datetime.strptime(row[0], "%Y%m%d %H:%M").date(), Decimal(row[4]) / 10_000) for row in rows]  # noqa: DTZ007 - only its date is used
    lines = [line.split(",") for line in (LEAN / "factor_files" / "aapl.csv").read_text().split()]
    found = adjusted(bars, ALL, APPLE_SPLITS, APPLE_DIVIDENDS)
    assert len(found) == len(rows)
    for bar, row, before in zip(found, rows, bars, strict=True):
        line = next(line for line in lines if line[0] >= row[0][:8])
        assert abs(bar.close - before.close * Decimal(line[1]) * Decimal(line[2])) < CENT, row


# of `bokeh_sampledata`: closes of Apple as traded, and as Quandl published them, adjusted
QUANDL = {
    "2000-06-20": ("101.25", "3.2530090467797"),
    "2000-06-21": ("55.63", "3.5746151757502"),
    "2005-02-25": ("88.99", "5.7182276557615"),
    "2005-02-28": ("44.86", "5.7651352430039"),
    "2012-08-08": ("619.86", "79.660649392073"),
    "2012-08-09": ("620.73", "80.113018452603"),
    "2012-11-06": ("582.8495", "75.22406319751"),
    "2012-11-07": ("558.0019", "72.35918355837"),
    "2013-02-06": ("457.35", "59.307096625335"),
    "2013-02-07": ("468.22", "61.060309583408"),
    "2013-03-01": ("430.47", "56.137353095488"),
}
# by how much all of them are restated for what came after the sample
QUANDLS_LATER = Decimal("56.137353095488") / Decimal("430.47")


def quandls_bars() -> list[Bar]:
    """The days of the sample around what happened."""
    return [daily(date.fromisoformat(day), Decimal(close)) for day, (close, _) in QUANDL.items()]


def test_adjusted_closes_agree_with_quandls_public_domain_set() -> None:
    """To a billionth, where a dividend leaves the share that Quandl's method says: of the ex-day's close with it."""
    bars = quandls_bars()
    closes = {DAY_OF(bar.start): bar.close for bar in bars}
    factors = [
        replace(each, share=closes[each.day] / (closes[each.day] + each.amount)) if each.amount else each
        for each in factors_of(bars, APPLE_SPLITS[:2], APPLE_DIVIDENDS[:3], DAY_OF)
    ]
    found = restated(bars, factors, DAY_OF, have=Adjustment.NONE, want=ALL)
    for bar, (_, published) in zip(found, QUANDL.values(), strict=True):
        assert abs(bar.close * QUANDLS_LATER - Decimal(published)) < Decimal("1e-9")


def test_crsps_method_differs_from_quandls_by_the_close_that_a_dividend_is_compared_with() -> None:
    """A dividend leaves a share of the close before it, which is what a holder had: 1.2 cents of 72 dollars apart.

    Nothing differs where splits alone are between, and what differs after a dividend is shared by all before it.
    """
    bars = quandls_bars()
    found = adjusted(bars, ALL, APPLE_SPLITS[:2], APPLE_DIVIDENDS[:3])
    apart = [
        bar.close * QUANDLS_LATER - Decimal(published)
        for bar, (_, published) in zip(found, QUANDL.values(), strict=True)
    ]
    assert [round(each, 4) for each in apart[-5:]] == [
        Decimal("0.0010"),
        Decimal("-0.0121"),
        Decimal("-0.0099"),
        0,
        0,
    ]
    assert all(abs(each) < Decimal("0.0011") for each in apart[:-4])


PRICES = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
BARS = st.lists(PRICES, min_size=1, max_size=30).map(
    lambda closes: [daily(date(2024, 1, 1) + timedelta(days=n), close) for n, close in enumerate(closes)]
)
DAYS = st.integers(-2, 40).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
SPLIT = st.builds(Split, DAYS, st.integers(1, 30), st.integers(1, 30))
DIVIDEND = st.builds(Dividend, DAYS, PRICES)


@given(BARS, st.lists(SPLIT, max_size=4), st.lists(DIVIDEND, max_size=4))
def test_what_was_restated_for_splits_comes_back(
    bars: list[Bar], splits: list[Split], dividends: list[Dividend]
) -> None:
    """Prices to eleven digits, volumes and amounts to many places; the shares that dividends leave are the same."""
    factors = factors_of(bars, splits, dividends, DAY_OF)
    for_splits = restated(bars, factors, DAY_OF, have=NONE, want=SPLITS)
    back = restated(for_splits, factors, DAY_OF, have=SPLITS, want=NONE)
    for before, after in zip(bars, back, strict=True):
        assert after.start == before.start
        assert abs(after.close - before.close) <= before.close * Decimal("1e-10")
        assert abs(after.volume - before.volume) <= Decimal("1e-9")
    again = traded_amounts(factors_of(for_splits, splits_in(factors), restated_dividends(factors, SPLITS), DAY_OF))
    paid = {each.day: each.amount for each in restated_dividends(factors, NONE)}
    for each in restated_dividends(again, NONE):
        assert abs(each.amount - paid[each.day]) < Decimal("1e-9")


@given(BARS, st.lists(SPLIT, max_size=4), st.lists(DIVIDEND, max_size=4), st.sampled_from(Adjustment))
def test_restated_bars_can_be_true(
    bars: list[Bar], splits: list[Split], dividends: list[Dividend], want: Adjustment
) -> None:
    """As many as before, in order, each between its low and high; and the last is as traded."""
    found = restated(bars, factors_of(bars, splits, dividends, DAY_OF), DAY_OF, have=NONE, want=want)
    assert [check_bar(bar).start for bar in found] == [bar.start for bar in bars]
    last = DAY_OF(bars[-1].start)
    if all(day <= last for day in [each.day for each in splits] + [each.day for each in dividends]):
        assert found[-1] == bars[-1]


def test_days_are_those_of_the_exchange() -> None:
    """A bar of minutes by its clock, and a day's bar by its midnight, wherever that is."""
    tokyo = zone("Asia/Tokyo")
    assert days_of(Interval.MINUTE, tokyo)(datetime(2024, 1, 2, 15, 1, tzinfo=UTC)) == date(2024, 1, 3)
    for place in (tokyo, NEW_YORK, UTC, zone("Asia/Kolkata"), zone("Australia/Sydney")):
        midnight = datetime(2024, 7, 3, tzinfo=place).astimezone(UTC)
        assert days_of(Interval.DAY, UTC)(midnight) == date(2024, 7, 3)
