"""Profit and loss: what disposals realised, and what open positions are worth, per currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from application.ledger.queries import FigureQueries
from application.ledger.views import PnlView, PositionView
from application.ledger.wanted import PnlFilter
from domain.ledger.pnl import Holding, Mark, Realised, total_unrealised
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import ZERO, Currency


@dataclass(frozen=True, slots=True)
class ReadPnl:
    """Adds profit and loss up; a position without a price is listed and not counted."""

    figure_queries: FigureQueries

    async def __call__(self, actor: Actor, wanted: PnlFilter, moment: Moment = NOW) -> Sequence[PnlView]:
        """Return one view per currency, in the order of their codes; raise Forbidden without ledger:read."""
        figures = await self.figure_queries.at(moment).pnl(actor, wanted)
        realised = {each.currency: each for each in figures.realised}
        unrealised = total_unrealised(held(figures.positions))
        views: list[PnlView] = []
        for currency in sorted({*realised, *unrealised}, key=str):
            positions = [each for each in figures.positions if each.instrument.currency == currency.code]
            totals = unrealised.get(currency)
            views.append(
                PnlView(
                    realised=realised.get(currency, Realised(currency=currency)),
                    market_value=ZERO if totals is None else totals.market_value,
                    open_cost=ZERO if totals is None else totals.open_cost,
                    unrealised=ZERO if totals is None else totals.unrealised,
                    priced=tuple(each for each in positions if each.mark is not None),
                    unpriced=tuple(each for each in positions if each.mark is None),
                )
            )
        return views


def held(positions: Iterable[PositionView]) -> list[tuple[Holding, Mark | None]]:
    """The holdings of open positions, each with the mark it is to be valued at."""
    return [
        (
            Holding(
                account_id=position.account_id,
                instrument_id=position.instrument.id,
                currency=Currency(position.instrument.currency),
                multiplier=position.instrument.multiplier,
                quantity=position.quantity,
                open_cost=position.open_cost,
            ),
            None if position.mark is None else Mark(position.mark.price, position.mark.as_of, position.mark.source),
        )
        for position in positions
    ]
