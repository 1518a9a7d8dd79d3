"""What a format of tradebooks and statements provides.

A format that understands each record by itself is a `Format` and reads files of any size in windows. One whose records
depend on each other reads the whole file at once: a `SectionedFormat`, an `XmlFormat` or a `JsonFormat`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import BadCell, Translate
from adapters.ledger.imports.delimited.records import Record
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.ledger.imports.verdict import RowProblem
from domain.shared.errors import Invalid


class Format(Protocol):
    """One kind of table: recognises its header and turns each record into entries."""

    @property
    def name(self) -> str:
        """The name under which users ask for the format."""
        ...

    @property
    def verbatim(self) -> bool:
        """Whether cells come as they are written, with blanks around them and apostrophes before them."""
        return False

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header is this format's; a format that needs a mapping knows nothing without one."""
        ...

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the function that turns a record into entries, or says what is wrong with it."""
        ...


class SectionedFormat(Protocol):
    """Delimited text whose records depend on each other, or that has several tables below one another."""

    @property
    def name(self) -> str:
        """The name under which users ask for the format."""
        ...

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the first records of a file are this format's."""
        ...

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return what the records say, all of them; raise Unreadable for a file that is not what it seemed."""
        ...


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an XML file: the line on which it begins, the names from the root down to it, its attributes."""

    line: int
    path: tuple[str, ...]
    attributes: Mapping[str, str]

    @property
    def name(self) -> str:
        """The element's own name."""
        return self.path[-1]


class XmlFormat(Protocol):
    """XML whose content is in attributes."""

    @property
    def name(self) -> str:
        """The name under which users ask for the format."""
        ...

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """The attributes that `read` needs, by the name of their element; elements not named come without any."""
        ...

    def recognises(self, root: str, members: frozenset[str]) -> bool:
        """Tell whether the file is this format's by its root and the names of the first elements below it."""
        ...

    def read(self, elements: Iterator[Element], context: FileContext) -> Iterator[ReadRow]:
        """Return what the elements say, which come in the order in which they begin."""
        ...


class JsonFormat(Protocol):
    """A JSON document, small enough to be decoded at once."""

    @property
    def name(self) -> str:
        """The name under which users ask for the format."""
        ...

    def recognises(self, members: frozenset[str]) -> bool:
        """Tell whether the file is this format's by the names of members near its beginning."""
        ...

    def read(self, content: bytes, context: FileContext) -> Iterator[ReadRow]:
        """Return what the document says; raise Unreadable for one that is not what it seemed."""
        ...


AnyFormat: TypeAlias = Format | SectionedFormat | XmlFormat | JsonFormat


def rows_of(line: int, translate: Callable[[], Content | Sequence[Content]]) -> Iterator[ReadRow]:
    """Yield the rows that a translation makes of a line; one that raises BadCell or Invalid makes that line bad."""
    try:
        found = translate()
    except BadCell as error:
        found = error.problem
    except Invalid as error:
        field = error.details.get("field")
        found = RowProblem(field if isinstance(field, str) else None, error.message)
    yield from numbered(line, found)


def numbered(line: int, found: Content | Sequence[Content]) -> Iterator[ReadRow]:
    """Yield what was found on a line, as the parts of that line."""
    if isinstance(found, Sequence):
        yield from (ReadRow(line, content, part) for part, content in enumerate(found, 1))
    else:
        yield ReadRow(line, found)


def problem_row(record: Record) -> ReadRow:
    """Return the row of a record that could not be cut into cells."""
    return ReadRow(record.line, RowProblem(None, record.problem or "The row cannot be read."))
