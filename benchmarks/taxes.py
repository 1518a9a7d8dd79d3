"""How fast capital gains reports are for 10,000 and 50,000 disposals in one tax year, on PostgreSQL from the wheel.

Each disposal closes one lot, every other one at a loss, with purchases all year round: spread over 500 instruments, and
all in one, where every window is full of candidates. Measured: totals, the export, a first page of 50 lines, and labels
alone. Run it with `python benchmarks/taxes.py`, optionally with the numbers of disposals.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from adapters.ledger.rates.ecb import EcbRates
from adapters.ledger.tax_reads import SqlTaxQueries
from adapters.platform.database.engine import open_engine
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.export_tax_lines import ExportTaxLines
from application.ledger.list_tax_lines import ListTaxLines
from application.ledger.read_tax_report import ReadTaxReport
from application.ledger.tax_reports import TaxReportFilter
from application.shared.pages import PageRequest
from benchmarks.ledger import Bench, database, open_bench, record_all
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.tax_facts import label
from domain.ledger.tax_year import Jurisdiction, TaxYear
from domain.shared.ids import AccountId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

BEGIN = datetime(2025, 1, 2, 15, tzinfo=UTC)
YEAR = timedelta(days=360)


def entries(account_id: AccountId, disposals: int, instruments: int) -> list[TradeEntry]:
    """Purchases and sales in turn; a sale comes two purchases after its own."""
    return [
        TradeEntry(
            account_id=account_id,
            instrument=InstrumentTerms(
                key=InstrumentKey(f"S{number // 2 % instruments:03}", "NASDAQ", Segment.EQUITY, Currency("USD"))
            ),
            side=Side.SELL if number % 2 else Side.BUY,
            quantity=Decimal(10),
            price=Decimal(100 + (number // 2 * 7_919 + number % 2 * 13) % 40),
            executed_at=BEGIN + YEAR * number / (disposals * 2),
            fees=Fees({FeeKind.BROKERAGE: Decimal("0.35")}),
        )
        for number in range(disposals * 2)
    ]


@dataclass(frozen=True, slots=True)
class Year:
    """A trader's reports of one year."""

    bench: Bench
    queries: SqlTaxQueries
    rates: EcbRates
    wanted: TaxReportFilter

    async def totals(self) -> str:
        """What the year adds up to."""
        report = await ReadTaxReport(self.queries, self.rates)(self.bench.actor, self.wanted)
        sums = report.totals[0].total
        return f"{sums.lines:,} lines, disallowed {sums.disallowed:,.2f}"

    async def export(self) -> str:
        """All lines, one by one."""
        count = washed = 0
        async for view in ExportTaxLines(self.queries, self.rates)(self.bench.actor, self.wanted):
            count += 1
            washed += view.line.wash_sale is not None or view.line.share_matching is not None
        return f"{count:,} lines, {washed:,} labelled"

    async def page(self) -> str:
        """The first fifty lines."""
        page = await ListTaxLines(self.queries, self.rates)(self.bench.actor, self.wanted, PageRequest())
        return f"{len(page.rows)} lines"

    async def labels(self) -> str:
        """What is left without reading the facts."""
        async with self.queries.snapshot(self.bench.actor) as snapshot:
            facts = await snapshot.facts(self.wanted.year, await snapshot.instruments(self.wanted))
        begin = time.process_time()
        label(self.wanted.year.jurisdiction, facts)
        return f"labelling alone {time.process_time() - begin:.2f} s"


async def timed(name: str, work: Awaitable[str]) -> None:
    """Print the seconds the work takes, and what came of it."""
    begin, worked = time.perf_counter(), time.process_time()
    came = await work
    seconds, busy = time.perf_counter() - begin, time.process_time() - worked
    print(f"  {name:<20} {seconds:8.2f} s, of which {busy:6.2f} s in Python   {came}")


async def measure(url: str, disposals: int, instruments: int) -> None:
    """Print the numbers for that many disposals."""
    engine = open_engine(url, pool_size=4, statement_timeout_s=120)
    bench = await open_bench(url, engine)
    await record_all(bench, entries(bench.account_id, disposals, instruments))
    rates = EcbRates()
    print(f"{disposals:,} disposals over {instruments} instruments")
    for jurisdiction, name in ((Jurisdiction.US, "2025"), (Jurisdiction.UK, "2024-25")):
        wanted = TaxReportFilter(year=TaxYear.named(jurisdiction, name))
        year = Year(bench, SqlTaxQueries(engine), rates, wanted)
        await timed(f"{jurisdiction}: totals", year.totals())
        await timed(f"{jurisdiction}: export", year.export())
        await timed(f"{jurisdiction}: a page", year.page())
        await timed(f"{jurisdiction}: facts", year.labels())
    await engine.dispose()


def main() -> None:
    """Measure each number of disposals on a server of its own."""
    for disposals in [int(argument) for argument in sys.argv[1:]] or [10_000, 50_000]:
        for instruments in (500, 1):
            with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as url:
                asyncio.run(measure(url, disposals, instruments))


if __name__ == "__main__":
    main()
