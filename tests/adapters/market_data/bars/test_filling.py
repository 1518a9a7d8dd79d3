"""Series are filled side by side, each by the first provider that answers; a limit is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters.market_data.bars.filling import FillingSideBySide
from application.market_data.backfill.ports import BarFiller, Filled, Unfilled
from application.market_data.chains import Chains, Link
from application.market_data.ports import SourceFailed, Span
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Interval
from domain.market_data.provenance import Refusal
from domain.market_data.ticker import Ticker

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
YEAR = Span(interval=Interval.DAY, since=NOW - timedelta(days=365), until=NOW)
AAPL, MSFT, NOPE = Ticker("AAPL"), Ticker("MSFT"), Ticker("NOPE")


@dataclass
class FakeFiller(BarFiller):
    """Knows AAPL and MSFT; refuses so many calls first."""

    name: str
    refusals: int = 0
    refusal: Refusal = Refusal.LIMITED
    retry_after_s: int | None = 7
    asked: list[Ticker] = field(default_factory=list[Ticker])

    async def fill(self, ticker: Ticker, span: Span) -> Filled | None:
        """Tell of a year."""
        del span
        self.asked.append(ticker)
        if self.refusals:
            self.refusals -= 1
            raise SourceFailed(self.refusal, "as it was told", retry_after_s=self.retry_after_s)
        return Filled(self.name, 250) if ticker in {AAPL, MSFT} else None


@dataclass
class Pauses:
    """Remembers how long was waited."""

    seconds: list[float] = field(default_factory=list[float])

    async def __call__(self, seconds: float) -> None:
        """Wait no time at all."""
        self.seconds.append(seconds)


def filling(*fillers: FakeFiller, pauses: Pauses | None = None) -> FillingSideBySide:
    """Fillers that are asked in this order."""
    links: Sequence[Link[BarFiller]] = [Link(filler.name, filler) for filler in fillers]
    return FillingSideBySide(Chains({AssetClass.STOCK: links}), pauses or Pauses())


async def test_each_series_fails_alone() -> None:
    """What the first provider does not know is not asked of the next: that is an answer."""
    first, second = FakeFiller("first"), FakeFiller("second")
    found = await filling(first, second).fill([AAPL, NOPE, MSFT], YEAR)
    assert found == {AAPL: Filled("first", 250), NOPE: Unfilled.UNKNOWN, MSFT: Filled("first", 250)}
    assert second.asked == []


async def test_whoever_fails_is_followed_by_the_next() -> None:
    first = FakeFiller("first", refusals=1, refusal=Refusal.NOT_COVERED, retry_after_s=None)
    found = await filling(first, FakeFiller("second")).fill([AAPL], YEAR)
    assert found == {AAPL: Filled("second", 250)}


async def test_a_limit_is_waited_for_as_long_as_the_provider_says() -> None:
    pauses = Pauses()
    found = await filling(FakeFiller("only", refusals=2), pauses=pauses).fill([AAPL], YEAR)
    assert found == {AAPL: Filled("only", 250)}
    assert pauses.seconds == [7, 7]


@pytest.mark.parametrize("retry_after_s", [None, 3_600])
async def test_nobody_waits_for_a_day_or_for_what_has_no_end(retry_after_s: int | None) -> None:
    """A job that fails is tried again later."""
    pauses = Pauses()
    only = FakeFiller("only", refusals=1, retry_after_s=retry_after_s)
    assert await filling(only, pauses=pauses).fill([AAPL], YEAR) == {AAPL: Unfilled.NO_ANSWER}
    assert (pauses.seconds, len(only.asked)) == ([], 1)
