"""Reads the values of an export's cells: exactly what the export writes, and nothing that only looks like it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeVar
from uuid import UUID

import msgspec

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.tapedeck.parse import ExportedRow
from domain.shared.money import parse_decimal
from domain.shared.time import instant

Word = TypeVar("Word", bound=Enum)
Json = TypeVar("Json")


def required(row: ExportedRow, name: str) -> str:
    """Return what somebody typed; raise BadCell if there is nothing."""
    text = row.text(name)
    return row.cell(name).required() if text is None else text


def id_of(cell: Cell) -> UUID:
    """Return the id; raise BadCell."""
    try:
        return UUID(cell.required())
    except ValueError as error:
        raise cell.bad("is not an id") from error


def word(cell: Cell, kind: type[Word]) -> Word:
    """Return the word of ours; raise BadCell for any other."""
    try:
        return kind(cell.required())
    except ValueError as error:
        raise cell.bad(f"is none of {', '.join(str(each.value) for each in kind)}") from error


def number(cell: Cell) -> Decimal:
    """Return the number; raise BadCell or Invalid."""
    return parse_decimal(cell.required(), cell.column)


def optional(cell: Cell) -> Decimal | None:
    """Return the number, None for an empty cell."""
    return number(cell) if cell.text else None


def sequence_of(cell: Cell) -> int:
    """Return the whole number; raise BadCell."""
    text = cell.required()
    if not (text.isascii() and text.isdigit() and len(text) <= 10):  # noqa: PLR2004 - the digits of the largest
        raise cell.bad("is not a whole number")
    return int(text)


def instant_of(cell: Cell) -> datetime:
    """Return the instant in UTC; raise BadCell."""
    try:
        return instant(datetime.fromisoformat(cell.required()), cell.column)
    except ValueError as error:
        raise cell.bad("is not a time like 2024-01-31T09:15:00.000001Z") from error


def optional_day(cell: Cell) -> date | None:
    """Return the date, None for an empty cell; raise BadCell."""
    if not cell.text:
        return None
    try:
        return date.fromisoformat(cell.text)
    except ValueError as error:
        raise cell.bad("is not a date like 2024-01-31") from error


def decoded(row: ExportedRow, name: str, kind: type[Json]) -> Json | None:
    """Return what the JSON of a cell holds, None for an empty cell; raise BadCell."""
    cell = row.cell(name)
    if not cell.text:
        return None
    try:
        return msgspec.json.decode(cell.text, type=kind)
    except msgspec.DecodeError as error:
        raise cell.bad("is not the JSON that an export writes") from error
