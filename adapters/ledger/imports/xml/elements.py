"""From the bytes of an XML file to its elements with the attributes that somebody wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from adapters.ledger.imports.format import Element
from adapters.ledger.imports.xml.safe import SafeParser
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.tradebook_import import MAX_STATEMENT_RECORDS

_WHAT: Final = "The file"
_NOTHING: Final[frozenset[str]] = frozenset()
_MOST_SHARED: Final = 50_000
_HEAD_ELEMENTS: Final = 200


@final
class ElementReader:
    """Collects elements; of each only the wanted attributes that are not empty, equal texts kept once."""

    def __init__(self, wanted: Mapping[str, frozenset[str]]) -> None:
        self.elements: list[Element] = []
        self._wanted = wanted
        self._path: list[str] = []
        self._shared: dict[str, str] = {}
        self._parser = SafeParser(self._start, end=self._end, what=_WHAT)

    def feed(self, data: bytes) -> None:
        """Take in the next piece; raise Unreadable for what is not XML, not safe or too much."""
        self._parser.feed(data)

    def close(self) -> None:
        """Tell that nothing follows."""
        self._parser.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.elements) >= MAX_STATEMENT_RECORDS:
            raise Unreadable(
                f"The file has more than {MAX_STATEMENT_RECORDS} elements; export shorter periods and import each."
            )
        self._path.append(name)
        wanted = self._wanted.get(name, _NOTHING)
        kept = {key: self._share(attributes[key].strip()) for key in wanted & attributes.keys() if attributes[key]}
        self.elements.append(Element(self._parser.line, tuple(self._path), kept))

    def _end(self, name: str) -> None:
        del name
        self._path.pop()

    def _share(self, value: str) -> str:
        return self._shared.setdefault(value, value) if len(self._shared) < _MOST_SHARED else value


def outline(head: bytes) -> tuple[str, frozenset[str]]:
    """Return the name of the root and the names of the first elements; raise Unreadable if there is no root."""
    names: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        del attributes
        if len(names) < _HEAD_ELEMENTS:
            names.append(name)

    SafeParser(start, what=_WHAT).feed(head)
    if not names:
        raise Unreadable("The file begins like XML and has no element near its beginning.")
    return names[0], frozenset(names[1:])
