"""Trades: what was given in one row, what was got in another, and their fees.

A fee in a coin is taken from the units: fewer arrive for the same money, or more leave for it. A trade of a coin for
another is a sale and a purchase of one value, which only newer files tell, in dollars; without it none is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.ledger.imports.crypto import coin
from adapters.ledger.imports.kraken_ledgers.movements import DOLLAR, Book
from adapters.ledger.imports.kraken_ledgers.parse import Leg
from adapters.ledger.imports.totals import worth
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.shared.money import EXACT, ZERO, plain


def traded(book: Book, legs: Sequence[Leg]) -> Sequence[Content]:
    """Return the entries of the rows of one reference; raise BadCell if they are not one trade."""
    given = [leg for leg in legs if leg.amount < ZERO]
    got = [leg for leg in legs if leg.amount > ZERO]
    if len(given) != 1 or len(got) != 1 or len(legs) != 2:  # noqa: PLR2004 - what was given and what was got
        reason = f"has {len(given)} rows of what was given and {len(got)} of what was got, which is no trade"
        raise legs[0].row.cell("refid").bad(f"{reason}; enter it by hand")
    out, into = given[0], got[0]
    if out.is_money and into.is_money:
        return _exchange(book, out, into)
    if out.is_money:
        return [_fill(book, into, Side.BUY, CashLeg(EXACT.minus(out.amount), out.currency), fee=out.fee)]
    if into.is_money:
        return [_fill(book, out, Side.SELL, CashLeg(into.amount, into.currency), fee=into.fee)]
    return _swap(book, out, into)


def _fill(book: Book, leg: Leg, side: Side, value: CashLeg, *, fee: Decimal = ZERO, part: str = "") -> Fill:
    quantity = EXACT.abs(leg.net)
    if leg.net == ZERO or (leg.net > ZERO) is not (side is Side.BUY):
        raise leg.row.cell("fee").bad(f"leaves nothing of the {plain(leg.amount)} {leg.asset}")
    price, charge = worth(value.amount, quantity, side)
    reference = f"kraken|{leg.row.text('refid')}"
    taken = "" if leg.fee == ZERO else f", with a fee of {plain(leg.fee)} {leg.asset} in its units"
    return Fill(
        instrument=coin(leg.asset, value.currency),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=leg.at,
        sequence=book.order.sequence(leg.line),
        fees=Fees({FeeKind.BROKERAGE: fee, FeeKind.OTHER: charge}),
        fill_id=f"{reference}|{part}" if part else reference,
        broker_trade_id=leg.row.text("refid")[:64],
        notes=f"{leg.notes}{taken}",
    )


def _exchange(book: Book, out: Leg, into: Leg) -> Sequence[Content]:
    entry = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=EXACT.minus(out.amount),
        currency=out.currency,
        received=CashLeg(into.amount, into.currency),
        occurred_at=out.at,
        sequence=book.order.sequence(out.line),
        entry_id=f"kraken|{out.row.text('refid')}",
        notes=out.notes,
    )
    fees = [
        CashEntry(
            kind=CashKind.FEE,
            amount=leg.fee,
            currency=leg.currency,
            occurred_at=leg.at,
            sequence=book.order.sequence(leg.line),
            entry_id=f"{leg.entry_id}|fee",
            notes=f"Fee of {leg.notes}",
        )
        for leg in (out, into)
        if leg.fee != ZERO
    ]
    return [entry, *fees]


def _swap(book: Book, out: Leg, into: Leg) -> Sequence[Content]:
    is_in_dollars = all(book.coin(leg.asset).currency == DOLLAR for leg in (out, into))
    if not out.value or not is_in_dollars:
        raise out.row.cell("asset").bad(
            f"was traded for {into.asset} and the file does not tell what either was worth in the money they are held "
            f"in; enter a sale of {plain(EXACT.minus(out.net))} {out.asset} and a purchase of {plain(into.net)} "
            f"{into.asset} at that value"
        )
    value = CashLeg(EXACT.abs(out.value), DOLLAR)
    return [_fill(book, out, Side.SELL, value, part="out"), _fill(book, into, Side.BUY, value, part="in")]
