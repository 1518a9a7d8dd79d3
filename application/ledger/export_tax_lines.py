"""The lines of a tax year as a whole, for a table to keep."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.tax_rates import TaxRates, prepared, shown
from application.ledger.tax_reports import TaxLineView, TaxQueries, TaxReportFilter
from domain.ledger.tax_report import TaxLabeller
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment


@dataclass(frozen=True, slots=True)
class ExportTaxLines:
    """Labels all lines of a year, of which only some are in memory at a time."""

    tax_queries: TaxQueries
    exchange_rates: ExchangeRates

    async def __call__(self, actor: Actor, wanted: TaxReportFilter, moment: Moment = NOW) -> AsyncIterator[TaxLineView]:
        """Yield lines, the earliest disposal first; raise Forbidden without ledger:read."""
        async with self.tax_queries.at(moment).snapshot(actor) as snapshot:
            facts = await snapshot.facts(wanted.year, await snapshot.instruments(wanted))
            labeller = TaxLabeller.of(wanted.rule, facts)
            rates = TaxRates(self.exchange_rates, wanted.currency)
            async for each in prepared(snapshot.parts(wanted), labeller, rates):
                yield shown(each, rates)
