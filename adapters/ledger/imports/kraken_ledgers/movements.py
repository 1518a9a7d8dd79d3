"""Rows that stand for themselves: payments, rewards, movements between wallets.

The file does not tell what rewards were worth unless it has a column of dollars and the coin is held in dollars; else
they come in at the price 0, which can be corrected: units that are missing would make every later sale wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.crypto import coin
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.kraken_ledgers.parse import Leg
from adapters.ledger.imports.totals import worth
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import InstrumentKey
from domain.shared.money import EXACT, ZERO, Currency

DOLLAR: Final = Currency("USD")
_REWARDS: Final = frozenset({"staking", "dividend", "reward", "receive", "airdrop", "invite bonus"})
_INTERNAL: Final = frozenset(
    {
        "spottostaking",
        "spotfromstaking",
        "stakingfromspot",
        "stakingtospot",
        "allocation",
        "deallocation",
        "autoallocation",
        "migration",
    }
)
_FUTURES: Final = frozenset({"spottofutures", "spotfromfutures"})
_UNPRICED: Final = "the file does not tell what it was worth: correct the price to its value that day"


@dataclass(frozen=True, slots=True)
class Book:
    """What the rows of a file know of one another: the money each coin is held in, and which way the file runs."""

    quotes: Mapping[str, Currency]
    account_currency: Currency
    order: FileOrder

    def coin(self, asset: str) -> InstrumentKey:
        """Return the coin as the account holds it."""
        return coin(asset, self.quotes.get(asset, self.account_currency))


def moved(book: Book, leg: Leg) -> Content | Sequence[Content]:
    """Return what a single row says."""
    if leg.amount == ZERO and leg.fee == ZERO:
        return Ignored("Nothing moved.")
    if leg.subtype in _INTERNAL:
        return Ignored("Moved between wallets of the account.")
    if leg.kind in {"deposit", "withdrawal"} or leg.subtype in _FUTURES:
        return _payment(book, leg)
    is_reward = leg.kind in _REWARDS or (leg.kind == "earn" and leg.subtype in {"reward", ""})
    if is_reward or (leg.kind == "transfer" and leg.amount > ZERO):
        return _reward(book, leg)
    if leg.kind == "rollover" and leg.amount == ZERO and leg.is_money:
        return _cash(book, leg, CashKind.FEE, leg.fee, "fee")
    raise leg.row.cell("type").bad(
        "is a type that cannot be imported yet, or lacks the row it belongs to; enter it by hand"
    )


def fee_in_kind(book: Book, leg: Leg) -> Fill:
    """Return what a fee in a coin is: units given for nothing."""
    return Fill(
        instrument=book.coin(leg.asset),
        side=Side.SELL,
        quantity=leg.fee,
        price=ZERO,
        executed_at=leg.at,
        sequence=book.order.sequence(leg.line),
        fill_id=f"{leg.entry_id}|fee",
        notes=f"Fee of {leg.notes}",
    )


def _payment(book: Book, leg: Leg) -> Sequence[Content]:
    is_in = leg.amount > ZERO
    if leg.is_money:
        found: list[Content] = []
        if leg.amount != ZERO:
            found.append(_cash(book, leg, CashKind.DEPOSIT if is_in else CashKind.WITHDRAWAL, EXACT.abs(leg.amount)))
        if leg.fee != ZERO:
            found.append(_cash(book, leg, CashKind.FEE, leg.fee, "fee"))
        return found
    transfer = TransferEntry(
        instrument=book.coin(leg.asset),
        direction=Direction.IN if is_in else Direction.OUT,
        quantity=EXACT.abs(leg.amount),
        transferred_at=leg.at,
        counterparty="Kraken Futures" if leg.subtype in _FUTURES else "another wallet",
        sequence=book.order.sequence(leg.line),
        entry_id=leg.entry_id,
        notes=leg.notes,
    )
    return [transfer] if leg.fee == ZERO else [transfer, fee_in_kind(book, leg)]


def _reward(book: Book, leg: Leg) -> Content | Sequence[Content]:
    if leg.net <= ZERO:
        raise leg.row.cell("amount").bad("is no reward that is left after its fee; enter it by hand")
    if leg.is_money:
        return _cash(book, leg, CashKind.INTEREST, leg.net)
    instrument, value = book.coin(leg.asset), ZERO
    if leg.value is not None and instrument.currency == DOLLAR:
        value = EXACT.subtract(EXACT.abs(leg.value), EXACT.abs(leg.fee_value or ZERO))
    price, charge = worth(value, leg.net, Side.BUY) if value > ZERO else (ZERO, ZERO)
    fill = Fill(
        instrument=instrument,
        side=Side.BUY,
        quantity=leg.net,
        price=price,
        fees=Fees({FeeKind.OTHER: charge}),
        executed_at=leg.at,
        sequence=book.order.sequence(leg.line),
        fill_id=leg.entry_id,
        notes=leg.notes if price else f"{leg.notes}; {_UNPRICED}",
    )
    return in_kind(fill, CashKind.INTEREST, leg.entry_id)


def _cash(book: Book, leg: Leg, kind: CashKind, amount: Decimal, part: str = "") -> CashEntry:
    return CashEntry(
        kind=kind,
        amount=amount,
        currency=leg.currency,
        occurred_at=leg.at,
        sequence=book.order.sequence(leg.line),
        entry_id=f"{leg.entry_id}|{part}" if part else leg.entry_id,
        notes=f"Fee of {leg.notes}" if part else leg.notes,
    )
