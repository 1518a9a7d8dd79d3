"""Compare cost methods before an account takes another: what each would make of all its trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from application.ledger import settle
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.ledger.views import InstrumentView, instrument_view
from domain.ledger.account import Account
from domain.ledger.method import CostMethod
from domain.ledger.method_comparison import MethodFigures, compare
from domain.ledger.terms import Terms
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId
from domain.shared.money import EXACT, ZERO

# so many pairs are replayed between two questions to the database, when others have their turn
_AT_ONCE = 20


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


@dataclass(frozen=True, slots=True)
class CompareCostMethods:
    """Replays an account under every method and changes nothing."""

    units: LedgerUnits

    async def __call__(self, actor: Actor, account_id: AccountId) -> MethodComparison:
        """Return the comparison; raise NotFound, or Forbidden without ledger:read."""
        actor.require(Scope.LEDGER_READ)
        async with self.units(actor.organisation_id) as unit:
            account = (await unit.accounts.find([account_id])).get(account_id)
            if account is None:
                raise NotFound("account", account_id)
            return await _compared(unit, account)


async def _compared(unit: LedgerUnitOfWork, account: Account) -> MethodComparison:
    waiting = set(await unit.positions.pairs_of(account.id))
    sums: dict[tuple[str, CostMethod], MethodTotals] = {}
    positions: list[ComparedPosition] = []
    while waiting:
        ties = await settle.reach(unit, sorted(waiting)[:_AT_ONCE])
        waiting -= ties.pairs
        # other accounts that are tied to this one keep their methods
        owners = await unit.accounts.find({pair.account_id for pair in ties.pairs})
        instruments = await unit.instruments.by_id({pair.instrument_id for pair in ties.pairs})
        terms = {pair: Terms.of(owners[pair.account_id], instruments[pair.instrument_id]) for pair in ties.pairs}
        executions = await unit.trades.executions(ties.pairs)
        for pair, figures in compare(account.id, terms, executions, (ties.actions, ties.transfers), CostMethod).items():
            instrument = instruments[pair.instrument_id]
            currency = instrument.key.currency.code
            for method, each in figures.items():
                sums.setdefault((currency, method), MethodTotals(method, currency)).add(each)
            if len(set(figures.values())) > 1:
                positions.append(ComparedPosition(instrument_view(instrument), figures))
    totals = sorted(sums.values(), key=lambda each: (each.currency, list(CostMethod).index(each.method)))
    positions.sort(key=lambda each: (each.instrument.symbol, each.instrument.id))
    return MethodComparison(account.details.cost_method, totals, positions)
