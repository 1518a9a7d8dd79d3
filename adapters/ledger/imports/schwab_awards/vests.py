"""What shares were worth when they vested or were bought, told by the transactions that brought them.

After a split the export gives deposits in new shares and leaves older sales in old ones: the same vest then has two
market values, and how many times the one is the other is how many new shares an old one of the sale stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import month_first
from adapters.ledger.imports.delimited.cells import BadCell
from adapters.ledger.imports.schwab_awards.parse import Detail, Transaction, cell_of
from adapters.ledger.imports.totals import last_place
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO

Vests: TypeAlias = Mapping[tuple[str, date], Decimal]


def vests_of(found: Iterable[Transaction]) -> Vests:
    """Return the market value that deposits give, by symbol and day of vesting."""
    known: dict[tuple[str, date], Decimal] = {}
    for item in found:
        for detail in item.transaction_details if item.action == "Deposit" else ():
            try:
                key = (item.symbol or "", month_first(cell_of(detail, "vest_date")))
                known.setdefault(key, amount(cell_of(detail, "vest_fair_market_value")))
            except (BadCell, Invalid):
                # the deposit's own row says what is wrong with it
                continue
    return known


def new_for_old(symbol: str, detail: Detail, vests: Vests) -> int:
    """Return how many shares, as deposits count them, one share of this sale is; 1 unless both market values tell."""
    if not detail.vest_date or not detail.vest_fair_market_value:
        return 1
    deposited = vests.get((symbol, month_first(cell_of(detail, "vest_date"))))
    value = amount(cell_of(detail, "vest_fair_market_value"))
    if deposited is None or deposited <= ZERO:
        return 1
    times = round(Fraction(value) / Fraction(deposited))
    miss = EXACT.abs(EXACT.subtract(value, EXACT.multiply(deposited, Decimal(times))))
    slack = EXACT.add(last_place(value), EXACT.multiply(last_place(deposited), Decimal(times)))
    return times if times > 1 and miss <= slack else 1
