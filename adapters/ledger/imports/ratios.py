"""A split's ratio, told by how many units there were before it and after."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, final

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.totals import last_place
from domain.ledger.action_terms import Split
from domain.ledger.execution import Side
from domain.ledger.imports.entry import Direction, Entry, TransferEntry
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
            miss = EXACT.abs(EXACT.subtract(EXACT.multiply(before, Decimal(new)), units))
            if 1 <= new <= _MOST and new != old and miss <= EXACT.multiply(slack, Decimal(old)):
                return Split(new=new, old=old)
    raise cell.bad(
        f"says of a split that {plain(before)} units became {plain(after)}, which is no credible ratio: the file may "
        "begin after some were bought; record the split by hand with its ratio"
    )


@final
class Holdings:
    """How many units of each symbol the entries of a file come to; it is asked in the order of time."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._held: dict[str, Decimal] = {}
        self._coming: dict[str, deque[tuple[datetime, Decimal]]] = {}
        for entry in sorted(entries, key=time_of):
            moved = _moved(entry)
            if moved is not None and entry.instrument is not None:
                self._coming.setdefault(entry.instrument.symbol, deque()).append((time_of(entry), moved))

    def before(self, symbol: str, at: datetime) -> Decimal:
        """Return how many there are before an instant."""
        coming, held = self._coming.get(symbol, deque()), self._held.get(symbol, ZERO)
        while coming and coming[0][0] < at:
            held = EXACT.add(held, coming.popleft()[1])
        self._held[symbol] = held
        return held

    def become(self, symbol: str, units: Decimal) -> None:
        """Take over what a split made of them."""
        self._held[symbol] = units


def _moved(entry: Entry) -> Decimal | None:
    if isinstance(entry, Fill):
        return entry.quantity if entry.side is Side.BUY else EXACT.minus(entry.quantity)
    if isinstance(entry, TransferEntry):
        return entry.quantity if entry.direction is Direction.IN else EXACT.minus(entry.quantity)
    return None
