"""Trades for lists. PostgreSQL writes the numbers as they go out, so that none is read only to be written again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec

from adapters.ledger.reading import INSTRUMENT_JOIN
from adapters.ledger.rows import selection_of
from adapters.platform.database.single import Rows
from application.ledger.trade_lines import InstrumentLine, TradeLine
from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.shared.instrument import Segment
from domain.shared.money import plain

_NUMBERS: Final = frozenset({"quantity", "price", "fees_total", "multiplier", "tick_size", "lot_size"})
_OF_TRADE: Final = TradeLine._fields
_WIDTH: Final = len(_OF_TRADE)
# it comes as its id, and what it is comes behind the trade
_INSTRUMENT: Final = _OF_TRADE.index("instrument")
_SIDE: Final = _OF_TRADE.index("side")
_FEES: Final = _OF_TRADE.index("fees")
_CATEGORY: Final = _OF_TRADE.index("category")
_LOTS: Final = _OF_TRADE.index("lot_selection")
_OF_INSTRUMENT: Final = InstrumentLine._fields[1:]
_SEGMENT: Final = _OF_INSTRUMENT.index("segment")
# looking into a table costs a tenth of calling an enumeration
_SIDES: Final = {side.value: side for side in Side}
_CATEGORIES: Final[dict[str | None, Category | None]] = {None: None, **{kind.value: kind for kind in Category}}
_SEGMENTS: Final = {segment.value: segment for segment in Segment}

_FEES_READER: Final = msgspec.json.Decoder(dict[str, str])


def _column(table: str, name: str) -> str:
    if name == "instrument":
        return "i.id"
    if name == "fees":
        return f"CAST({table}.fees AS text)"
    return f"CAST(trim_scale({table}.{name}) AS text)" if name in _NUMBERS else f"{table}.{name}"


_COLUMNS: Final = [_column("x", name) for name in _OF_TRADE] + [_column("i", name) for name in _OF_INSTRUMENT]
TRADE_LINES: Final = f"SELECT {', '.join(_COLUMNS)} FROM trades x {INSTRUMENT_JOIN}"


def trade_lines(rows: Rows) -> list[TradeLine]:
    """Read the rows of a select that begins with `TRADE_LINES`; each instrument is made once.

    There are many rows and many columns: a row becomes a line by changing the few values that are something else there.
    """
    # identifiers are compared in Python, their numbers are not
    instruments: dict[int, InstrumentLine] = {}
    lines: list[TradeLine] = []
    for row in rows:
        told = list(row[:_WIDTH])
        id_: UUID = told[_INSTRUMENT]
        instrument = instruments.get(id_.int)
        if instrument is None:
            of = list(row[_WIDTH:])
            of[_SEGMENT] = _SEGMENTS[of[_SEGMENT]]
            instrument = instruments[id_.int] = InstrumentLine._make((id_, *of))
        told[_INSTRUMENT] = instrument
        told[_SIDE] = _SIDES[told[_SIDE]]
        told[_FEES] = _fees(told[_FEES])
        told[_CATEGORY] = _CATEGORIES[told[_CATEGORY]]
        told[_LOTS] = selection_of(told[_LOTS]) if told[_LOTS] else ()
        lines.append(TradeLine._make(told))
    return lines


@lru_cache(maxsize=4_096)
def _fees(amounts: str) -> Mapping[str, str]:
    # what one broker takes is the same again and again; amounts are as they were entered, maybe with zeros at the end
    return {kind: plain(Decimal(amount)) for kind, amount in _FEES_READER.decode(amounts).items()}
