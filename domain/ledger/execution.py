"""One fill as the lot engine sees it: what moved, at what price, and its place in time.

Executions are tuples whose first three members are the order of replay, so that sorting them sorts
them by time, then by the sequence the broker gave to fills of the same instant, then by id.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.shared.errors import Invalid
from domain.shared.ids import LotId, TradeId
from domain.shared.money import EXACT, ZERO, check_number, plain

MAX_SELECTED_LOTS = 1_000

OrderKey: TypeAlias = tuple[datetime, int, UUID]
# the sequence of what is no trade: before every trade of the same instant
BEFORE_TRADES = -1


class Side(StrEnum):
    """Which way the units moved."""

    BUY = "buy"
    SELL = "sell"


class LotSelection(NamedTuple):
    """A quantity of one lot that a closing trade is to take."""

    lot_id: LotId
    quantity: Decimal


def check_selection(selection: tuple[LotSelection, ...], traded: Decimal) -> None:
    """Raise Invalid unless the selection names different lots, each with a quantity, together no more than traded."""
    if len(selection) > MAX_SELECTED_LOTS:
        raise Invalid(
            f"lotSelection names {len(selection)} lots; name at most {MAX_SELECTED_LOTS}.", field="lotSelection"
        )
    if len({lot_id for lot_id, _ in selection}) < len(selection):
        raise Invalid("lotSelection names a lot twice; name each once with its whole quantity.", field="lotSelection")
    total = ZERO
    for _, quantity in selection:
        if check_number(quantity, "lotSelection.quantity") <= ZERO:
            raise Invalid(
                f"lotSelection has a quantity of {plain(quantity)}; it must be greater than zero.", field="lotSelection"
            )
        total = EXACT.add(total, quantity)
    if total > traded:
        raise Invalid(
            f"lotSelection adds up to {plain(total)}, more than the traded {plain(traded)}; take less of some lot.",
            field="lotSelection",
        )


class Execution(NamedTuple):
    """A fill: quantity > 0, price of any sign, total fees >= 0, both in the instrument's currency.

    `selection` names the lots to take first, where the trade closes something.
    """

    executed_at: datetime
    sequence: int
    id: TradeId
    side: Side
    quantity: Decimal
    price: Decimal
    fees: Decimal
    selection: tuple[LotSelection, ...] = ()

    @property
    def order_key(self) -> OrderKey:
        """The place of this fill in the history; no two fills share one."""
        return (self.executed_at, self.sequence, self.id)
