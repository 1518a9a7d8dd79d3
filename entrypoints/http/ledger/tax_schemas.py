"""What goes over the wire for capital gains reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.tax_reports import TaxLineView, TaxReportView
from domain.ledger.action_terms import ActionKind
from domain.ledger.exchange import Rate, RateSource
from domain.ledger.holding_period import HoldingClass
from domain.ledger.lot import Direction
from domain.ledger.tax_conversion import Reported
from domain.ledger.tax_labels import ShareMatching, WashSale
from domain.ledger.tax_report import TaxSums, TaxTotals
from domain.ledger.tax_year import Jurisdiction
from domain.shared.money import ZERO, Currency
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.types import AmountText, CurrencyText, DateText, decimal_text

Day: TypeAlias = Annotated[date, Meta(description="A day where the account is kept.", examples=["2025-03-31"])]
_CLASS = (
    "More than one year by the calendar is long-term in the US and India, more than `longTermDays` if that is given; a "
    "short sale is always short-term. Null without a known purchase, and in the UK, which has no classes."
)


class TaxSumsBody(Struct, rename="camel", kw_only=True):
    """What lines with a known cost add up to: gain = proceeds - cost, as the ledger realised it."""

    lines: Annotated[int, Meta(ge=0, examples=[3])]
    proceeds: AmountText
    cost: AmountText
    fees: Annotated[AmountText, Meta(description="Those of both sides; proceeds and cost have them in already.")]
    gain: AmountText
    disallowed_loss: Annotated[
        AmountText, Meta(description="What of the losses wash sales disallow; `gain` still has it in.")
    ]


class TaxClassBody(Struct, rename="camel", kw_only=True):
    """The sums of one class."""

    holding_class: Annotated[HoldingClass | None, Meta(description=_CLASS)]
    sums: TaxSumsBody


class MissingBasisLinesBody(Struct, rename="camel", kw_only=True):
    """What was sold without a known purchase: in no other sum, and never a gain."""

    lines: Annotated[int, Meta(ge=0, examples=[0])]
    proceeds: Annotated[AmountText, Meta(description="What came in for it, net of fees.")]


class TaxTotalsBody(Struct, rename="camel", kw_only=True):
    """The sums in one currency; currencies are never added."""

    currency: CurrencyText
    total: TaxSumsBody
    by_class: list[TaxClassBody]
    missing_basis: MissingBasisLinesBody


class UnreportedBody(Struct, rename="camel", kw_only=True):
    """Lines that are in no sum of the reporting currency, because a day had no rate."""

    currency: CurrencyText
    date: Annotated[DateText, Meta(description="The day without a rate.")]
    lines: Annotated[int, Meta(ge=1, examples=[1])]


class ReportedTotalsBody(Struct, rename="camel", kw_only=True):
    """The sums of all lines in the currency of the jurisdiction, each amount at the rate of the day it moved on."""

    totals: TaxTotalsBody
    unreported: list[UnreportedBody]


class TaxReportBody(Struct, rename="camel", kw_only=True):
    """A tax year with what its lines add up to."""

    jurisdiction: Jurisdiction
    year: Annotated[str, Meta(examples=["2025"])]
    first_day: Day
    last_day: Day
    long_term_days: Annotated[int, Meta(ge=0, description="As asked for.", examples=[365])] | None
    currencies: list[TaxTotalsBody]
    reported: ReportedTotalsBody


class ReplacementBody(Struct, rename="camel", kw_only=True):
    """Units that replace sold ones."""

    acquisition_id: Annotated[UUID, Meta(description="The trade that bought them; of an assignment, its lot.")]
    quantity: Annotated[AmountText, Meta(description="Counted in units of the day of the sale.")]


class WashSaleBody(Struct, rename="camel", kw_only=True):
    """How much of a loss is disallowed because the same was bought within 30 days before or after."""

    quantity: Annotated[AmountText, Meta(description="The units sold that were replaced.")]
    disallowed_loss: Annotated[AmountText, Meta(description="Their share of the loss, as a positive amount.")]
    replacements: list[ReplacementBody]


class ShareMatchingBody(Struct, rename="camel", kw_only=True):
    """How many of the units the law of the UK identifies with other purchases than the account's cost method does."""

    same_day: Annotated[AmountText, Meta(description="With purchases of the same day.")]
    thirty_day: Annotated[AmountText, Meta(description="With purchases of the 30 days after.")]


class DisposingActionBody(Struct, rename="camel", kw_only=True):
    """The corporate action that disposed of something."""

    id: UUID
    kind: ActionKind


class RateUsedBody(Struct, rename="camel", kw_only=True):
    """What one unit of the line's currency was worth."""

    rate: Annotated[AmountText, Meta(description="To 18 places, half-even.", examples=["1.0821"])]
    published_on: Annotated[DateText, Meta(description="The day of the rate: the line's, or the last before it.")]
    source: RateSource


class ReportedLineBody(Struct, rename="camel", kw_only=True):
    """A line in the currency of the jurisdiction: what was sold at the rate of that day, what was bought at its own."""

    currency: CurrencyText
    proceeds: AmountText
    cost: AmountText | None
    fees: AmountText
    gain: AmountText | None
    disallowed_loss: Annotated[
        AmountText, Meta(description="The share of the loss in this currency that a wash sale disallows.")
    ]
    sale_rate: RateUsedBody
    purchase_rate: RateUsedBody | None


class TaxLineBody(Struct, rename="camel", kw_only=True):
    """What one disposal took from one lot.

    A short is disposed of when it is sold and acquired by what closes it, so that `disposedOn` comes first.
    """

    disposal_id: UUID
    lot_id: Annotated[UUID | None, Meta(description="Null without a known purchase.")]
    corporate_action: Annotated[
        DisposingActionBody | None, Meta(description="What disposed of it, if that was no trade.")
    ]
    account_id: UUID
    instrument: InstrumentBody
    direction: Annotated[Direction, Meta(description="Whether units held or units owed were closed.")]
    quantity: Annotated[AmountText, Meta(description="Zero where money came for what goes on being held.")]
    acquired_on: Annotated[date | None, Meta(description="When it was bought.", examples=["2024-02-29"])]
    disposed_on: Annotated[date, Meta(description="When it was sold.", examples=["2025-03-01"])]
    realised_on: Annotated[
        date, Meta(description="When it was closed, which decides the tax year.", examples=["2025-03-01"])
    ]
    days_held: Annotated[int, Meta(ge=0, description="Between opening and closing.", examples=[366])] | None
    holding_class: Annotated[HoldingClass | None, Meta(description=_CLASS)]
    proceeds: Annotated[AmountText, Meta(description="What came in, net of fees.")]
    cost: Annotated[AmountText | None, Meta(description="What was paid, with fees; null without a known purchase.")]
    fees: Annotated[AmountText, Meta(description="Those of both sides; proceeds and cost have them in already.")]
    gain: Annotated[AmountText | None, Meta(description="Proceeds - cost; null without a known purchase.")]
    wash_sale: Annotated[WashSaleBody | None, Meta(description="Only in the US.")]
    share_matching: Annotated[ShareMatchingBody | None, Meta(description="Only in the UK.")]
    reported: Annotated[ReportedLineBody | None, Meta(description="Null if one of the days has no rate.")]


def tax_report_body(view: TaxReportView) -> TaxReportBody:
    """Render a report."""
    year = view.wanted.year
    return TaxReportBody(
        jurisdiction=year.jurisdiction,
        year=year.name,
        first_day=year.first,
        last_day=year.last,
        long_term_days=view.wanted.long_term_days,
        currencies=[_totals_body(each) for each in view.totals],
        reported=ReportedTotalsBody(
            totals=_totals_body(view.reported.totals),
            unreported=[
                UnreportedBody(currency=currency.code, date=day.isoformat(), lines=lines)
                for (currency, day), lines in sorted(view.reported.unreported.items(), key=_by_currency_and_day)
            ],
        ),
    )


def tax_line_body(view: TaxLineView) -> TaxLineBody:
    """Render a line."""
    line, part = view.line, view.line.part
    action = None
    if part.event_id is not None and part.event_kind is not None:
        action = DisposingActionBody(id=part.event_id, kind=part.event_kind)
    return TaxLineBody(
        disposal_id=part.disposal_id,
        lot_id=part.lot_id,
        corporate_action=action,
        account_id=part.account_id,
        instrument=instrument_body(view.instrument),
        direction=part.direction,
        quantity=decimal_text(part.quantity),
        acquired_on=line.acquired_on,
        disposed_on=line.disposed_on,
        realised_on=line.realised_on,
        days_held=line.days_held,
        holding_class=line.holding_class,
        proceeds=decimal_text(part.proceeds),
        cost=None if part.cost is None else decimal_text(part.cost),
        fees=decimal_text(part.fees),
        gain=None if part.gain is None else decimal_text(part.gain),
        wash_sale=None if line.wash_sale is None else _wash_sale_body(line.wash_sale),
        share_matching=None if line.share_matching is None else _share_matching_body(line.share_matching),
        reported=None if view.reported is None else _reported_body(view.reported),
    )


def _by_currency_and_day(item: tuple[tuple[Currency, date], int]) -> tuple[str, date]:
    return (item[0][0].code, item[0][1])


def _reported_body(reported: Reported) -> ReportedLineBody:
    part, wash = reported.line.part, reported.line.wash_sale
    return ReportedLineBody(
        currency=reported.sold_at.quote.code,
        proceeds=decimal_text(part.proceeds),
        cost=None if part.cost is None else decimal_text(part.cost),
        fees=decimal_text(part.fees),
        gain=None if part.gain is None else decimal_text(part.gain),
        disallowed_loss=decimal_text(ZERO if wash is None else wash.disallowed),
        sale_rate=_rate_body(reported.sold_at),
        purchase_rate=None if reported.bought_at is None else _rate_body(reported.bought_at),
    )


def _rate_body(rate: Rate) -> RateUsedBody:
    return RateUsedBody(rate=decimal_text(rate.value), published_on=rate.day.isoformat(), source=rate.source)


def _totals_body(totals: TaxTotals) -> TaxTotalsBody:
    return TaxTotalsBody(
        currency=totals.currency.code,
        total=_sums_body(totals.total),
        by_class=[TaxClassBody(holding_class=each, sums=_sums_body(sums)) for each, sums in totals.classes()],
        missing_basis=MissingBasisLinesBody(lines=totals.missing_lines, proceeds=decimal_text(totals.missing_proceeds)),
    )


def _sums_body(sums: TaxSums) -> TaxSumsBody:
    return TaxSumsBody(
        lines=sums.lines,
        proceeds=decimal_text(sums.proceeds),
        cost=decimal_text(sums.cost),
        fees=decimal_text(sums.fees),
        gain=decimal_text(sums.gain),
        disallowed_loss=decimal_text(sums.disallowed),
    )


def _wash_sale_body(label: WashSale) -> WashSaleBody:
    return WashSaleBody(
        quantity=decimal_text(label.quantity),
        disallowed_loss=decimal_text(label.disallowed),
        replacements=[
            ReplacementBody(acquisition_id=each.acquisition_id, quantity=decimal_text(each.quantity))
            for each in label.replacements
        ],
    )


def _share_matching_body(label: ShareMatching) -> ShareMatchingBody:
    return ShareMatchingBody(same_day=decimal_text(label.same_day), thirty_day=decimal_text(label.thirty_day))
