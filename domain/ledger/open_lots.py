"""Open lots in the order in which a cost method takes them, and the one routine that decides what is taken.

`OpenLots` keeps the order as lots come and go, so that no disposal sorts, whatever the method and however many
lots are open. Deciding changes nothing: `settle` carries out what was decided.
"""

from __future__ import annotations

from bisect import insort_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import TypeAlias

from domain.ledger.execution import LotSelection
from domain.ledger.lot import Lot
from domain.ledger.method import CostMethod
from domain.shared.ids import LotId
from domain.shared.money import ZERO

# a part of one lot: the lot and a quantity of it
Take: TypeAlias = tuple[Lot, Decimal]

_price = attrgetter("price")
# so many closed lots may lie between open ones before they are swept out
_FEW = 16


class OpenLots:
    """The open lots of a position: first in, last in or highest price first; equal prices by age.

    A selection may close lots that lie between others. They are passed over until there are as many of them as open
    ones, and are never seen from outside.
    """

    __slots__ = ("_by_id", "_gaps", "_is_last_first", "_is_ranked", "_kept")

    def __init__(self, method: CostMethod, lots: Iterable[Lot] = ()) -> None:
        """Take over lots, oldest first."""
        self._is_ranked = method is CostMethod.HIFO
        self._is_last_first = method is CostMethod.HIFO or method is CostMethod.LIFO
        self._kept: deque[Lot] | list[Lot] = [] if self._is_ranked else deque()
        # made at the first selection, and again after each sweep
        self._by_id: dict[LotId, Lot] | None = None
        self._gaps = 0
        for lot in lots:
            if lot.left:
                self.add(lot)

    def __iter__(self) -> Iterator[Lot]:
        """Go through the lots as they are kept; the dearest is last where they are ranked."""
        return (lot for lot in self._kept if lot.left)

    def __len__(self) -> int:
        """Count the lots."""
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        """Compare what is open and its order."""
        return isinstance(other, OpenLots) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # lots come and go

    def __repr__(self) -> str:
        """Show the lots."""
        return f"OpenLots({list(self)!r})"

    def add(self, lot: Lot) -> None:
        """Put in a lot that is younger than all others."""
        if self._is_ranked:
            # to the left of equal prices: the older one is nearer to the end, from which is taken
            insort_left(self._kept, lot, key=_price)
        else:
            self._kept.append(lot)
        if self._by_id is not None:
            self._by_id[lot.id] = lot

    def consume(self, quantity: Decimal, selection: Sequence[LotSelection] = ()) -> tuple[list[Take], Decimal]:
        """Return what a closing quantity takes, and what no lot covers.

        What the selection names goes first. Changes no lot. Runs in the exact context.
        """
        if selection:
            return self._consume_selected(quantity, selection)
        takes: list[Take] = []
        if not quantity:
            return takes, quantity
        for lot in reversed(self._kept) if self._is_last_first else self._kept:
            left = lot.left
            if quantity <= left:
                takes.append((lot, quantity))
                return takes, ZERO
            if left:
                takes.append((lot, left))
                quantity -= left
        return takes, quantity

    def drop_closed(self, takes: Sequence[Take], selection: Sequence[LotSelection] = ()) -> None:
        """Forget the lots that are closed, now that they have given what was taken."""
        kept = self._kept
        # who takes from one end only closes lots at that end
        if self._is_last_first or selection:
            while kept and not kept[-1].left:
                kept.pop()
        if isinstance(kept, deque):
            while kept and not kept[0].left:
                kept.popleft()
        if selection:
            self._gaps += sum(1 for lot, _ in takes if not lot.left)
            if self._gaps > _FEW + len(kept) // 2:
                self._sweep()

    def _consume_selected(self, quantity: Decimal, selection: Sequence[LotSelection]) -> tuple[list[Take], Decimal]:
        """Take what the selection names first; what a lot no longer has goes by the order, as does the rest."""
        if self._by_id is None:
            self._by_id = {lot.id: lot for lot in self._kept}
        taken: dict[LotId, Decimal] = {}
        lots: dict[LotId, Lot] = {}
        for lot_id, wanted in selection:
            lot = self._by_id.get(lot_id)
            if lot is not None:
                before = taken.get(lot_id, ZERO)
                part = min(wanted, lot.left - before, quantity)
                if part > ZERO:
                    lots[lot_id] = lot
                    taken[lot_id] = before + part
                    quantity -= part
        for lot in reversed(self._kept) if self._is_last_first else self._kept:
            if not quantity:
                break
            before = taken.get(lot.id, ZERO)
            part = min(lot.left - before, quantity)
            if part > ZERO:
                lots[lot.id] = lot
                taken[lot.id] = before + part
                quantity -= part
        return [(lots[lot_id], part) for lot_id, part in taken.items()], quantity

    def _sweep(self) -> None:
        still_open = list(self)
        self._kept = still_open if self._is_ranked else deque(still_open)
        self._by_id = None
        self._gaps = 0
