"""Corporate actions that lead to another instrument: lots go over with their dates and costs. In the exact context."""

from __future__ import annotations

from decimal import Decimal

from domain.ledger.action_terms import Assignment, CostShare, Merger, SpinOff, SymbolChange
from domain.ledger.book import Book, copy_of
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.disposal import Match
from domain.ledger.execution import BEFORE_TRADES, Execution, Side
from domain.ledger.lot import Lot
from domain.ledger.lot_changes import change_cost, close_all, is_something, mark, paid, payment, scale, take_cash
from domain.shared.ids import TradeId, derived_id
from domain.shared.money import ZERO, round_share


def lead_over(action: CorporateAction, book: Book, into: Book) -> None:
    """Carry out an action that leads from one instrument to another."""
    terms = action.details.terms
    if isinstance(terms, Assignment):
        _assign(action, terms, book, into)
    elif into.direction in {None, book.direction} and isinstance(terms, SymbolChange | Merger | SpinOff):
        _move(action, terms, book, into)


def _move(action: CorporateAction, terms: SymbolChange | Merger | SpinOff, book: Book, into: Book) -> None:
    new, old = (Decimal(1), Decimal(1)) if isinstance(terms, SymbolChange) else (Decimal(terms.new), Decimal(terms.old))
    lots = book.position.lots_by_age()
    book.position.restate(lots)
    if not is_something(lots, new, old):
        return
    at = action.details.effective_at
    if isinstance(terms, SpinOff):
        moved = _spun_off(action, terms, book)
    else:
        if isinstance(terms, Merger) and terms.cash_per_unit is not None and terms.cash_cost_share is not None:
            _pay_merger(action, terms.cash_per_unit, terms.cash_cost_share, book)
        moved = book.give_all(at)
    if new != old:
        scale(moved, new, old, into.multiplier)
    arrived = [lot for lot in moved if lot.left]
    for lot in arrived:
        change_cost(lot, lot.value(into.multiplier), into.multiplier)
        lot.id, lot.event_id = derived_id(action.id, lot.id), action.id
    into.receive(arrived, at)


def _spun_off(action: CorporateAction, terms: SpinOff, book: Book) -> list[Lot]:
    """Return the parts of the lots that become the new company's, and take their costs from the old lots."""
    numerator, denominator = Decimal(terms.cost_share.numerator), Decimal(terms.cost_share.denominator)
    lots = book.position.lots_by_age()
    before = book.position.open_cost
    parts: list[Lot] = []
    for lot in lots:
        part = copy_of(lot, book.multiplier)
        part.basis = round_share(lot.value(book.multiplier), numerator, denominator)
        part.fee = part.fee_left = round_share(lot.fee_left, numerator, denominator)
        change_cost(lot, lot.value(book.multiplier) - part.basis, book.multiplier)
        lot.fee_left -= part.fee_left
        mark(lot, action)
        parts.append(part)
    book.position.restate(lots)
    book.position.carried_out += before - book.position.open_cost
    return parts


def _pay_merger(action: CorporateAction, per_unit: Decimal, share: CostShare, book: Book) -> None:
    """Realise the cash part of a merger against its share of the cost."""
    numerator, denominator = Decimal(share.numerator), Decimal(share.denominator)
    lots = book.position.lots_by_age()
    matches: list[Match] = []
    for lot in lots:
        amount = lot.left * per_unit * book.multiplier
        value = round_share(lot.value(book.multiplier), numerator, denominator)
        matches.append(payment(action, lot, per_unit, value, amount))
        change_cost(lot, lot.value(book.multiplier) - value, book.multiplier)
        mark(lot, action)
    take_cash(book, sum((lot.left * per_unit * book.multiplier for lot in lots), ZERO))
    book.pay(paid(action, matches, per_unit, book))
    book.position.restate(lots)


def _assign(action: CorporateAction, terms: Assignment, book: Book, into: Book) -> None:
    """Close the options for nothing, which realises their premium, and trade the underlying at the strike."""
    account_id = book.position.terms.account_id
    book.position.settle_totals()
    held = abs(book.position.quantity)
    contracts = held if terms.quantity is None else min(terms.quantity, held)
    close_all(action, ZERO, book, contracts)
    units = contracts * book.multiplier
    id_ = TradeId(derived_id(action.id, derived_id(account_id, terms.into)))
    at = action.details.effective_at
    into.trade(Execution(at, BEFORE_TRADES, id_, Side(terms.underlying_side.value), units, terms.strike, ZERO))
    for lot in into.lots[-1:]:
        if lot.id == id_:
            lot.event_id = action.id
            # the ids of what came at the same instant decide who is first, and another action's may be larger
            into.position.restate(into.position.lots_by_age())
