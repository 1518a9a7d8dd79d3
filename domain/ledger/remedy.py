"""What can be done about a holding of which a broker and the ledger say different things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from domain.ledger.execution import Side
from domain.ledger.method import CostMethod
from domain.shared.ids import AccountId, TradeId


@dataclass(frozen=True, slots=True)
class RecordSplit:
    """The units differ by a ratio of small numbers: a split is missing."""

    new: int
    old: int
    at: datetime


@dataclass(frozen=True, slots=True)
class VoidTrade:
    """A trade that makes the whole difference repeats another."""

    trade_id: TradeId
    twin_id: TradeId
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordTrade:
    """A trade is missing; `is_opening` if it is a purchase from before the first one that is known."""

    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    is_opening: bool


@dataclass(frozen=True, slots=True)
class MoveFrom:
    """Another account of the owner holds what is missing here: a transfer is."""

    account_id: AccountId
    quantity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class UseMethod:
    """Another cost method gives the broker's cost."""

    method: CostMethod


@dataclass(frozen=True, slots=True)
class CorrectPrice:
    """The only open lot would have the broker's cost at another price."""

    trade_id: TradeId
    price: Decimal


Remedy: TypeAlias = RecordSplit | VoidTrade | RecordTrade | MoveFrom | UseMethod | CorrectPrice


@dataclass(frozen=True, slots=True)
class Proposal:
    """A remedy, and whether the holding matches wholly then; if not, it does so in quantity."""

    remedy: Remedy
    matches: bool
