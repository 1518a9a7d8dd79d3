"""Explain totals of profit and loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from application.ledger.queries import FigureQueries
from application.ledger.read_pnl import held
from application.ledger.wanted import PnlFilter
from domain.ledger.explanation import Node
from domain.ledger.pnl import value_holding
from domain.ledger.totals import explain_realised, explain_unrealised
from domain.shared.access import Actor
from domain.shared.money import Currency

MAX_DISPOSALS: Final = 10_000


class PnlExplanation(NamedTuple):
    """Trees of what was realised and of what is not yet, in one currency."""

    currency: Currency
    realised: Node
    unrealised: Node


@dataclass(frozen=True, slots=True)
class ExplainPnl:
    """Builds the trees of the totals; their parts, disposals and positions, are explained by their own."""

    figure_queries: FigureQueries

    async def __call__(self, actor: Actor, wanted: PnlFilter) -> Sequence[PnlExplanation]:
        """Return trees per currency; raise TooManyToExplain above `MAX_DISPOSALS`, Forbidden without ledger:read."""
        evidence = await self.figure_queries.of_pnl(actor, wanted, MAX_DISPOSALS)
        valued = [
            (str(position.id), value_holding(holding, mark))
            for position, (holding, mark) in zip(evidence.positions, held(evidence.positions), strict=True)
            if mark is not None
        ]
        currencies = {each.currency for each in evidence.disposals} | {each.holding.currency for _, each in valued}
        return [
            PnlExplanation(
                currency,
                explain_realised(
                    currency,
                    [
                        (each.id, each.matched_proceeds, each.cost)
                        for each in evidence.disposals
                        if each.currency == currency
                    ],
                ),
                explain_unrealised(currency, [pair for pair in valued if pair[1].holding.currency == currency]),
            )
            for currency in sorted(currencies, key=str)
        ]
