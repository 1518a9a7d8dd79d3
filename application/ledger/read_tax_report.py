"""What a tax year adds up to: gains and losses per currency and holding class, labelled, and in one currency."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.tax_rates import TaxRates, prepared
from application.ledger.tax_reports import TaxQueries, TaxReportFilter, TaxReportView
from domain.ledger.tax_conversion import ReportedTotals
from domain.ledger.tax_report import TaxLabeller, TaxTotals
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class ReadTaxReport:
    """Adds the lines of a year up."""

    tax_queries: TaxQueries
    exchange_rates: ExchangeRates

    async def __call__(self, actor: Actor, wanted: TaxReportFilter, moment: Moment = NOW) -> TaxReportView:
        """Return the totals; raise Forbidden without ledger:read."""
        totals: dict[Currency, TaxTotals] = {}
        reported = ReportedTotals(TaxTotals(wanted.currency))
        rates = TaxRates(self.exchange_rates, wanted.currency)
        async with self.tax_queries.at(moment).snapshot(actor) as snapshot:
            facts = await snapshot.facts(wanted.year, await snapshot.instruments(wanted))
            labeller = TaxLabeller.of(wanted.rule, facts)
            async for each in prepared(snapshot.parts(wanted), labeller, rates):
                if each.currency not in totals:
                    totals[each.currency] = TaxTotals(each.currency)
                totals[each.currency].add(each.line)
                reported.add(each.line, each.currency, rates.of(each.currency))
        return TaxReportView(wanted, [totals[currency] for currency in sorted(totals, key=str)], reported)
