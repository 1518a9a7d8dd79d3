"""The route that compares cost methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from application.ledger.method_comparison import MethodComparison, MethodQueries
from domain.ledger.method import CostMethod
from domain.shared.access import Actor
from domain.shared.ids import AccountId
from domain.shared.moment import Moment
from entrypoints.http.envelope import Success, success
from entrypoints.http.ledger.account_schemas import InstrumentBody, instrument_body
from entrypoints.http.types import AmountText, CurrencyText, decimal_text


class MethodTotalsBody(Struct, rename="camel", kw_only=True):
    """All positions of one currency under one method."""

    method: CostMethod
    currency: CurrencyText
    realised: AmountText
    open_cost: AmountText


class MethodFiguresBody(Struct, rename="camel", kw_only=True):
    """A position under one method."""

    method: CostMethod
    realised: AmountText
    open_cost: AmountText


class ComparedPositionBody(Struct, rename="camel", kw_only=True):
    """A position on which the methods do not agree."""

    instrument: InstrumentBody
    methods: list[MethodFiguresBody]


class MethodComparisonBody(Struct, rename="camel", kw_only=True):
    """What each cost method makes of the same trades."""

    current: CostMethod
    totals: list[MethodTotalsBody]
    positions: Annotated[list[ComparedPositionBody], Meta(description="Those that differ, by symbol.")]


@get("/accounts/{account_id:uuid}/cost-methods", tags=["accounts"])
async def compare_methods(
    account_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    method_queries: NamedDependency[MethodQueries],
) -> Success[MethodComparisonBody]:
    """Compare what each cost method makes of an account's trades.

    Nothing changes: look before you switch. All its trades are replayed under every method, corporate actions included;
    what the account has now is under `current`.
    """
    return success(_body(await method_queries.at(moment).compare(actor, AccountId(account_id))))


def _body(comparison: MethodComparison) -> MethodComparisonBody:
    return MethodComparisonBody(
        current=comparison.current,
        totals=[
            MethodTotalsBody(
                method=each.method,
                currency=each.currency,
                realised=decimal_text(each.realised),
                open_cost=decimal_text(each.open_cost),
            )
            for each in comparison.totals
        ],
        positions=[
            ComparedPositionBody(
                instrument=instrument_body(position.instrument),
                methods=[
                    MethodFiguresBody(
                        method=method,
                        realised=decimal_text(figures.realised),
                        open_cost=decimal_text(figures.open_cost),
                    )
                    for method, figures in position.figures.items()
                ],
            )
            for position in comparison.positions
        ],
    )


ROUTES: Sequence[ControllerRouterHandler] = [compare_methods]
