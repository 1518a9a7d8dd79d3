"""Explain what a disposal realised."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.queries import FigureQueries
from domain.ledger.figures import DisposalExplanation, Explainer
from domain.shared.access import Actor
from domain.shared.ids import TradeId
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class ExplainDisposal:
    """Builds the trees of a disposal's figures from its trades and lots."""

    figure_queries: FigureQueries

    async def __call__(self, actor: Actor, disposal_id: TradeId, moment: Moment = NOW) -> DisposalExplanation:
        """Return the trees; raise NotFound, or Forbidden without ledger:read."""
        evidence = await self.figure_queries.at(moment).of_disposal(actor, disposal_id)
        instrument = evidence.instrument
        explainer = Explainer(instrument.id, Currency(instrument.currency), instrument.multiplier, evidence.trades)
        return explainer.disposal(evidence.disposal, evidence.lots)
