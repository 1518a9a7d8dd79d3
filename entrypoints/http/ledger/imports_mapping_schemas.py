"""What goes over the wire for saved column mappings."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind
from domain.ledger.imports.mapping import (
    DEFAULT_SIDES,
    Column,
    ColumnMapping,
    DateOrder,
    NumberStyle,
    RowOrder,
    SavedMapping,
)
from domain.shared.instrument import Segment
from domain.shared.minor_units import unit
from entrypoints.http.ledger.texts import ExchangeText
from entrypoints.http.types import LINE_PATTERN, Instant, QuoteUnitText, ZoneText

KindT = TypeVar("KindT", bound=StrEnum)

NameText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="The mapping's name, unique among yours.",
        examples=["My broker's export"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
ColumnText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="The name of a column in the file's header; case, blanks, _ and - do not matter.",
        examples=["Trade Date"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
WordText: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=32, examples=["BOT"], extra_json_schema={"pattern": LINE_PATTERN})
]
ClockText: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?$",
        description="A time of day.",
        examples=["15:30:00"],
    ),
]


class MappedColumns(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True, omit_defaults=True):
    """Which column holds which fact; what is null is in no column."""

    symbol: ColumnText
    quantity: ColumnText
    price: ColumnText
    executed_at: Annotated[
        ColumnText, Meta(description="The date, with the time of day unless `time` is in another column.")
    ]
    time: ColumnText | None = None
    side: Annotated[ColumnText | None, Meta(description="Without it the sign of the quantity is the side.")] = None
    exchange: ColumnText | None = None
    segment: ColumnText | None = None
    currency: Annotated[
        ColumnText | None,
        Meta(
            description="What the price is quoted in. Prices in `GBX` or `GBp` (pence), `ILA` (agorot), `ZAC` or `ZAc` "
            "(cents) become GBP, ILS and ZAR; fees are in the whole currency."
        ),
    ] = None
    isin: ColumnText | None = None
    multiplier: ColumnText | None = None
    settlement_date: ColumnText | None = None
    trade_id: Annotated[
        ColumnText | None, Meta(description="The broker's id of the fill: the surest way to know it again.")
    ] = None
    order_id: ColumnText | None = None
    strategy: ColumnText | None = None
    notes: ColumnText | None = None


class MappedFees(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True, omit_defaults=True):
    """Which column holds which kind of fee."""

    brokerage: ColumnText | None = None
    exchange: ColumnText | None = None
    regulatory: ColumnText | None = None
    tax: ColumnText | None = None
    stamp_duty: ColumnText | None = None
    other: ColumnText | None = None


class SaveMappingRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """How files of one kind are to be read."""

    name: NameText
    columns: MappedColumns
    fees: MappedFees | None = None
    negative_fees: Annotated[bool, Meta(description="Whether the file writes fees as negative amounts.")] = False
    date_order: Annotated[DateOrder, Meta(examples=["year_first"])] = DateOrder.YEAR_FIRST
    row_order: Annotated[
        RowOrder, Meta(description="Which rows of the same time came first.", examples=["oldest_first"])
    ] = RowOrder.OLDEST_FIRST
    numbers: Annotated[NumberStyle, Meta(examples=["plain"])] = NumberStyle.PLAIN
    sides: (
        Annotated[
            dict[WordText, Side],
            Meta(
                max_length=20,
                description="The file's words for the sides, compared without case; buy, b, sell and s if not given.",
                examples=[{"BOT": "buy"}],
            ),
        ]
        | None
    ) = None
    time_zone: Annotated[
        ZoneText | None, Meta(description="Where the file's clock stands; null means the account's zone.")
    ] = None
    default_time: Annotated[
        ClockText | None, Meta(description="For rows with a date and no time; without it they are bad.")
    ] = None
    default_exchange: ExchangeText
    default_segment: Annotated[Segment, Meta(examples=["equity"])]
    default_currency: Annotated[
        QuoteUnitText, Meta(description="What prices are quoted in where no column says, as in a column for it.")
    ]

    def to_mapping(self) -> ColumnMapping:
        """Return the mapping; raise Invalid."""
        fees = self.fees or MappedFees()
        return ColumnMapping(
            columns=_named(self.columns, Column),
            fees=_named(fees, FeeKind),
            negative_fees=self.negative_fees,
            date_order=self.date_order,
            row_order=self.row_order,
            numbers=self.numbers,
            sides=dict(DEFAULT_SIDES) if self.sides is None else self.sides,
            time_zone=self.time_zone,
            default_time=None if self.default_time is None else time.fromisoformat(self.default_time),
            default_exchange=self.default_exchange,
            default_segment=self.default_segment,
            default_currency=unit(self.default_currency),
        )


def _named(given: MappedColumns | MappedFees, kinds: type[KindT]) -> dict[KindT, str]:
    """Return the columns that are named, by the facts they hold; fields and facts have the same names."""
    found: dict[str, str | None] = {name: getattr(given, name) for name in given.__struct_fields__}
    return {kind: name for kind in kinds if (name := found.get(kind.value)) is not None}


class MappingBody(Struct, rename="camel", kw_only=True):
    """A saved column mapping."""

    id: UUID
    name: NameText
    columns: MappedColumns
    fees: MappedFees
    negative_fees: bool
    date_order: DateOrder
    row_order: RowOrder
    numbers: NumberStyle
    sides: Annotated[dict[str, Side], Meta(examples=[{"buy": "buy", "sell": "sell"}])]
    time_zone: Annotated[str, Meta(examples=["Asia/Kolkata"])] | None
    default_time: ClockText | None
    default_exchange: ExchangeText
    default_segment: Segment
    default_currency: QuoteUnitText
    version: Annotated[int, Meta(ge=1, examples=[1])]
    created_at: Instant
    updated_at: Instant


def mapping_body(saved: SavedMapping) -> MappingBody:
    """Render a saved mapping."""
    mapping = saved.mapping
    return MappingBody(
        id=saved.id,
        name=saved.name,
        columns=MappedColumns(**{column.value: name for column, name in mapping.columns.items()}),
        fees=MappedFees(**{kind.value: name for kind, name in mapping.fees.items()}),
        negative_fees=mapping.negative_fees,
        date_order=mapping.date_order,
        row_order=mapping.row_order,
        numbers=mapping.numbers,
        sides=dict(mapping.sides),
        time_zone=mapping.time_zone,
        default_time=None if mapping.default_time is None else mapping.default_time.isoformat(),
        default_exchange=mapping.default_exchange,
        default_segment=mapping.default_segment,
        default_currency=mapping.default_currency.code,
        version=saved.version,
        created_at=saved.created_at,
        updated_at=saved.updated_at,
    )
