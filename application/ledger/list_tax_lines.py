"""The lines of a tax year, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.tax_rates import TaxRates, prepare, shown
from application.ledger.tax_reports import TaxLineView, TaxQueries, TaxReportFilter
from application.shared.pages import Page, PageRequest
from domain.ledger.tax_report import TaxLabeller
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment


@dataclass(frozen=True, slots=True)
class ListTaxLines:
    """Labels the lines of a page; what it reads besides is the history of the instruments on it."""

    tax_queries: TaxQueries
    exchange_rates: ExchangeRates

    async def __call__(
        self, actor: Actor, wanted: TaxReportFilter, page: PageRequest, moment: Moment = NOW
    ) -> Page[TaxLineView]:
        """Return lines, the earliest disposal first; raise Forbidden without ledger:read."""
        async with self.tax_queries.at(moment).snapshot(actor) as snapshot:
            found = await snapshot.page(wanted, page)
            facts = await snapshot.facts(wanted.year, {each.instrument.id for each in found.rows})
        labeller = TaxLabeller.of(wanted.rule, facts)
        rates = TaxRates(self.exchange_rates, wanted.currency)
        lines = await prepare(found.rows, labeller, rates)
        return Page([shown(each, rates) for each in lines], found.next_cursor)
