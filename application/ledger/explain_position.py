"""Explain what is held, what it cost and what it would bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from application.ledger.queries import FigureQueries
from application.ledger.wanted import PriceChoice
from domain.ledger.figures import Explainer, PositionExplanation
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency

MAX_LOTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ExplainPosition:
    """Builds the trees of a position's figures from its open lots and its price."""

    figure_queries: FigureQueries

    async def __call__(
        self, actor: Actor, position_id: UUID, prices: PriceChoice, moment: Moment = NOW
    ) -> PositionExplanation:
        """Return the trees; raise NotFound, TooManyToExplain above `MAX_LOTS`, or Forbidden without ledger:read."""
        evidence = await self.figure_queries.at(moment).of_position(actor, position_id, prices, MAX_LOTS)
        instrument, mark = evidence.position.instrument, evidence.position.mark
        explainer = Explainer(instrument.id, Currency(instrument.currency), instrument.multiplier, evidence.trades)
        priced = None if mark is None else mark.mark
        return explainer.position(evidence.lots, priced, evidence.pooled)
