"""Numbers as people's spreadsheets write them, within the style that the mapping states."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import final

from adapters.ledger.imports.delimited.cells import Cell
from domain.ledger.imports.mapping import NumberStyle
from domain.shared.money import parse_decimal


@final
class Numbers:
    """Reads numbers of one style; thousands are grouped by three, or by two after the first three as in India."""

    def __init__(self, style: NumberStyle) -> None:
        self._mark = "," if style.decimal_comma else "."
        self._thousands = style.thousands
        grouped = "" if style.thousands is None else rf"\d{{1,3}}(?:{re.escape(style.thousands)}\d{{2,3}})+|"
        self._pattern = re.compile(rf"([+-]?)({grouped}\d+)(?:{re.escape(self._mark)}(\d+))?", re.ASCII)

    def read(self, cell: Cell) -> Decimal:
        """Return the number in a cell; raise BadCell if it is not written in the style."""
        match = self._pattern.fullmatch(cell.required())
        if match is None:
            raise cell.bad(f"is not a number with {self._mark!r} as its decimal mark{self._grouping()}")
        sign, whole, fraction = match[1], str(match[2]), match[3]
        if self._thousands is not None:
            whole = whole.replace(self._thousands, "")
        text = whole if fraction is None else f"{whole}.{fraction}"
        return parse_decimal(f"-{text}" if sign == "-" else text, cell.column)

    def _grouping(self) -> str:
        return "" if self._thousands is None else f" and {self._thousands!r} between thousands"
