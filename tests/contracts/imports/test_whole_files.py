"""A file whose rows depend on each other is read at once: within limits, in pieces of any size, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import final
from zoneinfo import ZoneInfo

import msgspec
import pytest

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import JsonFormat, SectionedFormat, problem_row, rows_of
from adapters.ledger.imports.formats import BrokerFormats
from adapters.ledger.imports.whole import MAX_JSON_BYTES
from application.ledger.imports.format_ports import HEAD_BYTES, FileContext, FileHead, WholeFile
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.layout import Shape
from domain.ledger.imports.tradebook_import import MAX_STATEMENT_RECORDS, Reading
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.errors import Invalid
from domain.shared.money import Currency
from entrypoints.http.ledger.imports import ImportFormat

CONTEXT = FileContext(ZoneInfo("Europe/Berlin"), Currency("EUR"))


@final
class Listing(SectionedFormat):
    """Ignores each record with its last cell as the reason."""

    @property
    def name(self) -> str:
        """`listing`."""
        return "listing"

    def recognises(self, head: Sequence[Record]) -> bool:
        """By the first cell."""
        return bool(head) and head[0].cells[:1] == ("Listing",)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """One row for each record."""
        del context
        for record in records:
            yield problem_row(record) if record.problem else ReadRow(record.line, Ignored(record.cells[-1]))


@final
class Documents(JsonFormat):
    """Ignores each member of a list with itself as the reason; `bad` is bad."""

    @property
    def name(self) -> str:
        """`documents`."""
        return "documents"

    def recognises(self, members: frozenset[str]) -> bool:
        """By a member."""
        return "items" in members

    def read(self, content: bytes, context: FileContext) -> Iterator[ReadRow]:
        """One row for each item."""
        del context
        try:
            items = msgspec.json.decode(content, type=dict[str, list[str]])["items"]
        except (msgspec.DecodeError, KeyError) as error:
            raise Unreadable("The file is no list of items.") from error
        for line, item in enumerate(items, 1):
            yield from rows_of(line, partial(_contents, item))


def _contents(item: str) -> Sequence[Content]:
    if item == "bad":
        raise Invalid("It is bad.", field="item")
    return [Ignored(item), Ignored("again")]


FORMATS = BrokerFormats(sectioned=[Listing()], json=[Documents()])


def whole(content: bytes) -> tuple[Reading, WholeFile]:
    """What reads the file, before anything is fed."""
    probe = FORMATS.probe()
    probe.feed(content)
    head = FileHead(content[:HEAD_BYTES], probe.finish(), is_whole=len(content) <= HEAD_BYTES)
    reading = FORMATS.recognise(head, None, [])
    assert isinstance(reading, Reading)
    reader = FORMATS.whole(reading, CONTEXT)
    assert reader is not None
    return reading, reader


def rows(content: bytes, piece: int = HEAD_BYTES) -> list[ReadRow]:
    """The rows of the file, fed in pieces."""
    _, reader = whole(content)
    for start in range(0, len(content), piece):
        reader.feed(content[start : start + piece])
    return list(reader.rows())


@pytest.mark.parametrize("piece", [1, 2, 7, 1_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_sections_are_cut_into_the_same_records_whatever_the_pieces(piece: int, encoding: str) -> None:
    """Also with a mark at the beginning, breaks inside quotes and a last line without an end."""
    content = 'Listing;ü\n\n"two\nlines";"a;b"\nx;"open'.encode(encoding)
    found = rows(content, piece)
    assert [(row.line, row.content) for row in found[:2]] == [(1, Ignored("ü")), (3, Ignored("a;b"))]
    assert isinstance(found[2].content, RowProblem)
    assert found[2].line == 5


def test_a_file_of_too_many_records_is_refused() -> None:
    """Before they take the memory of all."""
    _, reader = whole(b"Listing\n")
    with pytest.raises(Unreadable, match="shorter periods"):
        reader.feed(b"Listing,1\n" * (MAX_STATEMENT_RECORDS + 1))


def test_a_document_is_read_as_one() -> None:
    """A line that makes several entries numbers them; a bad one is only that."""
    reading, _ = whole(b' {"items": []}')
    assert (reading.format, reading.layout.shape) == ("documents", Shape.JSON)
    assert [(row.line, row.part, row.content) for row in rows(b'{"items": ["a", "bad"]}')] == [
        (1, 1, Ignored("a")),
        (1, 2, Ignored("again")),
        (2, 1, RowProblem("item", "It is bad.")),
    ]


@pytest.mark.parametrize("content", [b'{"items": [', b'{"items": "a"}', b'{"x": {"items": []}}'])
def test_a_document_that_is_not_what_it_seemed_is_refused(content: bytes) -> None:
    """With a reason."""
    with pytest.raises(Unreadable, match="no list"):
        rows(content)


def test_a_document_beyond_the_limit_is_refused_while_it_arrives() -> None:
    """A document has to be held as a whole."""
    _, reader = whole(b'{"items": []}')
    with pytest.raises(Unreadable, match="bytes of JSON"):
        reader.feed(bytes(MAX_JSON_BYTES + 1))


def test_all_formats_can_be_asked_for() -> None:
    """What the API lists is what there is, and a name it lacks is refused with the names there are."""
    assert {item.value for item in ImportFormat} == set(BrokerFormats().names)
    with pytest.raises(Invalid, match="zerodha"):
        BrokerFormats().recognise(FileHead(b"", FORMATS.probe().finish(), is_whole=True), "no such", [])
