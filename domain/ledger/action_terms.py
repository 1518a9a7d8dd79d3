"""What a corporate action does: its kind with the exact integers and amounts of its terms.

`into` is another instrument; ratios are `new` for `old` and never a decimal, so that 1 for 3 is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId
from domain.shared.money import ZERO, check_number, plain

_MOST = 1_000_000_000


class ActionKind(StrEnum):
    """The kinds of corporate actions."""

    SPLIT = "split"
    BONUS = "bonus"
    SYMBOL_CHANGE = "symbol_change"
    MERGER = "merger"
    CASH_MERGER = "cash_merger"
    SPIN_OFF = "spin_off"
    RETURN_OF_CAPITAL = "return_of_capital"
    DELISTING = "delisting"
    EXPIRY = "expiry"
    ASSIGNMENT = "assignment"


class UnderlyingSide(StrEnum):
    """What the holder of the account does with the underlying when an option is assigned or exercised."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class CostShare:
    """The part of the cost that goes with what is new: `numerator / denominator`, from none to all of it."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator or not 1 <= self.denominator <= _MOST:
            raise Invalid(
                f"The cost share {self.numerator}/{self.denominator} does not lie between 0 and 1.", field="costShare"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`new` units for `old`; fewer new than old make a reverse split. The cost stays."""

    new: int
    old: int

    def __post_init__(self) -> None:
        _ratio(self.new, self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """`new` units for `held`, acquired on the day at no cost."""

    new: int
    held: int

    def __post_init__(self) -> None:
        _ratio(self.new, self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolChange:
    """The same paper under another name: lots go over as they are."""

    into: InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """`new` units of another paper for `old`, with cash beside it or not.

    With cash, `cash_cost_share` of the cost is what the cash part is a disposal of.
    """

    into: InstrumentId
    new: int
    old: int
    cash_per_unit: Decimal | None = None
    cash_cost_share: CostShare | None = None

    def __post_init__(self) -> None:
        _ratio(self.new, self.old)
        if (self.cash_per_unit is None) is not (self.cash_cost_share is None):
            raise Invalid(
                "Cash in a merger needs cashPerUnit and cashCostShare, both or neither.", field="cashCostShare"
            )
        if self.cash_per_unit is not None:
            _positive(self.cash_per_unit, "cashPerUnit")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMerger:
    """All units are paid out."""

    cash_per_unit: Decimal

    def __post_init__(self) -> None:
        _positive(self.cash_per_unit, "cashPerUnit")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpinOff:
    """`new` units of another paper for each `old` held, which stay; `cost_share` of their cost goes along."""

    into: InstrumentId
    new: int
    old: int
    cost_share: CostShare

    def __post_init__(self) -> None:
        _ratio(self.new, self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOfCapital:
    """Cash that lowers the cost; what exceeds it is a gain."""

    per_unit: Decimal

    def __post_init__(self) -> None:
        _positive(self.per_unit, "perUnit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delisting:
    """The paper ends, for nothing or for a last price."""

    price_per_unit: Decimal = ZERO

    def __post_init__(self) -> None:
        _not_negative(self.price_per_unit, "pricePerUnit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """An option or a future ends: long and short are closed at the settlement price."""

    settlement_price: Decimal = ZERO

    def __post_init__(self) -> None:
        check_number(self.settlement_price, "settlementPrice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An option is assigned or exercised: it closes at nothing, and the underlying changes hands at the strike.

    None for the quantity means all of the position. The premium is realised on the option.
    """

    into: InstrumentId
    strike: Decimal
    underlying_side: UnderlyingSide
    quantity: Decimal | None = None

    def __post_init__(self) -> None:
        _not_negative(self.strike, "strike")
        if self.quantity is not None:
            _positive(self.quantity, "quantity")


ActionTerms: TypeAlias = (
    Split | Bonus | SymbolChange | Merger | CashMerger | SpinOff | ReturnOfCapital | Delisting | Expiry | Assignment
)


_TYPES: dict[ActionKind, type[ActionTerms]] = {
    ActionKind.SPLIT: Split,
    ActionKind.BONUS: Bonus,
    ActionKind.SYMBOL_CHANGE: SymbolChange,
    ActionKind.MERGER: Merger,
    ActionKind.CASH_MERGER: CashMerger,
    ActionKind.SPIN_OFF: SpinOff,
    ActionKind.RETURN_OF_CAPITAL: ReturnOfCapital,
    ActionKind.DELISTING: Delisting,
    ActionKind.EXPIRY: Expiry,
    ActionKind.ASSIGNMENT: Assignment,
}
_KINDS: dict[type[ActionTerms], ActionKind] = {terms: kind for kind, terms in _TYPES.items()}


def kind_of(terms: ActionTerms) -> ActionKind:
    """Return the kind of the terms."""
    return _KINDS[type(terms)]


def into_of(terms: ActionTerms) -> InstrumentId | None:
    """Return the other instrument that an action leads to, if there is one."""
    return terms.into if isinstance(terms, SymbolChange | Merger | SpinOff | Assignment) else None


def terms_type(kind: ActionKind) -> type[ActionTerms]:
    """Return the type of a kind's terms."""
    return _TYPES[kind]


def _ratio(new: int, old: int) -> None:
    if not 1 <= new <= _MOST or not 1 <= old <= _MOST:
        raise Invalid(f"The ratio {new} for {old} needs two whole numbers from 1 to {_MOST}.", field="ratio")


def _positive(value: Decimal, field: str) -> None:
    if check_number(value, field) <= ZERO:
        raise Invalid(f"{field} is {plain(value)}; it must be greater than zero.", field=field)


def _not_negative(value: Decimal, field: str) -> None:
    if check_number(value, field) < ZERO:
        raise Invalid(f"{field} is {plain(value)}; it cannot be negative.", field=field)
