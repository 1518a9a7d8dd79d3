"""Rates for the lines of a tax report, each day of each currency looked up once, while lines stream by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.tax_reports import TaxLineView, TaxPartView
from domain.ledger.exchange import Rate
from domain.ledger.tax_conversion import days_of, report
from domain.ledger.tax_report import TaxLabeller, TaxLine
from domain.shared.money import Currency

_AT_ONCE: Final = 1_000


@dataclass(slots=True)
class TaxRates:
    """Rates into one currency; what is asked for once is known from then on, also that there is none."""

    exchange_rates: ExchangeRates
    quote: Currency
    _known: dict[Currency, dict[date, Rate]] = field(default_factory=dict[Currency, dict[date, Rate]])
    _asked: dict[Currency, set[date]] = field(default_factory=dict[Currency, set[date]])

    def of(self, currency: Currency) -> Mapping[date, Rate]:
        """The rates of a currency by the days of lines that were prepared; a day without one is left out."""
        return self._known.setdefault(currency, {})

    async def prepare(self, lines: Iterable[tuple[TaxLine, Currency]]) -> None:
        """Look up what these lines need."""
        wanted: dict[Currency, set[date]] = {}
        for line, currency in lines:
            wanted.setdefault(currency, set()).update(days_of(line))
        for currency, days in wanted.items():
            asked = self._asked.setdefault(currency, set())
            if days - asked:
                known = self._known.setdefault(currency, {})
                known.update(await self.exchange_rates.rates(currency, self.quote, days - asked))
                asked |= days


@dataclass(frozen=True, slots=True)
class Prepared:
    """A line with its instrument's part and currency, whose rates are at hand."""

    line: TaxLine
    view: TaxPartView
    currency: Currency


async def prepared(
    parts: AsyncIterator[TaxPartView], labeller: TaxLabeller, rates: TaxRates
) -> AsyncIterator[Prepared]:
    """Yield labelled lines whose rates were looked up, of which only some are in memory at a time."""
    waiting: list[TaxPartView] = []
    async for view in parts:
        waiting.append(view)
        if len(waiting) == _AT_ONCE:
            for line in await prepare(waiting, labeller, rates):
                yield line
            waiting.clear()
    for line in await prepare(waiting, labeller, rates):
        yield line


async def prepare(views: Sequence[TaxPartView], labeller: TaxLabeller, rates: TaxRates) -> Sequence[Prepared]:
    """Label parts and look their rates up."""
    lines = [Prepared(labeller.line(view.part), view, Currency(view.instrument.currency)) for view in views]
    await rates.prepare((each.line, each.currency) for each in lines)
    return lines


def shown(each: Prepared, rates: TaxRates) -> TaxLineView:
    """Show a line, in its own currency and in the reporting one."""
    return TaxLineView(each.line, each.view.instrument, report(each.line, rates.of(each.currency)))
