"""Texts of the ledger on the wire: names, references, links, as types that the description shows.

The patterns are those of the domain, so that what the description promises is what is accepted.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from entrypoints.http.types import LINE_PATTERN, PROSE_PATTERN

_LINK_PATTERN = r"^https://[a-z][a-z0-9]{0,30}\.[a-z]{2,12}/[A-Za-z0-9/_.-]{0,200}$"

SymbolText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The symbol as the exchange writes it: 1 to 64 printable characters.",
        examples=["INFY"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
ExchangeText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=16,
        description="The exchange, as a market identifier code or the broker's name for it.",
        examples=["NSE"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
IsinText: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Z]{2}[A-Z0-9]{9}[0-9]$", description="An ISIN.", examples=["INE009A01021"])
]
BrokerText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The broker's name: 1 to 64 printable characters.",
        examples=["Zerodha"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
LabelText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="What you call it: 1 to 100 printable characters.",
        examples=["Long-term"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
StrategyText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="The strategy behind the trade: 1 to 100 printable characters.",
        examples=["breakout"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
TagText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=50,
        description="A tag: 1 to 50 printable characters.",
        examples=["earnings"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
NotesText: TypeAlias = Annotated[
    str,
    Meta(
        max_length=10_000,
        description="Notes of any lines, at most 10,000 characters.",
        examples=["Sold half at the first target."],
        extra_json_schema={"pattern": PROSE_PATTERN},
    ),
]
LinkText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        description="An https link to a document kept elsewhere; nothing here opens it.",
        examples=["https://example.com/notes/1"],
        extra_json_schema={"pattern": _LINK_PATTERN},
    ),
]
ReferenceText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="The broker's own id: 1 to 100 printable characters.",
        examples=["2400871234"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
ReasonText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="Why: 1 to 500 printable characters.",
        examples=["Entered twice"],
        extra_json_schema={"pattern": LINE_PATTERN},
    ),
]
SequenceNumber: TypeAlias = Annotated[
    int,
    Meta(
        ge=0,
        le=2**31 - 1,
        description="Orders fills of the same instant: the lower one came first.",
        examples=[0],
    ),
]
