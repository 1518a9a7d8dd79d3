"""Interactive Brokers' Flex queries: activity statements as XML, with the sections that their owner chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

from adapters.ledger.imports.format import Element, XmlFormat
from adapters.ledger.imports.ib_flex.parse import WANTED
from adapters.ledger.imports.ib_flex.recognise import recognises
from adapters.ledger.imports.ib_flex.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class IbFlexQuery(XmlFormat):
    """A Flex query's answer; its clock is New York's, whatever the account's."""

    @property
    def name(self) -> str:
        """`ib_flex`."""
        return "ib_flex"

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """The attributes that trades, cash and the like are made of."""
        return WANTED

    def recognises(self, root: str, members: frozenset[str]) -> bool:
        """Tell whether the root is an answer's; one that only reports an error has no statements."""
        return recognises(root, members)

    def read(self, elements: Iterator[Element], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows of the first account that the file has statements of."""
        del context  # Flex says the currency of each row, and its clock is known
        return rows(elements)
