"""What can be read of the ledger by the days on which money moved, so that it can be told in another currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from application.ledger.currencies.ports import ExchangeRates
from application.ledger.queries import PnlEvidence, PnlFigures
from application.ledger.wanted import PnlFilter
from domain.ledger.conversion import Movements
from domain.ledger.converted_totals import ClosedPart
from domain.shared.access import Actor
from domain.shared.moment import Moment
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True)
class Display:
    """The currency in which figures are wanted; None means that of each account."""

    currency: Currency | None = None


@dataclass(frozen=True, slots=True)
class DatedFigures:
    """Profit and loss of one moment, and what it comes from day by day, one for each pair of currencies."""

    figures: PnlFigures
    movements: Sequence[Movements]


@dataclass(frozen=True, slots=True)
class DatedEvidence:
    """What totals come from, and each part of them with its days, one list for each of `movements`."""

    evidence: PnlEvidence
    movements: Sequence[Movements]
    parts: Sequence[Sequence[ClosedPart]]


class DatedQueries(Protocol):
    """What converted figures are computed and explained from. Days are those of the account's time zone."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def dated(
        self, actor: Actor, wanted: PnlFilter, display: Display, exchange_rates: ExchangeRates
    ) -> DatedFigures:
        """Return figures with the rates of their days; raise Forbidden without ledger:read."""
        ...

    async def evidence(
        self, actor: Actor, wanted: PnlFilter, display: Display, exchange_rates: ExchangeRates, limit: int
    ) -> DatedEvidence:
        """Return the evidence; raise TooManyToExplain for more than `limit` disposals."""
        ...
