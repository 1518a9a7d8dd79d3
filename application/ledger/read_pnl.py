"""Profit and loss: what disposals realised, and what open positions are worth, per currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.currencies.queries import DatedQueries, Display
from application.ledger.queries import FigureQueries, PnlFigures
from application.ledger.views import PnlView, PositionView
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Converted, convert
from domain.ledger.pnl import Holding, Mark, Realised, total_unrealised
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import ZERO, Currency


@dataclass(frozen=True, slots=True)
class ReadPnl:
    """Adds profit and loss up; a position without a price is listed and not counted."""

    figure_queries: FigureQueries
    dated_queries: DatedQueries
    exchange_rates: ExchangeRates

    async def __call__(
        self, actor: Actor, wanted: PnlFilter, moment: Moment = NOW, display: Display | None = None
    ) -> Sequence[PnlView]:
        """Return one view per currency, in the order of their codes; raise Forbidden without ledger:read.

        With `display` each also tells its figures in that currency, at the rates of the days on which money moved.
        """
        if display is None:
            return _views(await self.figure_queries.at(moment).pnl(actor, wanted), None)
        dated = await self.dated_queries.at(moment).dated(actor, wanted, display, await self.exchange_rates.current())
        return _views(dated.figures, [convert(each) for each in dated.movements])


def _views(figures: PnlFigures, converted: Sequence[Converted] | None) -> list[PnlView]:
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
                converted=None if converted is None else tuple(each for each in converted if each.base == currency),
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
            None if position.mark is None else position.mark.mark,
        )
        for position in positions
    ]
