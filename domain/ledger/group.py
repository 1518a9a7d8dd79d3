"""Positions that corporate actions and transfers tie together, replayed as one history.

Two instruments in one account belong together where an action leads from one to the other: what was sold of the one
decides what arrives in the other. So do two accounts in one instrument where a transfer went between them. A pair
without such ties is a group of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import localcontext
from typing import TypeAlias

from domain.ledger.action_terms import into_of
from domain.ledger.adjusting import adjust
from domain.ledger.book import Book
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.moving import move
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import Replay, replay
from domain.ledger.terms import Terms
from domain.ledger.transfer import Moved, Transfer
from domain.shared.ids import InstrumentId, TransferId
from domain.shared.money import EXACT


class Replays(dict[Pair, Replay]):
    """What becomes of each pair; `moved` tells what each transfer took from one account to the other."""

    def __init__(self, replays: Mapping[Pair, Replay], moved: Mapping[TransferId, Moved]) -> None:
        super().__init__(replays)
        self.moved = moved


Happening: TypeAlias = Execution | CorporateAction | Transfer
Watch: TypeAlias = Callable[[Happening, Sequence[tuple[Pair, Book]]], None]


def tied(pairs: Iterable[Pair], actions: Iterable[CorporateAction], transfers: Iterable[Transfer]) -> frozenset[Pair]:
    """Return the pairs and all that actions and transfers tie to them, there or not yet, over any number of steps."""
    ties: dict[InstrumentId, list[tuple[InstrumentId, CorporateAction]]] = {}
    for action in actions:
        into = into_of(action.details.terms)
        if into is not None:
            ties.setdefault(action.details.instrument_id, []).append((into, action))
            ties.setdefault(into, []).append((action.details.instrument_id, action))
    across: dict[Pair, set[Pair]] = {}
    for transfer in transfers:
        across.setdefault(transfer.source, set()).add(transfer.target)
        across.setdefault(transfer.target, set()).add(transfer.source)
    found = set(pairs)
    todo = list(found)
    while todo:
        pair = todo.pop()
        reached = {
            Pair(pair.account_id, other)
            for other, action in ties.get(pair.instrument_id, ())
            if action.concerns(pair.account_id)
        }
        new = (reached | across.get(pair, set())) - found
        found |= new
        todo += new
    return frozenset(found)


def replay_group(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    actions: Iterable[CorporateAction],
    transfers: Iterable[Transfer],
    until: datetime | None = None,
    *,
    watch: Watch | None = None,
) -> Replays:
    """Apply trades, actions and transfers in the order of their keys, whatever order they come in.

    `terms` names the pairs and holds, with each pair, all that are tied to it. With `until` only what happened up to
    and with that instant counts. `watch` is told of each event that took effect, with the books it may have changed.
    """
    kept = {
        pair: [each for each in executions.get(pair, ()) if until is None or each.executed_at <= until]
        for pair in terms
    }
    eventful: dict[Pair, list[CorporateAction | Transfer]] = {}
    together: set[Pair] = set()
    for action in actions:
        if until is None or action.details.effective_at <= until:
            into = into_of(action.details.terms)
            for pair in terms:
                if pair.instrument_id == action.details.instrument_id and action.concerns(pair.account_id):
                    eventful.setdefault(pair, []).append(action)
                    together |= {pair} if into is None else {pair, Pair(pair.account_id, into)}
    for transfer in transfers:
        if transfer.source in terms and (until is None or transfer.details.transferred_at <= until):
            eventful.setdefault(transfer.source, []).append(transfer)
            together |= transfer.pairs
    if watch is not None:
        together |= terms.keys()
    group = _replay_tied({pair: terms[pair] for pair in terms if pair in together}, kept, eventful, watch)
    group.update((pair, replay(each, kept[pair])) for pair, each in terms.items() if pair not in together)
    return group


def _replay_tied(
    terms: Mapping[Pair, Terms],
    executions: Mapping[Pair, Sequence[Execution]],
    events: Mapping[Pair, Sequence[CorporateAction | Transfer]],
    watch: Watch | None = None,
) -> Replays:
    moved: dict[TransferId, Moved] = {}
    books = {pair: Book(Position(each)) for pair, each in terms.items()}
    history: list[tuple[OrderKey, int, Pair, Execution | CorporateAction | Transfer]] = []
    for number, pair in enumerate(books):
        history += [(each.order_key, number, pair, each) for each in executions.get(pair, ())]
        history += [(each.order_key, number, pair, each) for each in events.get(pair, ())]
    # keys are unique but for an action that holds for several accounts
    history.sort(key=lambda item: item[:2])
    with localcontext(EXACT):
        for key, _, pair, happened in history:
            book = books[pair]
            if isinstance(happened, CorporateAction):
                into = into_of(happened.details.terms)
                other = None if into is None else books[Pair(pair.account_id, into)]
                touched = [(each, each.cash()) for each in (book, other) if each is not None]
                adjust(happened, book, other)
                for each, before in touched:
                    each.note_cash(happened.id, happened.details.effective_at, before)
            elif isinstance(happened, Transfer):
                moved[happened.id] = move(happened, book, books[happened.target])
            else:
                book.trade(happened)
                book.position.last, book.position.last_price = key, happened.price
            if watch is not None:
                watch(happened, [(each, books[each]) for each in _changed_by(happened, pair)])
        return Replays({pair: book.result() for pair, book in books.items()}, moved)


def _changed_by(happened: Happening, pair: Pair) -> Sequence[Pair]:
    """Return the pairs whose books an event of a pair may change."""
    if isinstance(happened, Transfer):
        return (happened.source, happened.target)
    into = into_of(happened.details.terms) if isinstance(happened, CorporateAction) else None
    return (pair,) if into is None else (pair, Pair(pair.account_id, into))
