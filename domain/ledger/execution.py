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

from domain.shared.ids import LotId, TradeId

OrderKey: TypeAlias = tuple[datetime, int, UUID]


class Side(StrEnum):
    """Which way the units moved."""

    BUY = "buy"
    SELL = "sell"


class LotSelection(NamedTuple):
    """A quantity of one lot that a closing trade is to take."""

    lot_id: LotId
    quantity: Decimal


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
