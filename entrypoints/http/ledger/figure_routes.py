"""The routes of profit and loss and of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.ledger.currencies.queries import Display
from application.ledger.explain_disposal import ExplainDisposal
from application.ledger.explain_pnl import ExplainPnl
from application.ledger.explain_position import ExplainPosition
from application.ledger.read_pnl import ReadPnl
from application.ledger.wanted import PnlFilter, PriceChoice
from domain.shared.access import Actor
from domain.shared.ids import TradeId
from domain.shared.moment import Moment
from entrypoints.http.envelope import Success, success
from entrypoints.http.ledger.figure_schemas import (
    DisposalExplanationBody,
    PnlBody,
    PnlExplanationBody,
    PositionExplanationBody,
    disposal_explanation_body,
    pnl_body,
    pnl_explanation_bodies,
    position_explanation_body,
)
from entrypoints.http.ledger.position_routes import (
    FromDate,
    OfAccount,
    OfInstrument,
    Prices,
    ToDate,
    account_wanted,
    instrument_wanted,
)
from entrypoints.http.types import NO_MINOR_UNIT, to_currency, to_date

_OWN = "account"
DisplayText: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^(?:account|[A-Z][A-Z0-9]{2,9})$",
        description="A currency code, or `account` for the currency of each account.",
        examples=["EUR"],
        extra_json_schema=NO_MINOR_UNIT,
    ),
]


async def provide_pnl_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    from_date: FromDate = None,
    to_date_: ToDate = None,
    prices: Prices = PriceChoice.ANY,
) -> PnlFilter:
    """Return which profit and loss is wanted."""
    return PnlFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        from_date=None if from_date is None else to_date(from_date, "from"),
        to_date=None if to_date_ is None else to_date(to_date_, "to"),
        prices=prices,
    )


async def provide_display(
    *,
    currency: Annotated[
        DisplayText | None,
        QueryParameter(
            description="Tell the figures in this currency too, each amount at the rate of the day on which it moved."
        ),
    ] = None,
) -> Display | None:
    """Return in which currency figures are wanted."""
    if currency is None:
        return None
    return Display() if currency == _OWN else Display(to_currency(currency))


_DEPENDENCIES = {"wanted": Provide(provide_pnl_wanted), "display": Provide(provide_display)}


@get("/pnl", tags=["pnl"], dependencies=_DEPENDENCIES)
async def read_profit_and_loss(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PnlFilter],
    display: NamedDependency[Display | None],
    read_pnl: NamedDependency[ReadPnl],
) -> Success[list[PnlBody]]:
    """Read profit and loss, one entry for each currency of your instruments.

    `from` and `to` slice what was realised, by the date of the disposal in the time zone of its account; what is not
    realised yet is always that of now. Each price says who gave it and since when it holds. Open positions without a
    price are listed and never counted, and so is what was sold without a known purchase.

    With `currency`, each entry tells its figures in that currency too, split into what prices and what the currency
    did: price effect = gain x rate of the last day, currency effect = what was put in x the change of the rate
    meanwhile. Days are those of the account's time zone, and an open position's last day is that of its price. What
    has no rate on one of its days is listed apart and in no sum. Converted figures of several entries may be added.
    """
    return success([pnl_body(view) for view in await read_pnl(actor, wanted, moment, display)])


@get("/pnl/explain", tags=["pnl"], dependencies=_DEPENDENCIES)
async def explain_profit_and_loss(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PnlFilter],
    display: NamedDependency[Display | None],
    explain_pnl: NamedDependency[ExplainPnl],
) -> Success[list[PnlExplanationBody]]:
    """Explain totals of profit and loss.

    The trees go down to disposals and positions, which have explanations of their own. Totals of more than 10,000
    disposals are refused with `too_many_to_explain`: narrow them. With `currency`, of which at most 1,000 disposals are
    explained, the trees of the converted figures go down to amounts, days and the rates published on them.
    """
    return success(pnl_explanation_bodies(await explain_pnl(actor, wanted, moment, display)))


@get("/disposals/{disposal_id:uuid}/explain", tags=["disposals"])
async def explain_a_disposal(
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    explain_disposal: NamedDependency[ExplainDisposal],
) -> Success[DisposalExplanationBody]:
    """Explain what a disposal realised: a tree of trades, lots, fees and formulas that gives the same figure."""
    return success(disposal_explanation_body(disposal_id, await explain_disposal(actor, TradeId(disposal_id), moment)))


@get("/positions/{position_id:uuid}/explain", tags=["positions"])
async def explain_a_position(
    position_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    explain_position: NamedDependency[ExplainPosition],
    prices: Prices = PriceChoice.ANY,
) -> Success[PositionExplanationBody]:
    """Explain what is held, what it cost and what it is worth: trees of lots, trades, fees and the price."""
    explanation = await explain_position(actor, position_id, prices, moment)
    return success(position_explanation_body(position_id, explanation))


ROUTES: Sequence[ControllerRouterHandler] = [
    read_profit_and_loss,
    explain_profit_and_loss,
    explain_a_disposal,
    explain_a_position,
]
