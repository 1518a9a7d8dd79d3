"""What a tax year adds up to: gains and losses per currency and holding class, labelled."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.tax_reports import TaxQueries, TaxReportFilter, TaxReportView
from domain.ledger.tax_report import TaxLabeller, TaxTotals
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class ReadTaxReport:
    """Adds the lines of a year up."""

    tax_queries: TaxQueries

    async def __call__(self, actor: Actor, wanted: TaxReportFilter, moment: Moment = NOW) -> TaxReportView:
        """Return the totals; raise Forbidden without ledger:read."""
        totals: dict[str, TaxTotals] = {}
        async with self.tax_queries.at(moment).snapshot(actor) as snapshot:
            facts = await snapshot.facts(wanted.year, await snapshot.instruments(wanted))
            labeller = TaxLabeller.of(wanted.rule, facts)
            async for part, instrument in snapshot.parts(wanted):
                code = instrument.currency
                if code not in totals:
                    totals[code] = TaxTotals(Currency(code))
                totals[code].add(labeller.line(part))
        return TaxReportView(wanted, [totals[code] for code in sorted(totals)])
