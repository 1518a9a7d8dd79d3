"""Where the rows of a file are: its kind, its encoding, its delimiter, its header, and how far it has been read.

A place is a byte offset at the beginning of a line, so that reading can stop after any row and go on in
another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """How the bytes of a file become text."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    CP1252 = "cp1252"


class Shape(StrEnum):
    """How the content of a file is arranged: one table, several tables below one another, or a tree."""

    TABLE = "table"
    SECTIONS = "sections"
    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file: the offset of a byte and the number of the line that it belongs to.

    `inside` is true while the rest of an overlong line is still to be skipped.
    """

    offset: int
    line: int
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: the names in its header as written, and the place where its rows begin.

    What is no single table has no columns, and its body begins with the file; a tree has no delimiter either.
    """

    encoding: Encoding
    delimiter: str
    columns: tuple[str, ...]
    header_line: int
    body: Place
    shape: Shape = Shape.TABLE


def column_key(name: str) -> str:
    """Return the form in which header names are compared: `Trade Date`, `trade_date` and `TRADE-DATE` are one."""
    return "_".join(name.replace("_", " ").replace("-", " ").casefold().split())
