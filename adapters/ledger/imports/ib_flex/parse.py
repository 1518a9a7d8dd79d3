"""Sorts a Flex answer's elements: statements by account, their rows by section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.format import Element

_INSTRUMENT: Final = frozenset(
    {
        "currency",
        "assetCategory",
        "symbol",
        "description",
        "isin",
        "securityID",
        "securityIDType",
        "listingExchange",
        "multiplier",
        "levelOfDetail",
        "transactionID",
    }
)
_TRADE: Final = _INSTRUMENT | {
    "tradeID", "ibOrderID", "origTradeID", "tradeDate", "tradeTime", "dateTime", "settleDateTarget", "transactionType",
    "quantity", "tradePrice", "proceeds", "taxes", "ibCommission", "ibCommissionCurrency", "buySell", "notes",
    "accruedInt",
}  # fmt: skip
WANTED: Final[Mapping[str, frozenset[str]]] = {
    "FlexStatement": frozenset({"accountId", "fromDate", "toDate"}),
    "Trade": _TRADE,
    "CashTransaction": _INSTRUMENT | {"dateTime", "settleDate", "reportDate", "amount", "type"},
    "CorporateAction": _INSTRUMENT | {"dateTime", "reportDate", "quantity", "type", "actionID"},
    "Transfer": _INSTRUMENT
    | {"type", "direction", "quantity", "account", "accountName", "company", "date", "dateTime", "cashTransfer"},
    "OptionEAE": _INSTRUMENT | {"date", "transactionType", "quantity", "tradePrice", "tradeID", "commisionsAndTax"},
}
_STATEMENT_DEPTH: Final = 3
_ROW_DEPTH: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An element whose attributes can be asked for as cells."""

    line: int
    name: str
    attributes: Mapping[str, str]

    def cell(self, name: str) -> Cell:
        """Return an attribute; empty if the query left it out."""
        return Cell(name, self.attributes.get(name, ""))

    def text(self, name: str) -> str:
        """Return an attribute's text; empty for what is missing or only dashes."""
        value = self.attributes.get(name, "")
        return value if value.strip("-") else ""


@dataclass(slots=True)
class Section:
    """Rows of one kind in a statement that are not imported: what they are called, where they begin, how many."""

    line: int
    name: str
    count: int = 0


@dataclass(slots=True)
class Statement:
    """One statement: its account, its rows that can be imported, and its other sections."""

    line: int
    account: str
    rows: list[Row] = field(default_factory=list[Row])
    others: dict[str, Section] = field(default_factory=dict[str, Section])


def statements(elements: Iterable[Element]) -> list[Statement]:
    """Return the statements in the order of the file."""
    found: list[Statement] = []
    for element in elements:
        depth = len(element.path)
        if element.name == "FlexStatement":
            found.append(Statement(element.line, element.attributes.get("accountId", "")))
        elif not found or depth < _ROW_DEPTH:
            # a section, of which some are called like their rows
            continue
        elif element.name in WANTED:
            found[-1].rows.append(Row(element.line, element.name, element.attributes))
        else:
            _count(found[-1], element)
    return found


def _count(statement: Statement, element: Element) -> None:
    """Note a row of a section that is not imported."""
    section = statement.others.setdefault(
        f"{element.path[_STATEMENT_DEPTH]}/{element.name}", Section(element.line, element.name)
    )
    section.count += 1
