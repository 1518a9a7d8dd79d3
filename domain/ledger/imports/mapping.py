"""Saved column mappings: how the columns of a trader's own CSV become the facts of a fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.ledger.fees import FeeKind
from domain.ledger.imports.layout import column_key
from domain.shared.errors import Invalid
from domain.shared.ids import OrganisationId
from domain.shared.instrument import Segment
from domain.shared.money import Currency
from domain.shared.text import check_line
from domain.shared.time import zone

MappingId = NewType("MappingId", UUID)

_LONGEST_NAME = 100
_LONGEST_COLUMN = 128
_MOST_WORDS = 20


class Column(StrEnum):
    """A fact that a column can hold. `executed_at` holds date and time together, else `date` and `time` do."""

    SYMBOL = "symbol"
    SIDE = "side"
    QUANTITY = "quantity"
    PRICE = "price"
    EXECUTED_AT = "executed_at"
    DATE = "date"
    TIME = "time"
    EXCHANGE = "exchange"
    SEGMENT = "segment"
    CURRENCY = "currency"
    ISIN = "isin"
    MULTIPLIER = "multiplier"
    SETTLEMENT_DATE = "settlement_date"
    TRADE_ID = "trade_id"
    ORDER_ID = "order_id"
    STRATEGY = "strategy"
    NOTES = "notes"


class DateOrder(StrEnum):
    """In which order a date's numbers stand; nothing is guessed from their size."""

    YEAR_FIRST = "year_first"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class RowOrder(StrEnum):
    """Which way time runs down the file: decides between rows of the same time."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written: the decimal mark, and the mark between thousands if there is one."""

    decimal_comma: bool = False
    thousands: str | None = None

    def __post_init__(self) -> None:
        if self.thousands is None:
            return
        if self.thousands not in {",", ".", " ", "'", "\u00a0", "\u202f"}:
            raise Invalid(
                f"thousandsSeparator is {self.thousands[:8]!r}; it can be a comma, a point, a blank or an apostrophe.",
                field="thousandsSeparator",
            )
        if self.thousands == ("," if self.decimal_comma else "."):
            raise Invalid(
                f"{self.thousands!r} cannot be both the decimal mark and the thousands separator.",
                field="thousandsSeparator",
            )


@dataclass(frozen=True, slots=True)
class SideWords:
    """The words for the two sides, compared without case; with `signed_quantity` the quantity's sign tells instead."""

    buy: tuple[str, ...] = ("buy", "b")
    sell: tuple[str, ...] = ("sell", "s")
    signed_quantity: bool = False

    def __post_init__(self) -> None:
        for words, name in ((self.buy, "buyWords"), (self.sell, "sellWords")):
            if not 1 <= len(words) <= _MOST_WORDS:
                raise Invalid(f"{name} needs 1 to {_MOST_WORDS} words.", field=name)
            for word in words:
                check_line(word, name, 32)
        both = {word.casefold() for word in self.buy} & {word.casefold() for word in self.sell}
        if both:
            raise Invalid(f"{min(both)!r} cannot mean both buy and sell.", field="sellWords")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column holds what, and what holds for every row that does not say.

    `time_zone` is where the file's clock stands; None means the account's. `default_time` is given to rows
    whose date has no time of day; without it they are refused.
    """

    columns: Mapping[Column, str]
    fees: Mapping[FeeKind, str] = field(default_factory=dict[FeeKind, str])
    negative_fees: bool = False
    date_order: DateOrder = DateOrder.YEAR_FIRST
    row_order: RowOrder = RowOrder.OLDEST_FIRST
    numbers: NumberStyle = NumberStyle()
    sides: SideWords = SideWords()
    time_zone: str | None = None
    default_time: time | None = None
    default_exchange: str | None = None
    default_segment: Segment | None = None
    default_currency: Currency | None = None

    def __post_init__(self) -> None:
        for name in self.named_columns:
            check_line(name, "columns", _LONGEST_COLUMN)
        self._check_required()
        self._check_defaults()
        if self.time_zone is not None:
            zone(self.time_zone)

    def _check_required(self) -> None:
        required = [Column.SYMBOL, Column.QUANTITY, Column.PRICE]
        if not self.sides.signed_quantity:
            required.append(Column.SIDE)
        for column in required:
            if column not in self.columns:
                raise Invalid(f"columns has no {column.value}; every fill needs one.", field="columns")
        if (Column.EXECUTED_AT in self.columns) == (Column.DATE in self.columns):
            raise Invalid(
                "columns must have either executed_at (date and time together) or date (with or without time).",
                field="columns",
            )
        if Column.TIME in self.columns and Column.DATE not in self.columns:
            raise Invalid("columns has time without date; map the date as well.", field="columns")

    def _check_defaults(self) -> None:
        for column, default, name in (
            (Column.EXCHANGE, self.default_exchange, "defaultExchange"),
            (Column.SEGMENT, self.default_segment, "defaultSegment"),
            (Column.CURRENCY, self.default_currency, "defaultCurrency"),
        ):
            if column not in self.columns and default is None:
                raise Invalid(f"Map a column to {column.value} or give {name}.", field=name)
        if self.default_exchange is not None:
            check_line(self.default_exchange, "defaultExchange", 16)

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The header names that the mapping speaks of."""
        return (*self.columns.values(), *self.fees.values())

    def missing_from(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that a header lacks, or has more than once; none means that the mapping fits it."""
        keys = [column_key(name) for name in header]
        return tuple(name for name in self.named_columns if keys.count(column_key(name)) != 1)


@dataclass(slots=True, kw_only=True)
class SavedMapping:
    """A mapping kept under a name that is unique in its organisation; each change raises `version` by one."""

    id: MappingId
    organisation_id: OrganisationId
    name: str
    mapping: ColumnMapping
    version: int
    created_at: datetime
    updated_at: datetime

    def __post_init__(self) -> None:
        check_line(self.name, "name", _LONGEST_NAME)

    def replace(self, name: str, mapping: ColumnMapping, now: datetime) -> bool:
        """Take name and mapping over; return whether anything changed. Imports already read keep their own copy."""
        check_line(name, "name", _LONGEST_NAME)
        if (name, mapping) == (self.name, self.mapping):
            return False
        self.name = name
        self.mapping = mapping
        self.version += 1
        self.updated_at = now
        return True
