"""Bars that lie here are read anew; weeks are made of their days, and what was kept outlives its file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.market_data.bars.local import LocalBars
from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.files.client import Files
from adapters.market_data.files.settings import FilesSettings
from application.market_data.ports import SourceFailed, Span
from application.market_data.stored_bars import StoredBars
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.ticker import Ticker
from tests.fakes.bars import FakeBarStore
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

AAPL = Ticker("AAPL")
NOW = datetime(2024, 6, 21, 22, tzinfo=UTC)
MONTH = Span(interval=Interval.DAY, since=datetime(2024, 5, 20, tzinfo=UTC), until=NOW)
ROWS = "date,open,high,low,close,volume\n" + "".join(
    f"2024-06-{day:02},{price},{price},{price},{price},10\n"
    for day, price in [(3, 40), (4, 44), (5, 48), (6, 12), (7, 13), (10, 14), (11, 15)]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with days of which one is that of a split."""
    (tmp_path / "1d").mkdir()
    (tmp_path / "1d" / "AAPL.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "1d" / "AAPL.events.csv").write_text("date,split,dividend\n2024-06-06,4:1,\n", encoding="utf-8")
    return tmp_path


def closes(series: BarSeries | None) -> list[str]:
    """What the bars closed at."""
    assert series is not None
    return [f"{bar.close.normalize():f}" for bar in series.bars]


async def test_weeks_are_made_of_days_restated_for_their_splits(folder: Path) -> None:
    """So that the week of a split does not mix units."""
    local = LocalBars("files", Files(FilesSettings(folder=str(folder)), FakeClock(NOW)), FakeBarStore())
    weeks = await local.bars(AAPL, Span(interval=Interval.WEEK, since=MONTH.since, until=NOW))
    assert weeks is not None
    assert (weeks.adjustment, weeks.interval) == (Adjustment.SPLITS, Interval.WEEK)
    assert closes(weeks) == ["13", "15"]
    assert [*weeks.bars[0][1:]] == [10, 13, 10, 13, 3 * 40 + 2 * 10]


async def test_what_a_backfill_has_kept_outlives_its_file(folder: Path) -> None:
    """While the file is there it is what counts; what was never kept lies nowhere."""
    clock, store = FakeClock(NOW), FakeBarStore()
    files = Files(FilesSettings(folder=str(folder)), clock)
    local = LocalBars("files", files, store)
    filler = StoredBars("files", files, store, PackagedCalendar(), clock, timedelta(minutes=5))
    assert await filler.fill(AAPL, MONTH) == ("files", 7)
    before = closes(await local.bars(AAPL, MONTH))
    path = folder / "1d" / "AAPL.csv"
    path.write_text(ROWS.replace("06-11,15,15,15,15", "06-11,16,16,16,16"), encoding="utf-8")
    assert closes(await local.bars(AAPL, MONTH))[-1] == "16"
    path.unlink()
    assert before[:3] == ["40", "44", "48"]
    assert closes(await local.bars(AAPL, MONTH)) == ["10", "11", "12", "12", "13", "14", "15"]
    with pytest.raises(SourceFailed):
        await local.bars(Ticker("MSFT"), MONTH)
