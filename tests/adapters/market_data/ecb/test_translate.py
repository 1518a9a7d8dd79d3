"""What the rates of the European Central Bank mean: how much a euro costs, and so how much all others cost."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.market_data.ecb import translate
from adapters.market_data.ecb.wire import Table, table
from adapters.platform.http_client.client import Reply
from adapters.platform.resilience.failures import Unknown
from application.market_data.ports import Span
from domain.market_data.bar import Interval
from domain.market_data.ticker import Ticker
from tests.adapters.market_data.ecb.samples import HISTORY, LAST, zipped
from tests.adapters.market_data.recorded import recorded

NOW = datetime(2026, 4, 13, 18, tzinfo=UTC)
EURUSD, GBPUSD, USDINR = (Ticker.parse(f"{pair}=X") for pair in ("EURUSD", "GBPUSD", "USDINR"))


def read(text: bytes) -> Table:
    return table(Reply(status=200, headers={}, body=zipped(text)))


def days(ticker: Ticker) -> list[tuple[str, Decimal]]:
    span = Span(interval=Interval.DAY, since=datetime(2020, 8, 31, tzinfo=UTC), until=datetime(2020, 9, 2, tzinfo=UTC))
    found = translate.bars(read(HISTORY), ticker, span, NOW)
    assert found is not None
    return [(bar.start.date().isoformat(), bar.close) for bar in found.bars]


def test_a_rate_of_the_euro_is_what_they_write() -> None:
    """To the last digit, and as of the afternoon of its day there."""
    quotes = translate.quotes(read(LAST), [EURUSD], NOW)
    assert str(quotes[EURUSD].price) == "1.1684"
    assert quotes[EURUSD].provenance.as_of == datetime(2026, 4, 13, 14, tzinfo=UTC)


def test_a_rate_of_two_others_goes_over_the_euro() -> None:
    """To eighteen places, and either way round."""
    quotes = translate.quotes(read(LAST), [USDINR, GBPUSD, Ticker.parse("USDEUR=X")], NOW)
    assert quotes[USDINR].price == Decimal("93.330195138651146868")
    assert quotes[GBPUSD].price == Decimal("1.342093776562751269")
    assert quotes[Ticker.parse("USDEUR=X")].price == Decimal("0.855871276959945224")


def test_a_day_has_one_rate() -> None:
    """Oldest first, and only of the days asked for; a hole is no rate."""
    assert days(EURUSD) == [("2020-08-31", Decimal("1.1940")), ("2020-09-01", Decimal("1.1987"))]
    assert days(Ticker.parse("EURRUB=X")) == [("2020-08-31", Decimal("88.6")), ("2020-09-01", Decimal("88.1"))]


@pytest.mark.parametrize(
    "text", [b"", b"Day,USD\n2020-09-02,1.1\n", LAST.replace(b"1.1684", b"0"), LAST.replace(b"April", b"Brumaire")]
)
def test_what_is_no_such_table_is_refused(text: bytes) -> None:
    """So is a rate of nothing, which nobody could divide by."""
    with pytest.raises(Unknown):
        translate.quotes(read(text), [EURUSD], NOW)


def test_a_table_that_unpacks_without_end_is_refused() -> None:
    """However small the archive."""
    with pytest.raises(Unknown):
        read(b" " * 20_000_001)


@pytest.mark.parametrize("path", recorded("ecb", "eurofxref.csv"), ids=str)
def test_recorded_rates_translate(path: Path) -> None:
    """Each currency of the table."""
    found = read(path.read_bytes())
    codes = [code for code in found.columns if code not in {"Date", ""}]
    asked = [Ticker.parse(f"EUR{code}=X") for code in codes]
    assert set(translate.quotes(found, asked, NOW)) == set(asked)
