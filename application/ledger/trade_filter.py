"""Which trades a query wants: conditions on their fields, joined by and, or, not.

A filter has two truth values. A condition on a value that is missing is false, `ne` is the opposite of `eq`, and `not`
turns any filter into its exact opposite; so a filter and its negation together always give every trade once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.shared.errors import Invalid
from domain.shared.instrument import Segment

MAX_DEPTH: Final = 5
MAX_CONDITIONS: Final = 50
MAX_CHOICES: Final = 200
MAX_TEXT: Final = 1_000


class Operator(StrEnum):
    """How a condition compares a field with its value."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    IS_NULL = "is_null"


class TradeField(StrEnum):
    """The fields of a trade and of its instrument that conditions can name."""

    EXECUTED_AT = "executedAt"
    ID = "id"
    ACCOUNT_ID = "accountId"
    INSTRUMENT_ID = "instrumentId"
    IMPORT_ID = "importId"
    SYMBOL = "symbol"
    EXCHANGE = "exchange"
    SEGMENT = "segment"
    CURRENCY = "currency"
    ISIN = "isin"
    MULTIPLIER = "multiplier"
    SIDE = "side"
    QUANTITY = "quantity"
    PRICE = "price"
    FEES_TOTAL = "feesTotal"
    SEQUENCE = "sequence"
    SETTLEMENT_DATE = "settlementDate"
    CATEGORY = "category"
    STRATEGY = "strategy"
    TAGS = "tags"
    NOTES = "notes"
    BROKER_TRADE_ID = "brokerTradeId"
    BROKER_ORDER_ID = "brokerOrderId"
    VERSION = "version"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"
    VOIDED_AT = "voidedAt"
    VOID_REASON = "voidReason"


class Kind(Enum):
    """What the values of a field are."""

    ID = "an id"
    TEXT = "a text"
    CHOICE = "one of the field's values"
    NUMBER = "a decimal written as a text"
    COUNT = "a whole number"
    INSTANT = "an instant with its offset"
    DAY = "a date"
    TEXTS = "a tag"


_CHOICES: Mapping[TradeField, type[StrEnum]] = {
    TradeField.SEGMENT: Segment,
    TradeField.SIDE: Side,
    TradeField.CATEGORY: Category,
}
_KINDS: Mapping[TradeField, Kind] = {
    **dict.fromkeys(TradeField, Kind.TEXT),
    **dict.fromkeys(_CHOICES, Kind.CHOICE),
    **dict.fromkeys(
        (TradeField.ID, TradeField.ACCOUNT_ID, TradeField.INSTRUMENT_ID, TradeField.IMPORT_ID),
        Kind.ID,
    ),
    **dict.fromkeys(
        (TradeField.MULTIPLIER, TradeField.QUANTITY, TradeField.PRICE, TradeField.FEES_TOTAL),
        Kind.NUMBER,
    ),
    **dict.fromkeys((TradeField.SEQUENCE, TradeField.VERSION), Kind.COUNT),
    **dict.fromkeys(
        (TradeField.EXECUTED_AT, TradeField.CREATED_AT, TradeField.UPDATED_AT, TradeField.VOIDED_AT),
        Kind.INSTANT,
    ),
    TradeField.SETTLEMENT_DATE: Kind.DAY,
    TradeField.TAGS: Kind.TEXTS,
}
_SAME = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.IS_NULL})
_ORDERED = _SAME | {Operator.LT, Operator.LTE, Operator.GT, Operator.GTE}
_OPERATORS: Mapping[Kind, frozenset[Operator]] = {
    Kind.ID: _SAME,
    Kind.CHOICE: _SAME,
    Kind.TEXT: _SAME | {Operator.CONTAINS, Operator.STARTS_WITH},
    Kind.NUMBER: _ORDERED,
    Kind.COUNT: _ORDERED,
    Kind.INSTANT: _ORDERED,
    Kind.DAY: _ORDERED,
    Kind.TEXTS: frozenset({Operator.CONTAINS}),
}

Value: TypeAlias = str | bool | int | Decimal | datetime | date | UUID


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared with one value; `in` takes several, `is_null` a truth value."""

    field: TradeField
    operator: Operator
    value: Value | tuple[Value, ...]

    def __post_init__(self) -> None:
        require_operator(self.field, self.operator)
        if isinstance(self.value, tuple) != (self.operator is Operator.IN):
            raise Invalid(f"{self.operator} compares {self.field} with {_shape(self.operator)}.", field="value")
        if isinstance(self.value, tuple) and not 1 <= len(self.value) <= MAX_CHOICES:
            raise Invalid(f"in takes 1 to {MAX_CHOICES} values; got {len(self.value)}. Split the query.", field="value")


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where each part is."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where at least one part is."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """True where the part is false."""

    part: Filter


Filter: TypeAlias = Condition | AllOf | AnyOf | Negation


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeQuery:
    """The trades that a filter admits, all if there is none; void ones only with `include_voided`."""

    filter: Filter | None = None
    include_voided: bool = False

    def __post_init__(self) -> None:
        if self.filter is not None:
            check_cost(self.filter)


def kind_of(field: TradeField) -> Kind:
    """Return what the field's values are."""
    return _KINDS[field]


def choices_of(field: TradeField) -> frozenset[str]:
    """Return the values that a field of the kind `CHOICE` can have."""
    return frozenset(choice.value for choice in _CHOICES[field])


def require_operator(field: TradeField, operator: Operator) -> None:
    """Raise Invalid if the field cannot be compared so."""
    allowed = _OPERATORS[_KINDS[field]]
    if operator not in allowed:
        known = ", ".join(item.value for item in Operator if item in allowed)
        raise Invalid(f"{field} cannot be compared by {operator}; use one of {known}.", field="operator")


def check_cost(wanted: Filter) -> None:
    """Raise Invalid for a filter that nests too deep or has too many conditions."""
    depth, conditions = 0, 0
    level: list[Filter] = [wanted]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Invalid(f"The filter nests deeper than {MAX_DEPTH} levels; write it flatter.", field="filter")
        conditions += sum(isinstance(item, Condition) for item in level)
        level = [part for item in level for part in _parts(item)]
    if conditions > MAX_CONDITIONS:
        raise Invalid(
            f"The filter has {conditions} conditions; at most {MAX_CONDITIONS} are answered. "
            "Use `in` for several values of one field, or split the query.",
            field="filter",
        )


def _parts(item: Filter) -> tuple[Filter, ...]:
    match item:
        case Condition():
            return ()
        case Negation():
            return (item.part,)
        case AllOf() | AnyOf():
            return item.parts


def _shape(operator: Operator) -> str:
    return "a list of values" if operator is Operator.IN else "one value"
