"""A split's ratio, told by how many units there were before it and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.totals import last_place
from domain.ledger.action_terms import Split
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry, Direction, Entry, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.identity import time_of
from domain.shared.money import EXACT, ZERO, plain

# splits are 20 for 1, 3 for 2 or 1 for 50; a ratio beyond this says that units are missing from the file
_MOST: Final = 100


def split_of(cell: Cell, before: Decimal, after: Decimal) -> Split:
    """Return the smallest ratio that explains both quantities, as far as they are printed; raise BadCell for none."""
    if before > ZERO and after > ZERO:
        slack = last_place(after)
        for old in range(1, _MOST + 1):
            units = EXACT.multiply(after, Decimal(old))
            new = round(Fraction(units) / Fraction(before))
            miss = abs(EXACT.subtract(EXACT.multiply(before, Decimal(new)), units))
            if 1 <= new <= _MOST and new != old and miss <= EXACT.multiply(slack, Decimal(old)):
                return Split(new=new, old=old)
    raise cell.bad(
        f"says of a split that {plain(before)} units became {plain(after)}, which is no credible ratio: the file may "
        "begin after some were bought; record the split by hand with its ratio"
    )


def held_before(entries: Iterable[Entry], symbol: str, at: datetime) -> Decimal:
    """Return how many units of the symbol the entries of a file come to before an instant."""
    held = Fraction(0)
    earlier = [entry for entry in entries if time_of(entry) < at and _symbol_of(entry) == symbol]
    for entry in sorted(earlier, key=lambda entry: (time_of(entry), entry.sequence or 0)):
        if isinstance(entry, Fill):
            held += Fraction(entry.quantity) * (1 if entry.side is Side.BUY else -1)
        elif isinstance(entry, TransferEntry):
            held += Fraction(entry.quantity) * (1 if entry.direction is Direction.IN else -1)
        elif isinstance(entry, ActionEntry) and isinstance(entry.terms, Split):
            held *= Fraction(entry.terms.new, entry.terms.old)
    return Decimal(held.numerator) / Decimal(held.denominator)


def _symbol_of(entry: Entry) -> str | None:
    return None if entry.instrument is None else entry.instrument.symbol
