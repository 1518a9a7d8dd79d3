"""What a trade cost besides its price, by kind, so that a report can say who was paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, check_number, plain


class FeeKind(StrEnum):
    """Who takes the fee, or why."""

    BROKERAGE = "brokerage"
    EXCHANGE = "exchange"
    REGULATORY = "regulatory"
    TAX = "tax"
    STAMP_DUTY = "stamp_duty"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fees:
    """Amounts by kind, none negative, in the instrument's currency. Kinds of zero are dropped."""

    by_kind: Mapping[FeeKind, Decimal] = field(default_factory=dict[FeeKind, Decimal])

    def __post_init__(self) -> None:
        kept: dict[FeeKind, Decimal] = {}
        for kind in FeeKind:
            if kind not in self.by_kind:
                continue
            amount = check_number(self.by_kind[kind], f"fees.{kind.value}")
            if amount < ZERO:
                raise Invalid(
                    f"fees.{kind.value} is {plain(amount)}; a fee cannot be negative. "
                    "Enter what was paid as a positive number.",
                    field=f"fees.{kind.value}",
                )
            if amount:
                kept[kind] = amount
        object.__setattr__(self, "by_kind", MappingProxyType(kept))

    @property
    def total(self) -> Decimal:
        """The sum over all kinds, exact."""
        total = ZERO
        for amount in self.by_kind.values():
            total = EXACT.add(total, amount)
        return total


NO_FEES = Fees()
