"""Reads amounts with their currency, which is in the name of the column or in a column beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.delimited.cells import BadCell, Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.shared.minor_units import major
from domain.shared.money import ZERO, Currency

_NOTHING: Final = frozenset({"", "-", "Not available"})


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount in its currency, and the cell that it is from; pence have become pounds."""

    amount: Decimal
    currency: Currency
    cell: Cell


def sum_of(row: TableRow, name: str, fallback: Currency) -> Sum | None:
    """Return an amount such as `Total` from `Total` and `Currency (Total)`, or from `Total (GBP)`; None for none."""
    cell = row.cell(name)
    if cell.text not in _NOTHING:
        code = row.text(f"Currency ({name})")
        return _in_major(cell, code or fallback.code)
    named = row.starting(f"{name} (")
    if named is None or named.text in _NOTHING:
        return None
    return _in_major(named, named.column.removeprefix(f"{name} (").removesuffix(")"))


def required_sum(row: TableRow, name: str, fallback: Currency) -> Sum:
    """Return the amount; raise BadCell for a row without."""
    found = sum_of(row, name, fallback)
    if found is None:
        raise BadCell(name, f"{name} is empty.")
    return found


def charges_of(row: TableRow, names: tuple[str, ...], fallback: Currency) -> list[Sum]:
    """Return the charges among these columns that are not zero."""
    found = (sum_of(row, name, fallback) for name in names)
    return [charge for charge in found if charge is not None and charge.amount != ZERO]


def _in_major(cell: Cell, code: str) -> Sum:
    currency, value = major(code, amount(cell))
    return Sum(value, currency, cell)
