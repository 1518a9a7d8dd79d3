"""Amounts as statements print them: with a currency's sign, marks between thousands, brackets for a minus."""

from __future__ import annotations

import re
from decimal import Decimal

from adapters.ledger.imports.delimited.cells import Cell
from domain.shared.money import EXACT, check_number

_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>[-\u2212])?(?:[$£€₹¥] ?)?(?P<late_minus>[-\u2212])?(?:[$£€₹¥] ?)?"
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3}){1,6}|[0-9]{1,20})(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?P<close>\))?",
    re.ASCII,
)
_NOTHING = frozenset({"", "-", "--", "n/a", "N/A"})


def amount(cell: Cell) -> Decimal:
    """Return the number; raise BadCell for what is none. Thousands are told by commas, decimals by the point."""
    text = cell.required()
    match = _AMOUNT.fullmatch(text)
    if match is None or (match["open"] is None) is not (match["close"] is None):
        raise cell.bad("is not an amount like 1234.50, $1,234.50 or (12.00)")
    signs = [match["open"], match["minus"], match["late_minus"]]
    if sum(sign is not None for sign in signs) > 1:
        raise cell.bad("has more than one minus")
    value = Decimal(match["number"].replace(",", ""))
    return check_number(EXACT.minus(value) if any(signs) else value, cell.column)


def optional_amount(cell: Cell) -> Decimal | None:
    """Return the number, or None for a cell that is blank or holds a dash for nothing."""
    return None if cell.text in _NOTHING else amount(cell)
