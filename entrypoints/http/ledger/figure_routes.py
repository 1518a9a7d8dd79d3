"""The routes of profit and loss and of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

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
from entrypoints.http.types import to_date


async def provide_pnl_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    from_date: FromDate = None,
    to_date_: ToDate = None,
    prices: Prices = PriceChoice.USER_OR_LAST_TRADE,
) -> PnlFilter:
    """Return which profit and loss is wanted."""
    return PnlFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        from_date=None if from_date is None else to_date(from_date, "from"),
        to_date=None if to_date_ is None else to_date(to_date_, "to"),
        prices=prices,
    )


@get("/pnl", tags=["pnl"], dependencies={"wanted": Provide(provide_pnl_wanted)})
async def read_profit_and_loss(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PnlFilter],
    read_pnl: NamedDependency[ReadPnl],
) -> Success[list[PnlBody]]:
    """Read profit and loss, one entry for each currency of your instruments.

    `from` and `to` slice what was realised, by the date of the disposal in the time zone of its account; what is not
    realised yet is always that of now. Each price says who gave it and since when it holds. Open positions without a
    price are listed and never counted, and so is what was sold without a known purchase.
    """
    return success([pnl_body(view) for view in await read_pnl(actor, wanted, moment)])


@get("/pnl/explain", tags=["pnl"], dependencies={"wanted": Provide(provide_pnl_wanted)})
async def explain_profit_and_loss(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PnlFilter],
    explain_pnl: NamedDependency[ExplainPnl],
) -> Success[list[PnlExplanationBody]]:
    """Explain totals of profit and loss.

    The trees go down to disposals and positions, which have explanations of their own. Totals of more than 10,000
    disposals are refused with `too_many_to_explain`: narrow them.
    """
    return success(pnl_explanation_bodies(await explain_pnl(actor, wanted, moment)))


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
    prices: Prices = PriceChoice.USER_OR_LAST_TRADE,
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
