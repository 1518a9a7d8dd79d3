"""The routes of capital gains reports: totals and lines as JSON, and the lines as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.ledger.export_tax_lines import ExportTaxLines
from application.ledger.list_tax_lines import ListTaxLines
from application.ledger.read_tax_report import ReadTaxReport
from application.ledger.tax_reports import TaxLineView, TaxReportFilter
from application.shared.pages import PageRequest
from domain.ledger.tax_conversion import Reported
from domain.ledger.tax_year import Jurisdiction, TaxYear
from domain.shared.access import Actor
from domain.shared.moment import Moment
from entrypoints.http.context import exchange
from entrypoints.http.envelope import Success, paged, success
from entrypoints.http.ledger.position_routes import OfAccount, account_wanted
from entrypoints.http.ledger.tax_schemas import TaxLineBody, TaxReportBody, tax_line_body, tax_report_body
from entrypoints.http.spreadsheets import MEDIA_TYPE, Cell, table

_LONGEST: Final = 36_500
_COLUMNS: Final = (
    "disposalId",
    "lotId",
    "corporateActionId",
    "corporateActionKind",
    "accountId",
    "symbol",
    "exchange",
    "segment",
    "currency",
    "isin",
    "direction",
    "quantity",
    "acquiredOn",
    "disposedOn",
    "realisedOn",
    "daysHeld",
    "holdingClass",
    "proceeds",
    "cost",
    "fees",
    "gain",
    "washSaleQuantity",
    "disallowedLoss",
    "replacedBy",
    "sameDayQuantity",
    "thirtyDayQuantity",
    "reportedCurrency",
    "reportedProceeds",
    "reportedCost",
    "reportedGain",
    "reportedDisallowedLoss",
    "saleRate",
    "purchaseRate",
)


async def provide_tax_report_wanted(
    *,
    jurisdiction: Annotated[
        Jurisdiction, QueryParameter(description="Whose tax years and rules; the US unless given.")
    ] = Jurisdiction.US,
    year: Annotated[
        Annotated[str, Meta(pattern="^(?:19[7-9][0-9]|20[0-9]{2})(?:-[0-9]{2})?$", examples=["2025"])] | None,
        QueryParameter(
            description="The tax year: `2025` in the US, `2025-26` in the UK (from 6 April) and in India (from 1 "
            "April). The current one unless given."
        ),
    ] = None,
    long_term_days: Annotated[
        Annotated[int, Meta(ge=0, le=_LONGEST, examples=[365])] | None,
        QueryParameter(
            name="longTermDays",
            description="More days than this make a holding long-term, instead of the jurisdiction's own rule. India's "
            "is that of listed shares, twelve months; what counts longer there needs its days.",
        ),
    ] = None,
    account_id: OfAccount = None,
) -> TaxReportFilter:
    """Return which report is wanted."""
    return TaxReportFilter(
        year=TaxYear.containing(jurisdiction, exchange().received_at.date())
        if year is None
        else TaxYear.named(jurisdiction, year),
        long_term_days=long_term_days,
        account_id=account_wanted(account_id),
    )


_WANTED: Final = {"wanted": Provide(provide_tax_report_wanted)}


@get("/tax-reports", tags=["tax reports"], dependencies=_WANTED)
async def read_tax_report_of_a_year(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[TaxReportFilter],
    read_tax_report: NamedDependency[ReadTaxReport],
) -> Success[TaxReportBody]:
    """Read what a tax year adds up to, per currency and holding class.

    The sums are those of what the ledger realised in the year, to the last digit. Labels change none of them: a loss
    that a wash sale disallows is told beside, and shares that the UK matches with other purchases are counted, while
    costs stay those of the account's cost method.

    `reported` tells all of them in the currency of the jurisdiction, at the rates of the European Central Bank: what
    was sold at that of the day of the sale, what was bought at that of the purchase. Lines that lack a rate are listed.
    """
    return success(tax_report_body(await read_tax_report(actor, wanted, moment)))


@get("/tax-reports/lines", tags=["tax reports"], dependencies=_WANTED)
async def list_tax_report_lines(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[TaxReportFilter],
    page: NamedDependency[PageRequest],
    list_tax_lines: NamedDependency[ListTaxLines],
) -> Success[list[TaxLineBody]]:
    """List the lines of a tax year, one for each lot that each disposal closed, the earliest first.

    A disposal belongs to the year that its day falls into where its account is kept. What was sold without a known
    purchase has a line of its own. Labels look at all your accounts, at every sale and purchase of the instrument,
    under whatever name it had: wash sales (US) by losses in order of time, with purchases within 30 days before and
    after, each unit once; share matching (UK) by the same day first, then the 30 days after. A purchase still to come
    may label a sale of the last 30 days.
    """
    return paged(await list_tax_lines(actor, wanted, page, moment), tax_line_body)


@get(
    "/exports/tax-lines",
    tags=["exports"],
    dependencies=_WANTED,
    opt={
        "answer": {
            MEDIA_TYPE: {
                "schema": {"type": "string", "description": "One line for each lot that each disposal closed."},
                "example": f"{','.join(_COLUMNS)}\r\n",
            }
        }
    },
    media_type=MEDIA_TYPE,
)
async def export_tax_report_lines(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[TaxReportFilter],
    export_tax_lines: NamedDependency[ExportTaxLines],
) -> Stream:
    """Export the lines of a tax year as CSV, the same as the list of them.

    Replacements of a wash sale are the ids of their purchases, one after the other with a blank between.
    """
    name = f"tax-lines-{wanted.year.jurisdiction}-{wanted.year.name}.csv"
    return await table(name, _COLUMNS, export_tax_lines(actor, wanted, moment), tax_cells)


def tax_cells(view: TaxLineView) -> Iterator[Sequence[Cell]]:
    """Return the cells of a line."""
    line, part, instrument = view.line, view.line.part, view.instrument
    wash, matching = line.wash_sale, line.share_matching
    yield (
        part.disposal_id,
        part.lot_id,
        None if part.event_kind is None else part.event_id,
        part.event_kind,
        part.account_id,
        instrument.symbol,
        instrument.exchange,
        instrument.segment,
        instrument.currency,
        instrument.isin,
        part.direction,
        part.quantity,
        line.acquired_on,
        line.disposed_on,
        line.realised_on,
        line.days_held,
        line.holding_class,
        part.proceeds,
        part.cost,
        part.fees,
        part.gain,
        None if wash is None else wash.quantity,
        None if wash is None else wash.disallowed,
        None if wash is None else " ".join(str(each.acquisition_id) for each in wash.replacements),
        None if matching is None else matching.same_day,
        None if matching is None else matching.thirty_day,
        *_reported_cells(view.reported),
    )


def _reported_cells(reported: Reported | None) -> Sequence[Cell]:
    if reported is None:
        return (None,) * 7
    part, wash, bought_at = reported.line.part, reported.line.wash_sale, reported.bought_at
    return (
        reported.sold_at.quote.code,
        part.proceeds,
        part.cost,
        part.gain,
        None if wash is None else wash.disallowed,
        reported.sold_at.value,
        None if bought_at is None else bought_at.value,
    )


ROUTES: Sequence[ControllerRouterHandler] = [
    read_tax_report_of_a_year,
    list_tax_report_lines,
    export_tax_report_lines,
]
