"""Files are read as what they are, and one that is broken fails alone and says so."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.files.client import Files
from adapters.market_data.files.settings import FilesSettings
from application.market_data.ports import SourceFailed, Span
from application.market_data.sampled_bars import SampledBars
from domain.market_data.bar import Adjustment, BarSeries, Dividend, Interval, Split
from domain.market_data.provenance import Refusal
from domain.market_data.restating import days_of, factors_of, restated
from domain.market_data.ticker import Ticker
from domain.shared.time import zone
from tests.fakes.platform import FakeClock
from tests.profiles import is_deep

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
NEW_YORK = zone("America/New_York")
EVER = Span(interval=Interval.DAY, since=datetime(1990, 1, 1, tzinfo=UTC), until=NOW)
LEAN = Path(__file__).resolve().parents[5] / "shared" / "fixtures" / "ohlcv-lean"
CSV = "Date,Open,High,Low,Close,Volume\n2024-06-13,10,12.50,9.5,11,100\n2024-06-12,9,10,9,10,\n"
HEAD = "TradDt,Src,TckrSymb,SctySrs,OpnPric,HghPric,LwPric,ClsPric,TtlTradgVol\n"
BHAVCOPY = (
    f"{HEAD}2024-07-08,NSE,INFY,EQ,1640.00,1668.05,1637.50,1660.10,4567890\n"
    "2024-07-08,NSE,INFY,N1,1,1,1,1,5\n2024-07-08,NSE,INFYBEES,EQ,30.1,30.2,30.0,30.15,77\n"
)
DAILY = "20140606 00:00,6498900,6514400,6444700,6455700,12497800\n20140609 00:00,926900,938800,917500,937000,75415000\n"


def laid_out(folder: Path, files: Mapping[str, str]) -> Files:
    """A provider over these files, zipped where their names say so."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("inner.csv", text)
        else:
            path.write_text(text, encoding="utf-8")
    return Files(FilesSettings(folder=str(folder)), FakeClock(NOW))


async def asked(files: Files, symbol: str, span: Span = EVER) -> BarSeries:
    """What they have of a symbol."""
    found = await files.bars(Ticker.parse(symbol), span)
    assert found is not None
    return found


async def test_csv_files_lie_under_interval_and_exchange(tmp_path: Path) -> None:
    """Their days are those of the exchange, in any order; what has no volume had none."""
    files = laid_out(
        tmp_path,
        {"1d/NSE/INFY.csv": CSV, "1d/NSE/INFY.events.csv": "date,split,dividend\n2024-06-13,2:1,\n2024-06-14,,0.5\n"},
    )
    found = await asked(files, "INFY.NS")
    assert (found.adjustment, found.currency.code, found.provenance.provider) == (Adjustment.NONE, "INR", "files")
    assert [bar.start for bar in found.bars] == [datetime(2024, 6, day, 18, 30, tzinfo=UTC) for day in (11, 12)]
    assert [*found.bars[1][1:]] == [10, Decimal("12.50"), Decimal("9.5"), 11, 100]
    assert found.bars[0].volume == 0
    assert found.splits == [Split(date(2024, 6, 13), 2, 1)]
    assert found.dividends == [Dividend(date(2024, 6, 14), Decimal("0.5"))]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2024-06-12,1,2,1,2,5\n2024-06-13,1,2,1,2,5\n", 2),
        ("2024-06-12,1,2,1,2,5\r\n2024-06-13,1,2,1,2,5", 2),
        ("2024-06-13,1,2,1,2,5\n2024-06-12,1,2,1,2,5\n", 2),
        ('2024-06-12,"1",2,1,2,5\n\n2024-06-13,1e0,2,1,2,\n', 2),
        ("", 0),
    ],
)
async def test_files_mean_the_same_however_plain_they_are(tmp_path: Path, text: str, count: int) -> None:
    """Whatever their order and line ends; those that are all plain are only read faster."""
    found = await asked(laid_out(tmp_path, {"1d/AAPL.csv": "date,open,high,low,close,volume\n" + text}), "AAPL")
    starts = [datetime(2024, 6, day, 4, tzinfo=UTC) for day in (12, 13)]
    assert [bar.start for bar in found.bars] == starts[:count]
    assert all([*bar[1:5]] == [1, 2, 1, 2] for bar in found.bars)


async def test_a_byte_order_mark_and_offsets_are_understood(tmp_path: Path) -> None:
    """As spreadsheets and other programs write them."""
    files = laid_out(
        tmp_path, {"1h/AAPL.csv": "\ufefftimestamp,open,high,low,close\n2024-06-13T14:30:00+01:00,1,2,1,2\n"}
    )
    found = await asked(files, "AAPL", Span(interval=Interval.HOUR, since=EVER.since, until=EVER.until))
    assert [bar.start for bar in found.bars] == [datetime(2024, 6, 13, 13, 30, tzinfo=UTC)]


async def test_leans_files_are_put_together_by_their_maps(tmp_path: Path) -> None:
    """GOOGL was GOOG until a day in April, and after that day GOOG is another share; prices are ten thousandths."""
    old = "20140402 00:00,10000,10000,10000,10000,1\n20140403 00:00,99,99,99,99,1\n"
    files = laid_out(
        tmp_path,
        {
            "equity/usa/map_files/googl.csv": "20040819,goog,Q\n20140402,goog,Q\n20501231,googl,Q\n",
            "equity/usa/daily/goog.zip": old,
            "equity/usa/daily/googl.zip": "20140403 00:00,20000,20000,20000,20000,2\n",
        },
    )
    assert [bar.close for bar in (await asked(files, "GOOGL")).bars] == [1, 2]


async def test_leans_factors_tell_what_happened(tmp_path: Path) -> None:
    """Seven for one after the Friday, and a dividend of 3.29 before."""
    files = laid_out(
        tmp_path,
        {
            "equity/usa/daily/aapl.zip": "20140507 00:00,5951000,5972900,5877500,5923300,1\n"
            "20140508 00:00,5882500,5953200,5864000,5881200,1\n" + DAILY,
            "equity/usa/factor_files/aapl.csv": "19980102,0.8961764,0.0357143,1\n20140507,0.8961764,0.0357143,592.33\n"
            "20140606,0.9011818,0.0357143,645.57\n20501231,0.9011818,0.25,0\n",
        },
    )
    found = await asked(files, "AAPL")
    assert found.splits == [Split(date(2014, 6, 9), 7, 1)]
    assert [(each.day, round(each.amount, 2)) for each in found.dividends] == [(date(2014, 5, 8), Decimal("3.29"))]


async def test_leans_minutes_are_counted_from_midnight_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    """In New York, and only those of the days that are wanted are read."""
    files = laid_out(
        tmp_path,
        {
            "equity/usa/minute/aapl/20140605_trade.zip": "34200000,6460000,6461000,6459000,6460500,1000\n",
            "equity/usa/minute/aapl/20140606_trade.zip": "this is broken",
        },
    )
    first = datetime(2014, 6, 5, 4, tzinfo=UTC)
    found = await asked(files, "AAPL", Span(interval=Interval.MINUTE, since=first, until=first + timedelta(hours=20)))
    assert [(bar.start, bar.close) for bar in found.bars] == [
        (datetime(2014, 6, 5, 13, 30, tzinfo=UTC), Decimal("646.05"))
    ]


@pytest.mark.skipif(not LEAN.exists(), reason="the shared fixtures are not here")
@pytest.mark.parametrize("symbol", ["AAPL", "GOOGL", "SPY"])
async def test_leans_sample_restates_to_leans_closes_to_a_cent(symbol: str) -> None:
    """Raw closes times both factors of its own file."""
    found = await asked(Files(FilesSettings(folder=str(LEAN)), FakeClock(NOW)), symbol)
    day_of = days_of(Interval.DAY, NEW_YORK)
    factors = factors_of(found.bars, found.splits, found.dividends, day_of)
    adjusted = restated(found.bars, factors, day_of, have=Adjustment.NONE, want=Adjustment.SPLITS_AND_DIVIDENDS)
    table = (LEAN / "equity" / "usa" / "factor_files" / f"{symbol.lower()}.csv").read_text().split()
    rows = [line.split(",") for line in table]
    last = found.bars[-1].start.strftime("%Y%m%d")
    base = next(row for row in rows if row[0] >= last)
    for bar, raw in zip(adjusted, found.bars, strict=True):
        row = next(row for row in rows if row[0] >= day_of(bar.start).strftime("%Y%m%d"))
        theirs = raw.close * Decimal(row[1]) * Decimal(row[2]) / Decimal(base[1]) / Decimal(base[2])
        assert abs(bar.close - theirs) < Decimal("0.01"), row


async def test_end_of_day_files_of_india_are_one_for_each_day(tmp_path: Path) -> None:
    """The share's own row of each, and neither the debt of its name nor what only begins like it."""
    files = laid_out(
        tmp_path,
        {
            "bhavcopy/BhavCopy_NSE_CM_0_0_0_20240708_F_0000.csv.zip": BHAVCOPY,
            "bhavcopy/BhavCopy_BSE_CM_0_0_0_20240708_F_0000.CSV": f"{HEAD}2024-07-08,BSE,INFY,A,1,2,1,2,9\n",
            "bhavcopy/readme.txt": "nothing",
        },
    )
    [bar] = (await asked(files, "NSE:INFY")).bars
    assert bar.start == datetime(2024, 7, 7, 18, 30, tzinfo=UTC)
    assert [*bar[1:]] == [1640, Decimal("1668.05"), Decimal("1637.5"), Decimal("1660.1"), 4567890]
    [bar] = (await asked(files, "BSE:INFY")).bars
    assert bar.volume == 9


@pytest.mark.parametrize("symbol", ["AAPL", "NSE:INFY", "BTC-USD", "^GSPC"])
async def test_what_no_file_has_is_a_matter_for_others(tmp_path: Path, symbol: str) -> None:
    """An empty folder, or none, covers nothing; that a thing does not exist would be another answer."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SourceFailed) as raised:
            await laid_out(folder, {}).bars(Ticker.parse(symbol), EVER)
        assert raised.value.refusal is Refusal.NOT_COVERED


BROKEN = {
    "1d/AAPL.csv": [
        "",
        "<html>",
        "date,open,high,low\n2024-01-01,1,1,1\n",
        "date,open,high,low,close\n2024-01-01,1,1,1\n",
        "date,open,high,low,close\n2024-01-01,1,1,1,NaN\n",
        "date,open,high,low,close\n2024-13-01,1,1,1,1\n",
        "date,open,high,low,close\n2024-01-01,1,2,3,1\n",
        "date,open,high,low,close,volume\n2024-01-01,1,1,1,1,-5\n",
        "date,open,high,low,close\n2024-01-01,1_0,10,10,10\n",
    ],
    "equity/usa/daily/aapl.zip": ["20140606 00:00,1,1\n", "2014 00:00,1,1,1,1,1\n", "20140606 00:00,1,1,1,1e99,1\n"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BROKEN.items() for text in texts])
async def test_what_cannot_be_understood_says_so(tmp_path: Path, name: str, text: str) -> None:
    """Without a word of what stands in it."""
    with pytest.raises(SourceFailed) as raised:
        await laid_out(tmp_path, {name: text}).bars(Ticker("AAPL"), EVER)
    assert raised.value.refusal is Refusal.UNREADABLE


@pytest.mark.parametrize("name", ["equity/usa/minute/aapl/20140703_trade.zip", "1m/AAPL.csv"])
async def test_hours_are_made_of_minutes(tmp_path: Path, name: str) -> None:
    """From the opening, as everywhere; the last ends with the session, which on this day is short."""
    if name.endswith(".zip"):
        rows = [
            f"{34_200_000 + minute * 60_000},{minute + 1},{minute + 2},{minute + 1},{minute + 1},10"
            for minute in range(240)
        ]
    else:
        opening = datetime(2014, 7, 3, 9, 30)  # noqa: DTZ001 - as it stands in the file, by the exchange's clock
        rows = ["date,open,high,low,close,volume"]
        rows += [
            f"{opening + timedelta(minutes=minute)},{minute + 1},{minute + 2},{minute + 1},{minute + 1},10"
            for minute in range(240)
        ]
    source = SampledBars(laid_out(tmp_path, {name: "\n".join(rows)}), PackagedCalendar())
    found = await source.bars(Ticker("AAPL"), Span(interval=Interval.HOUR, since=EVER.since, until=EVER.until))
    assert found is not None
    assert found.interval is Interval.HOUR
    # the half hour at the end is one of its own, and what came after the close is counted from there
    assert [(f"{bar.start:%H:%M}", bar.volume) for bar in found.bars] == [
        ("13:30", Decimal(600)),
        ("14:30", Decimal(600)),
        ("15:30", Decimal(600)),
        ("16:30", Decimal(300)),
        ("17:00", Decimal(300)),
    ]
    with pytest.raises(SourceFailed):
        await source.bars(Ticker("MSFT"), Span(interval=Interval.HOUR, since=EVER.since, until=EVER.until))
    with pytest.raises(SourceFailed):
        await source.bars(Ticker("AAPL"), EVER)


async def test_a_time_of_day_is_one(tmp_path: Path) -> None:
    """A day does not last for years."""
    files = laid_out(tmp_path, {"equity/usa/minute/aapl/20140605_trade.zip": "34200000000,1,1,1,1,1\n"})
    with pytest.raises(SourceFailed):
        await files.bars(Ticker("AAPL"), Span(interval=Interval.MINUTE, since=EVER.since, until=EVER.until))


async def test_what_is_no_zip_file_says_so(tmp_path: Path) -> None:
    """Though its name says that it is one."""
    files = laid_out(tmp_path, {"equity/usa/daily/aapl.zip": DAILY})
    (tmp_path / "equity/usa/daily/aapl.zip").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(SourceFailed):
        await files.bars(Ticker("AAPL"), EVER)


async def test_any_damage_is_understood_or_refused(tmp_path: Path) -> None:
    """Characters changed, lost or doubled raise nothing else, and what comes out can be true."""
    random = Random(3)  # noqa: S311 - damage that is the same each time
    texts = {"1d/AAPL.csv": CSV, "bhavcopy/BhavCopy_NSE_CM_0_0_0_20240708_F_0000.csv": BHAVCOPY}
    texts["1d/AAPL.events.csv"] = "date,split,dividend\n2024-06-13,2:1,\n2024-06-14,,0.5\n"
    for _ in range(3_000 if is_deep() else 60):
        name, symbol = random.choice(
            [("1d/AAPL.csv", "AAPL"), ("1d/AAPL.events.csv", "AAPL"), ([*texts][1], "INFY.NS")]
        )
        broken = list(texts[name])
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(broken))
            broken[at] = random.choice(["", "-", "9", ",", "\n", "\x00", '"', "e", ":", broken[at] * 2])
        files = laid_out(tmp_path, texts | {name: "".join(broken)})
        try:
            await files.bars(Ticker.parse(symbol), EVER)
        except SourceFailed:
            continue
