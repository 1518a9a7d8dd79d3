"""What each cost method would make of the same trades: gains move between years and positions, cash does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution
from domain.ledger.group import replay_group
from domain.ledger.method import CostMethod
from domain.ledger.pair import Pair
from domain.ledger.terms import Terms


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """A position under one method."""

    realised: Decimal
    open_cost: Decimal


def compare(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    actions: Iterable[CorporateAction],
    methods: Iterable[CostMethod],
) -> Mapping[Pair, Mapping[CostMethod, MethodFigures]]:
    """Replay the pairs, which hold all that are tied to them, under each method."""
    known = list(actions)
    found: dict[Pair, dict[CostMethod, MethodFigures]] = {pair: {} for pair in terms}
    for method in methods:
        replays = replay_group({pair: replace(each, method=method) for pair, each in terms.items()}, executions, known)
        for pair, each in replays.items():
            found[pair][method] = MethodFigures(each.position.realised, each.position.open_cost)
    return found
