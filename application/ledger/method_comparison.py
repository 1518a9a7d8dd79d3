"""What each cost method would make of an account's trades: to look at before the account takes another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, Self

from application.ledger.views import InstrumentView
from domain.ledger.method import CostMethod
from domain.ledger.method_comparison import MethodFigures
from domain.shared.access import Actor
from domain.shared.ids import AccountId
from domain.shared.moment import Moment
from domain.shared.money import EXACT, ZERO


@dataclass(slots=True)
class MethodTotals:
    """All positions of one currency under one method."""

    method: CostMethod
    currency: str
    realised: Decimal = ZERO
    open_cost: Decimal = ZERO

    def add(self, figures: MethodFigures) -> None:
        """Add a position."""
        self.realised = EXACT.add(self.realised, figures.realised)
        self.open_cost = EXACT.add(self.open_cost, figures.open_cost)


@dataclass(frozen=True, slots=True)
class ComparedPosition:
    """A position on which the methods do not agree."""

    instrument: InstrumentView
    figures: Mapping[CostMethod, MethodFigures]


@dataclass(frozen=True, slots=True)
class MethodComparison:
    """What each method makes of the account's trades; positions are those that differ, by symbol."""

    current: CostMethod
    totals: Sequence[MethodTotals]
    positions: Sequence[ComparedPosition]


class MethodQueries(Protocol):
    """Replays an account under every method and changes nothing."""

    def at(self, moment: Moment) -> Self:
        """Return the same as of a moment of the past."""
        ...

    async def compare(self, actor: Actor, account_id: AccountId) -> MethodComparison:
        """Return the comparison; raise NotFound, or Forbidden without ledger:read."""
        ...
