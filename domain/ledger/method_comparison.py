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
from domain.ledger.transfer import Transfer
from domain.shared.ids import AccountId


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """A position under one method."""

    realised: Decimal
    open_cost: Decimal


def compare(
    account_id: AccountId,
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    events: tuple[Sequence[CorporateAction], Sequence[Transfer]],
    methods: Iterable[CostMethod],
) -> Mapping[Pair, Mapping[CostMethod, MethodFigures]]:
    """Replay the account's pairs under each method, among all that are tied to them, which keep their own."""
    actions, transfers = events
    own = [pair for pair in terms if pair.account_id == account_id]
    found: dict[Pair, dict[CostMethod, MethodFigures]] = {pair: {} for pair in own}
    for method in methods:
        under = dict(terms) | {pair: replace(terms[pair], method=method) for pair in own}
        replays = replay_group(under, executions, actions, transfers)
        for pair in own:
            position = replays[pair].position
            found[pair][method] = MethodFigures(position.realised, position.open_cost)
    return found
