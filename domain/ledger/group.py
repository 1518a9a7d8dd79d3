"""Positions that corporate actions tie together, replayed as one history.

Two instruments in one account belong together where an action leads from one to the other: what was sold of the one
decides what arrives in the other. A pair without such ties is a group of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import localcontext

from domain.ledger.action_terms import into_of
from domain.ledger.adjusting import adjust
from domain.ledger.book import Book
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import Replay, replay
from domain.ledger.terms import Terms
from domain.shared.ids import InstrumentId
from domain.shared.money import EXACT


def tied(pairs: Iterable[Pair], actions: Iterable[CorporateAction]) -> frozenset[Pair]:
    """Return the pairs and all that actions tie to them, there or not yet, over any number of steps."""
    ties: dict[InstrumentId, list[tuple[InstrumentId, CorporateAction]]] = {}
    for action in actions:
        into = into_of(action.details.terms)
        if into is not None:
            ties.setdefault(action.details.instrument_id, []).append((into, action))
            ties.setdefault(into, []).append((action.details.instrument_id, action))
    found = set(pairs)
    todo = list(found)
    while todo:
        pair = todo.pop()
        for other, action in ties.get(pair.instrument_id, ()):
            reached = Pair(pair.account_id, other)
            if action.concerns(pair.account_id) and reached not in found:
                found.add(reached)
                todo.append(reached)
    return frozenset(found)


def replay_group(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    actions: Iterable[CorporateAction],
    until: datetime | None = None,
) -> Mapping[Pair, Replay]:
    """Apply trades and actions in the order of their keys, whatever order they come in.

    `terms` names the pairs and holds, with each pair, all that are tied to it. With `until` only what happened up to
    and with that instant counts.
    """
    ordered = sorted(
        (action for action in actions if until is None or action.details.effective_at <= until),
        key=lambda action: action.order_key,
    )
    kept = {
        pair: [each for each in executions.get(pair, ()) if until is None or each.executed_at <= until]
        for pair in terms
    }
    eventful: dict[Pair, list[CorporateAction]] = {}
    for action in ordered:
        for pair in terms:
            if pair.instrument_id == action.details.instrument_id and action.concerns(pair.account_id):
                eventful.setdefault(pair, []).append(action)
    together = set(eventful) | {
        Pair(pair.account_id, into)
        for pair, happened in eventful.items()
        for action in happened
        if (into := into_of(action.details.terms)) is not None
    }
    results = {pair: replay(each, kept[pair]) for pair, each in terms.items() if pair not in together}
    return results | _replay_tied({pair: terms[pair] for pair in terms if pair in together}, kept, eventful)


def _replay_tied(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    actions: Mapping[Pair, Sequence[CorporateAction]],
) -> dict[Pair, Replay]:
    books = {pair: Book(Position(each)) for pair, each in terms.items()}
    history: list[tuple[OrderKey, int, Pair, Execution | CorporateAction]] = []
    for number, pair in enumerate(books):
        history += [(each.order_key, number, pair, each) for each in executions.get(pair, ())]
        history += [(each.order_key, number, pair, each) for each in actions.get(pair, ())]
    # keys are unique but for an action that holds for several accounts
    history.sort(key=lambda item: item[:2])
    with localcontext(EXACT):
        for key, _, pair, happened in history:
            book = books[pair]
            if isinstance(happened, CorporateAction):
                into = into_of(happened.details.terms)
                adjust(happened, book, None if into is None else books[Pair(pair.account_id, into)])
            else:
                book.trade(happened)
                book.position.last, book.position.last_price = key, happened.price
        return {pair: book.result() for pair, book in books.items()}
