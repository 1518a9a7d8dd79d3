"""Compares cost methods on what was recorded, at any moment."""

from __future__ import annotations

from asyncio import to_thread
from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.reading import reading
from adapters.ledger.recorded import Recorded, recorded
from application.ledger.method_comparison import ComparedPosition, MethodComparison, MethodQueries, MethodTotals
from application.ledger.views import instrument_view
from domain.ledger.account import Account
from domain.ledger.group import tied
from domain.ledger.method import CostMethod
from domain.ledger.method_comparison import compare
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId
from domain.shared.moment import NOW, Moment


@final
class SqlMethodQueries(MethodQueries):
    """Reads what is recorded in one snapshot, and replays it in a thread: five times a long history takes seconds."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlMethodQueries:
        """Return the same as of the moment."""
        return SqlMethodQueries(self._engine, moment)

    async def compare(self, actor: Actor, account_id: AccountId) -> MethodComparison:
        """Return the comparison."""
        async with reading(self._engine, actor, self._moment) as connection:
            known = await recorded(connection, actor.organisation_id)
        account = known.accounts.get(account_id)
        if account is None:
            raise NotFound("account", account_id)
        return await to_thread(_compared, known, account)


def _compared(known: Recorded, account: Account) -> MethodComparison:
    every = tied(known.executions, known.actions, known.transfers)
    # other accounts that are tied to this one keep their methods
    terms = known.terms(tied((pair for pair in every if pair.account_id == account.id), known.actions, known.transfers))
    sums: dict[tuple[str, CostMethod], MethodTotals] = {}
    positions: list[ComparedPosition] = []
    found = compare(account.id, terms, known.executions, (known.actions, known.transfers), CostMethod)
    for pair, figures in found.items():
        instrument = known.instruments[pair.instrument_id]
        currency = instrument.key.currency.code
        for method, each in figures.items():
            sums.setdefault((currency, method), MethodTotals(method, currency)).add(each)
        if len(set(figures.values())) > 1:
            positions.append(ComparedPosition(instrument_view(instrument), figures))
    totals = sorted(sums.values(), key=lambda each: (each.currency, list(CostMethod).index(each.method)))
    positions.sort(key=lambda each: (each.instrument.symbol, each.instrument.id))
    return MethodComparison(account.details.cost_method, totals, positions)
