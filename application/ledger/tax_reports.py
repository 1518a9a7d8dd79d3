"""Capital gains reports: what they are made from, each of one snapshot, and what they show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from application.ledger.views import InstrumentView
from application.shared.pages import Page, PageRequest
from domain.ledger.tax_conversion import REPORTING, Reported, ReportedTotals
from domain.ledger.tax_facts import TaxFacts
from domain.ledger.tax_report import HoldingRule, TaxLine, TaxPart, TaxTotals
from domain.ledger.tax_year import TaxYear
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.moment import Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxReportFilter:
    """Which report is wanted; labels always know all accounts, whichever is wanted."""

    year: TaxYear
    long_term_days: int | None = None
    account_id: AccountId | None = None

    @property
    def rule(self) -> HoldingRule:
        """What makes a holding long."""
        return HoldingRule(self.year.jurisdiction, self.long_term_days)

    @property
    def currency(self) -> Currency:
        """The currency that the jurisdiction taxes in."""
        return REPORTING[self.year.jurisdiction]


class TaxPartView(NamedTuple):
    """A part of a disposal with its instrument, as it is stored."""

    part: TaxPart
    instrument: InstrumentView


class TaxLineView(NamedTuple):
    """A line of the report with its instrument, and told in the reporting currency; None if a day had no rate."""

    line: TaxLine
    instrument: InstrumentView
    reported: Reported | None


@dataclass(frozen=True, slots=True)
class TaxReportView:
    """What the lines of a year add up to, per currency, in the order of their codes, and in the reporting currency."""

    wanted: TaxReportFilter
    totals: Sequence[TaxTotals]
    reported: ReportedTotals


class TaxSnapshot(Protocol):
    """One moment of the ledger, for as long as it is open."""

    async def instruments(self, wanted: TaxReportFilter) -> Sequence[InstrumentId]:
        """Return those that the report has lines of."""
        ...

    async def facts(self, year: TaxYear, instrument_ids: Collection[InstrumentId]) -> TaxFacts:
        """Return what labels of these instruments in that year depend on, with the zones of all accounts."""
        ...

    async def page(self, wanted: TaxReportFilter, page: PageRequest) -> Page[TaxPartView]:
        """Return parts of disposals of the year, oldest first."""
        ...

    def parts(self, wanted: TaxReportFilter) -> AsyncIterator[TaxPartView]:
        """Yield all of them, oldest first."""
        ...


class TaxQueries(Protocol):
    """Opens snapshots to make reports from."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    def snapshot(self, actor: Actor) -> AbstractAsyncContextManager[TaxSnapshot]:
        """Open one; raise Forbidden without ledger:read."""
        ...
