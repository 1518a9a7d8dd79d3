"""What each kind of corporate action does to a position: exact, and the same at every replay.

Units and costs are shared out by `round_share`, each from what is left, so that the last lot takes the rest: no unit
and no cent appears or vanishes. Ids of what an action makes are derived from its own. All of this runs in the exact
context.
"""

from __future__ import annotations

from decimal import Decimal

from domain.ledger.action_terms import Bonus, CashMerger, Delisting, Expiry, ReturnOfCapital, Split
from domain.ledger.book import Book, origin_of
from domain.ledger.carrying import lead_over
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.disposal import Match
from domain.ledger.execution import BEFORE_TRADES
from domain.ledger.lot import Lot
from domain.ledger.lot_changes import change_cost, close_all, is_something, mark, paid, payment, scale, take_cash
from domain.ledger.pnl import restated
from domain.shared.ids import derived_id
from domain.shared.money import ZERO, round_share


def adjust(action: CorporateAction, book: Book, into: Book | None) -> None:
    """Let an action take effect on what is held of its instrument; on a flat position it has none.

    `into` is the book of the other instrument in the same account, for actions that lead to one. Where that is held
    the other way round, long against short, lots cannot move, and the action takes no effect: a position has one
    direction, and nobody but the trader knows which of the two is wrong.
    """
    if book.direction is None:
        return
    terms = action.details.terms
    match terms:
        case CashMerger():
            close_all(action, terms.cash_per_unit, book)
        case Delisting():
            close_all(action, terms.price_per_unit, book)
        case Expiry():
            close_all(action, terms.settlement_price, book)
        case Split():
            _split(action, terms, book)
        case Bonus():
            _add_bonus(action, terms, book)
        case ReturnOfCapital():
            _return_capital(action, terms.per_unit, book)
        case _ if into is not None:
            lead_over(action, book, into)
        case _:
            message = f"{action.kind.value} leads to another instrument, and none was given"
            raise AssertionError(message)


def _split(action: CorporateAction, terms: Split, book: Book) -> None:
    new, old = Decimal(terms.new), Decimal(terms.old)
    lots = book.position.lots_by_age()
    if is_something(lots, new, old):
        scale(lots, new, old, book.multiplier)
        for lot in lots:
            mark(lot, action)
        _scale_trip(book, new, old)
        _restate_last_price(book, new, old)
    book.position.restate(lots)


def _restate_last_price(book: Book, new: Decimal, old: Decimal) -> None:
    """Say the last price in new units: it values the position until the next trade."""
    if book.position.last_price is not None:
        book.position.last_price = restated(book.position.last_price, [(new, old)])


def _scale_trip(book: Book, new: Decimal, old: Decimal) -> None:
    """Count the open round trip in new units, so that its mean prices compare with today's."""
    trip = book.position.trip
    if trip is not None:
        trip.entry_quantity = round_share(trip.entry_quantity, new, old)
        trip.exit_quantity = round_share(trip.exit_quantity, new, old)
        trip.max_quantity = round_share(trip.max_quantity, new, old)


def _add_bonus(action: CorporateAction, terms: Bonus, book: Book) -> None:
    lots = book.position.lots_by_age()
    held = sum((lot.left for lot in lots), ZERO)
    units = round_share(held, Decimal(terms.new), Decimal(terms.held))
    added = Lot(
        id=derived_id(action.id, book.position.terms.account_id),
        direction=lots[0].direction,
        quantity=units,
        price=ZERO,
        fee=ZERO,
        opened_at=action.details.effective_at,
        left=units,
        fee_left=ZERO,
        sequence=BEFORE_TRADES,
        basis=ZERO,
        trade_id=origin_of(lots[0]),
        event_id=action.id,
    )
    book.position.restate(lots)
    if units:
        book.receive([added], action.details.effective_at)
        _restate_last_price(book, Decimal(terms.held + terms.new), Decimal(terms.held))


def _return_capital(action: CorporateAction, per_unit: Decimal, book: Book) -> None:
    """Lower each lot's cost by what it gets; a short pays, and its proceeds fall. What exceeds them is realised."""
    lots = book.position.lots_by_age()
    total = ZERO
    matches: list[Match] = []
    for lot in lots:
        amount = lot.left * per_unit * book.multiplier
        total += amount
        before = lot.value(book.multiplier)
        change_cost(lot, max(before - amount, ZERO), book.multiplier)
        mark(lot, action)
        if amount > before:
            matches.append(payment(action, lot, per_unit, ZERO, amount - before))
    take_cash(book, total)
    if matches:
        book.pay(paid(action, matches, per_unit, book))
    book.position.restate(lots)
