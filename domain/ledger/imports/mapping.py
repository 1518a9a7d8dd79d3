"""Saved column mappings: how the columns of a trader's own CSV become the facts of a fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.ledger.execution import Side
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
_LONGEST_WORD = 32
_MOST_WORDS = 20


class Column(StrEnum):
    """A fact that a column can hold. `executed_at` holds the date, with the time of day unless `time` holds that."""

    SYMBOL = "symbol"
    SIDE = "side"
    QUANTITY = "quantity"
    PRICE = "price"
    EXECUTED_AT = "executed_at"
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


_REQUIRED = (Column.SYMBOL, Column.QUANTITY, Column.PRICE, Column.EXECUTED_AT)


class DateOrder(StrEnum):
    """In which order a date's numbers stand; nothing is guessed from their size."""

    YEAR_FIRST = "year_first"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class RowOrder(StrEnum):
    """Which way time runs down the file: decides between rows of the same time."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class NumberStyle(StrEnum):
    """How numbers are written; a mark between thousands may be left out where the style has one."""

    PLAIN = "plain"
    COMMA_THOUSANDS = "comma_thousands"
    SPACE_THOUSANDS = "space_thousands"
    APOSTROPHE_THOUSANDS = "apostrophe_thousands"
    DECIMAL_COMMA = "decimal_comma"
    DECIMAL_COMMA_POINT_THOUSANDS = "decimal_comma_point_thousands"
    DECIMAL_COMMA_SPACE_THOUSANDS = "decimal_comma_space_thousands"


DEFAULT_SIDES: Mapping[str, Side] = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column holds what, and what holds for every row that does not say.

    Without a column for the side, the sign of the quantity tells it. `time_zone` is where the file's clock
    stands; None means the account's. `default_time` is given to rows whose date has no time of day; without
    it they are refused. `default_currency` is what prices are quoted in, which may be a minor unit such as GBX.
    `sides` are the words for the two sides, compared without case.
    """

    columns: Mapping[Column, str]
    default_exchange: str
    default_segment: Segment
    default_currency: Currency
    fees: Mapping[FeeKind, str] = field(default_factory=dict[FeeKind, str])
    negative_fees: bool = False
    date_order: DateOrder = DateOrder.YEAR_FIRST
    row_order: RowOrder = RowOrder.OLDEST_FIRST
    numbers: NumberStyle = NumberStyle.PLAIN
    sides: Mapping[str, Side] = field(default_factory=lambda: dict(DEFAULT_SIDES))
    time_zone: str | None = None
    default_time: time | None = None

    def __post_init__(self) -> None:
        for name in self.named_columns:
            check_line(name, "columns", _LONGEST_COLUMN)
        for column in _REQUIRED:
            if column not in self.columns:
                raise Invalid(f"columns has no {column.value}; every fill needs one.", field="columns")
        check_line(self.default_exchange, "defaultExchange", 16)
        for word in self.sides:
            check_line(word, "sides", _LONGEST_WORD)
        if len(self.sides) > _MOST_WORDS:
            raise Invalid(f"sides has {len(self.sides)} words; at most {_MOST_WORDS} are kept.", field="sides")
        if self.time_zone is not None:
            zone(self.time_zone)

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
