"""Numbers as people's spreadsheets write them, within the style that the mapping states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import final

from adapters.ledger.imports.delimited.cells import Cell
from domain.ledger.imports.mapping import NumberStyle
from domain.shared.money import parse_decimal

_SPACES = " \u00a0\u202f"
# the decimal mark, and the marks that may stand between thousands
_MARKS: Mapping[NumberStyle, tuple[str, str]] = {
    NumberStyle.PLAIN: (".", ""),
    NumberStyle.COMMA_THOUSANDS: (".", ","),
    NumberStyle.SPACE_THOUSANDS: (".", _SPACES),
    NumberStyle.APOSTROPHE_THOUSANDS: (".", "'\u2019"),
    NumberStyle.DECIMAL_COMMA: (",", ""),
    NumberStyle.DECIMAL_COMMA_POINT_THOUSANDS: (",", "."),
    NumberStyle.DECIMAL_COMMA_SPACE_THOUSANDS: (",", _SPACES),
}


@final
class Numbers:
    """Reads numbers of one style; thousands are grouped by three, or by two as in India's lakhs and crores."""

    def __init__(self, style: NumberStyle) -> None:
        self._mark, self._thousands = _MARKS[style]
        grouped = "" if not self._thousands else rf"\d{{1,3}}(?:[{self._thousands}]\d{{2,3}})+|"
        self._pattern = re.compile(rf"([+-]?)({grouped}\d+)(?:{re.escape(self._mark)}(\d+))?", re.ASCII)

    def read(self, cell: Cell) -> Decimal:
        """Return the number in a cell; raise BadCell if it is not written in the style."""
        match = self._pattern.fullmatch(cell.required())
        if match is None:
            raise cell.bad(f"is not a number with {self._mark!r} as its decimal mark{self._grouping()}")
        sign, whole, fraction = match[1], str(match[2]), match[3]
        for mark in self._thousands:
            whole = whole.replace(mark, "")
        text = whole if fraction is None else f"{whole}.{fraction}"
        return parse_decimal(f"-{text}" if sign == "-" else text, cell.column)

    def _grouping(self) -> str:
        return f" and {self._thousands[0]!r} between thousands" if self._thousands else ""
