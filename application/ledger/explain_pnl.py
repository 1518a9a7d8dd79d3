"""Explain totals of profit and loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.currencies.queries import DatedQueries, Display
from application.ledger.queries import FigureQueries, PnlEvidence
from application.ledger.read_pnl import held
from application.ledger.wanted import PnlFilter
from domain.ledger.converted_totals import ConvertedExplanation, explain_converted
from domain.ledger.explanation import Node
from domain.ledger.pnl import value_holding
from domain.ledger.totals import explain_realised, explain_unrealised
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment
from domain.shared.money import Currency

MAX_DISPOSALS: Final = 10_000
# each is told three times over, with its days and their rates
MAX_CONVERTED_DISPOSALS: Final = 1_000


class PnlExplanation(NamedTuple):
    """Trees of what was realised and of what is not yet, in one currency, and in others if that was asked for."""

    currency: Currency
    realised: Node
    unrealised: Node
    converted: tuple[ConvertedExplanation, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExplainPnl:
    """Builds the trees of the totals; their parts, disposals and positions, are explained by their own."""

    figure_queries: FigureQueries
    dated_queries: DatedQueries
    exchange_rates: ExchangeRates

    async def __call__(
        self, actor: Actor, wanted: PnlFilter, moment: Moment = NOW, display: Display | None = None
    ) -> Sequence[PnlExplanation]:
        """Return trees per currency, with `display` in that one too; raise Forbidden without ledger:read.

        Raises TooManyToExplain above `MAX_DISPOSALS`, with `display` above `MAX_CONVERTED_DISPOSALS`.
        """
        if display is None:
            return _explained(await self.figure_queries.at(moment).of_pnl(actor, wanted, MAX_DISPOSALS), None)
        dated = await self.dated_queries.at(moment).evidence(
            actor, wanted, display, await self.exchange_rates.current(), MAX_CONVERTED_DISPOSALS
        )
        converted = [explain_converted(each, parts) for each, parts in zip(dated.movements, dated.parts, strict=True)]
        return _explained(dated.evidence, converted)


def _explained(evidence: PnlEvidence, converted: Sequence[ConvertedExplanation] | None) -> list[PnlExplanation]:
    valued = [
        (str(position.id), value_holding(holding, mark))
        for position, (holding, mark) in zip(evidence.positions, held(evidence.positions), strict=True)
        if mark is not None
    ]
    currencies = {each.currency for each in evidence.disposals} | {each.holding.currency for _, each in valued}
    currencies |= {each.base for each in converted or ()}
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
            None if converted is None else tuple(each for each in converted if each.base == currency),
        )
        for currency in sorted(currencies, key=str)
    ]
