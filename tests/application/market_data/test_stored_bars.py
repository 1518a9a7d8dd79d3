"""A provider is asked once for what can change no more, and for the rest as seldom as promised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from application.market_data.ports import BarSource, SourceFailed, Span
from application.market_data.stored_bars import StoredBars
from domain.market_data.bar import Adjustment, Bar, BarSeries, Dividend, Interval, Split
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from domain.shared.time import zone
from tests.fakes.bars import FakeBarStore
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

NEW_YORK = zone("America/New_York")
AAPL = Ticker("AAPL", "NASDAQ")
DAY = timedelta(days=1)
# the evening of a Friday, after the close
FRIDAY = datetime(2024, 6, 14, 22, tzinfo=UTC)
FIRST = date(2024, 6, 3)


@dataclass
class Provider(BarSource):
    """Has a bar for each day of the week up to the clock, restated for splits as most do; remembers what was asked."""

    clock: FakeClock
    adjustment: Adjustment = Adjustment.SPLITS
    splits: Sequence[Split] = ()
    dividends: Sequence[Dividend] = ()
    lag: timedelta = timedelta(0)
    fails: bool = False
    withholds: Collection[date] = ()
    asked: list[Span] = field(default_factory=list[Span])

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return what there is."""
        self.asked.append(span)
        if self.fails:
            raise SourceFailed(Refusal.UNREACHABLE, "It is away.")
        if ticker != AAPL:
            return None
        now = self.clock.now()
        bars: list[Bar] = []
        day = FIRST
        while (start := datetime.combine(day, datetime.min.time(), NEW_YORK)) < min(span.until, now - self.lag):
            if start >= span.since and day.weekday() < 5 and day not in self.withholds:
                bars.append(self._bar(day, start))
            day += DAY
        return BarSeries(
            ticker=ticker,
            interval=span.interval,
            adjustment=self.adjustment,
            currency=Currency("USD"),
            bars=bars,
            provenance=Provenance(provider="test", as_of=now, received_at=now),
            splits=[each for each in self.splits if span.since.date() <= each.day <= now.date()],
            dividends=[each for each in self.dividends if span.since.date() <= each.day <= now.date()],
        )

    def _bar(self, day: date, start: datetime) -> Bar:
        price = Decimal(240 + day.day)
        for split in self.splits:
            if self.adjustment is Adjustment.SPLITS and day < split.day <= self.clock.now().date():
                price = price * split.old / split.new
        return Bar(start.astimezone(UTC), price, price, price, price, Decimal(100))


def days(since: int, until: int, adjustment: Adjustment = Adjustment.SPLITS) -> Span:
    """Days of June, to before the last."""
    first, end = (datetime(2024, 6, day, tzinfo=NEW_YORK).astimezone(UTC) for day in (since, until))
    return Span(interval=Interval.DAY, since=first, until=end, adjustment=adjustment)


@pytest.fixture
def clock() -> FakeClock:
    """The time after the close of a Friday."""
    return FakeClock(FRIDAY)


@pytest.fixture
def provider(clock: FakeClock) -> Provider:
    """A provider that answers."""
    return Provider(clock)


@pytest.fixture
def stored(provider: Provider, clock: FakeClock) -> StoredBars:
    """Nothing is kept of it so far."""
    return StoredBars("test", provider, FakeBarStore(), PackagedCalendar(), clock, timedelta(minutes=5))


def closes(series: BarSeries | None) -> list[Decimal]:
    """What the days closed at."""
    assert series is not None
    return [bar.close for bar in series.bars]


async def test_the_same_is_asked_for_once(stored: StoredBars, provider: Provider, clock: FakeClock) -> None:
    """As is any part of it, also over the weekend, when nothing can have come."""
    first = await stored.bars(AAPL, days(3, 15))
    assert len(closes(first)) == 10
    clock.advance(days=2)
    assert await stored.bars(AAPL, days(3, 15)) == first
    assert closes(await stored.bars(AAPL, days(5, 8))) == [245, 246, 247]
    assert len(closes(await stored.bars(AAPL, days(3, 28)))) == 10
    assert len(provider.asked) == 1


async def test_what_is_behind_is_asked_for_alone(stored: StoredBars, provider: Provider, clock: FakeClock) -> None:
    """On Monday evening that is Monday."""
    await stored.bars(AAPL, days(3, 15))
    clock.advance(days=3)
    assert len(closes(await stored.bars(AAPL, days(3, 28)))) == 11
    assert [bar.since.astimezone(NEW_YORK).day for bar in provider.asked] == [3, 15]


async def test_what_is_in_front_is_asked_for_with_all_after_it(stored: StoredBars, provider: Provider) -> None:
    """So that no series is put together of answers to which different splits were known."""
    await stored.bars(AAPL, days(10, 15))
    assert len(closes(await stored.bars(AAPL, days(3, 12)))) == 7
    assert provider.asked[1].until == FRIDAY
    assert len(closes(await stored.bars(AAPL, days(3, 15)))) == 10
    assert len(provider.asked) == 2


async def test_a_day_under_way_is_asked_for_again_after_a_while(
    stored: StoredBars, provider: Provider, clock: FakeClock
) -> None:
    """Not before, and the days before it never."""
    clock.advance(hours=-6)
    await stored.bars(AAPL, days(3, 28))
    clock.advance(minutes=4)
    await stored.bars(AAPL, days(3, 28))
    assert len(provider.asked) == 1
    clock.advance(minutes=2)
    await stored.bars(AAPL, days(3, 28))
    assert [bar.since.astimezone(NEW_YORK).day for bar in provider.asked] == [3, 14]


async def test_a_day_that_the_provider_has_not_yet_is_asked_for_until_it_has(
    stored: StoredBars, provider: Provider, clock: FakeClock
) -> None:
    """Though the exchange closed long ago."""
    provider.lag = timedelta(hours=20)
    assert len(closes(await stored.bars(AAPL, days(3, 28)))) == 9
    clock.advance(hours=6)
    assert len(closes(await stored.bars(AAPL, days(3, 28)))) == 10
    clock.advance(hours=6)
    await stored.bars(AAPL, days(3, 28))
    assert len(provider.asked) == 2


async def test_what_nobody_knows_is_an_answer(stored: StoredBars, provider: Provider) -> None:
    """And nothing is kept of it."""
    assert await stored.bars(Ticker("NOPE"), days(3, 15)) is None
    assert await stored.bars(Ticker("NOPE"), days(3, 15)) is None
    assert len(provider.asked) == 2


async def test_a_failure_is_no_answer_unless_all_is_there(stored: StoredBars, provider: Provider) -> None:
    """Then nobody needs to be asked."""
    await stored.bars(AAPL, days(3, 15))
    provider.fails = True
    assert len(closes(await stored.bars(AAPL, days(3, 15)))) == 10
    with pytest.raises(SourceFailed):
        await stored.bars(AAPL, days(1, 15))


@pytest.mark.parametrize("way", [Adjustment.SPLITS, Adjustment.NONE])
async def test_a_split_after_what_is_kept_restates_it(
    stored: StoredBars, provider: Provider, clock: FakeClock, way: Adjustment
) -> None:
    """Whichever way the provider gives its prices: before the split they are of halves, or as they were traded."""
    provider.adjustment = way
    provider.splits = [Split(date(2024, 6, 6), 2, 1), Split(date(2024, 6, 17), 5, 1)]
    assert closes(await stored.bars(AAPL, days(4, 8))) == [122, Decimal("122.5"), 246, 247]
    clock.advance(days=3)
    assert len(closes(await stored.bars(AAPL, days(10, 28)))) == 6
    assert closes(await stored.bars(AAPL, days(5, 7))) == [Decimal("24.5"), Decimal("49.2")]
    assert closes(await stored.bars(AAPL, days(5, 7, Adjustment.NONE))) == [245, 246]
    assert len(provider.asked) == 2


async def test_a_dividend_after_what_is_kept_comes_off_the_last_close_that_is(
    stored: StoredBars, provider: Provider, clock: FakeClock
) -> None:
    """254 on Friday; 25.4 on Monday's morning are a tenth of it."""
    provider.dividends = [Dividend(date(2024, 6, 17), Decimal("25.4"))]
    await stored.bars(AAPL, days(3, 15))
    clock.advance(days=3)
    found = await stored.bars(AAPL, days(13, 18, Adjustment.SPLITS_AND_DIVIDENDS))
    assert closes(found) == [Decimal("227.7"), Decimal("228.6"), 257]
    assert found is not None
    assert found.dividends == provider.dividends
    assert [span.since.astimezone(NEW_YORK).day for span in provider.asked] == [3, 15]


async def test_what_cannot_be_turned_back_is_passed_on(stored: StoredBars, provider: Provider) -> None:
    """As it came, which is said; and it is asked for each time."""
    provider.adjustment = Adjustment.SPLITS_AND_DIVIDENDS
    for _ in range(2):
        found = await stored.bars(AAPL, days(3, 8))
        assert found is not None
        assert (found.adjustment, len(found.bars)) == (Adjustment.SPLITS_AND_DIVIDENDS, 5)


async def test_a_history_is_filled_without_being_read(stored: StoredBars, provider: Provider) -> None:
    """Once; of what nobody knows nothing comes, and what cannot be turned back is not kept."""
    assert await stored.fill(AAPL, days(10, 15)) == ("test", 5)
    assert await stored.fill(AAPL, days(10, 15)) == ("test", 0)
    assert await stored.fill(AAPL, days(3, 15)) == ("test", 10)
    assert len(closes(await stored.bars(AAPL, days(3, 15)))) == 10
    assert len(provider.asked) == 2
    assert await stored.fill(Ticker("NOPE"), days(3, 15)) is None
    provider.adjustment = Adjustment.SPLITS_AND_DIVIDENDS
    assert await stored.fill(AAPL, days(1, 15)) == ("test", 0)


async def test_a_gap_is_filled_and_what_is_before_it_is_not_asked_for(
    stored: StoredBars, provider: Provider, clock: FakeClock
) -> None:
    """A day that the provider has not told of is asked for a day later, with what came since, and not before that."""
    provider.withholds = frozenset({date(2024, 6, 6)})
    assert await stored.fill(AAPL, days(3, 15)) == ("test", 9)
    provider.withholds = frozenset()
    clock.advance(hours=23)
    assert await stored.fill(AAPL, days(3, 15)) == ("test", 0)
    clock.advance(hours=2)
    assert await stored.fill(AAPL, days(3, 15)) == ("test", 7)
    assert [span.since.astimezone(NEW_YORK).day for span in provider.asked] == [3, 6]
    assert closes(await stored.bars(AAPL, days(3, 15))) == [243, 244, 245, 246, 247, 250, 251, 252, 253, 254]


async def test_a_holiday_is_no_gap(stored: StoredBars, provider: Provider, clock: FakeClock) -> None:
    """On 19 June 2024 there was no trading."""
    clock.advance(days=7)
    provider.withholds = frozenset({date(2024, 6, 19)})
    assert await stored.fill(AAPL, days(10, 22)) == ("test", 9)
    clock.advance(hours=25)
    assert await stored.fill(AAPL, days(10, 22)) == ("test", 0)
    assert len(provider.asked) == 1


async def test_weeks_are_made_of_days(stored: StoredBars, provider: Provider) -> None:
    """Those that begin within the span, from Monday's first price to Friday's last."""
    weeks = await stored.bars(AAPL, replace(days(3, 15), interval=Interval.WEEK))
    assert weeks is not None
    assert [bar.start.astimezone(NEW_YORK).day for bar in weeks.bars] == [3, 10]
    assert [[*bar[1:]] for bar in weeks.bars] == [[243, 247, 243, 247, 500], [250, 254, 250, 254, 500]]
    assert {span.interval for span in provider.asked} == {Interval.DAY}
