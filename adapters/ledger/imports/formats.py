"""Tells which format a file has, and reads files in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Final, final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import BadCell, Columns, Translate
from adapters.ledger.imports.delimited.encodings import FileProbe, mark_length
from adapters.ledger.imports.delimited.header import DELIMITERS, FURTHEST_RECORD, headers, likely_header
from adapters.ledger.imports.delimited.records import Grid, Record, cut
from adapters.ledger.imports.format import Format, JsonFormat, SectionedFormat, XmlFormat, numbered
from adapters.ledger.imports.registry import JSON, SECTIONED, TABLES, XML
from adapters.ledger.imports.whole import JsonFile, SectionedFile, XmlFile
from adapters.ledger.imports.workbook.opening import opened
from adapters.ledger.imports.xml.elements import outline
from application.ledger.imports.format_ports import (
    Batch,
    EncodingProbe,
    FileContext,
    FileHead,
    TradebookFormats,
    Upload,
    WholeFile,
    Window,
)
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.layout import Layout, Place, Shape
from domain.ledger.imports.mapping import SavedMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.errors import Invalid

_JSON_MEMBER: Final = re.compile(r'"([^"\\]{1,64})"\s*:')
_AGAIN: Final = Ignored("The header again.")


@final
class BrokerFormats(TradebookFormats):
    """Formats of delimited text, whose header or first records tell which, of XML and of JSON."""

    def __init__(
        self,
        tables: Sequence[Format] = TABLES,
        sectioned: Sequence[SectionedFormat] = SECTIONED,
        xml: Sequence[XmlFormat] = XML,
        json: Sequence[JsonFormat] = JSON,
    ) -> None:
        self._tables = {item.name: item for item in tables}
        self._sectioned = {item.name: item for item in sectioned}
        self._xml = {item.name: item for item in xml}
        self._json = {item.name: item for item in json}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all formats."""
        return (*self._tables, *self._sectioned, *self._xml, *self._json)

    def opened(self, upload: Upload) -> AbstractAsyncContextManager[Upload]:
        """Return the text of a workbook, any other file as it is."""
        return opened(upload)

    def probe(self) -> EncodingProbe:
        """Return a probe for one file."""
        return FileProbe()

    def recognise(self, head: FileHead, wanted: str | None, mappings: Sequence[SavedMapping]) -> Reading | Layout:
        """Try trees as what they are; of text, first the formats of several sections, then those of one table.

        Each table is tried without a mapping, then with each mapping, on every record that may be the header.
        """
        if wanted is not None and wanted not in self.names:
            raise Invalid(f"There is no format {wanted[:48]!r}; there are {', '.join(self.names)}.", field="format")
        start = head.data[mark_length(head.data) :].decode(head.encoding.value, "replace").lstrip()
        if start.startswith("<"):
            return self._xml_reading(head, wanted)
        if start.startswith(("{", "[")):
            return self._json_reading(head, wanted, start)
        found = self._in_sections(head, wanted)
        return self._in_table(head, wanted, mappings) if found is None else found

    def _xml_reading(self, head: FileHead, wanted: str | None) -> Reading:
        root, members = outline(head.data)
        for name, item in self._xml.items():
            if wanted in {None, name} and item.recognises(root, members):
                return Reading(name, _tree(head, Shape.XML))
        raise Unreadable(f"The file is XML of the root {root[:48]!r}, which no format here reads.")

    def _json_reading(self, head: FileHead, wanted: str | None, text: str) -> Reading:
        members = frozenset(_JSON_MEMBER.findall(text))
        for name, item in self._json.items():
            if wanted in {None, name} and item.recognises(members):
                return Reading(name, _tree(head, Shape.JSON))
        shown = ", ".join(sorted(members))[:200]
        raise Unreadable(f"The file is JSON with the members {shown or 'none'}, which no format here reads.")

    def _in_sections(self, head: FileHead, wanted: str | None) -> Reading | None:
        formats = {name: item for name, item in self._sectioned.items() if wanted in {None, name}}
        if not formats:
            return None
        mark = mark_length(head.data)
        body = Place(mark, 1)
        for delimiter in DELIMITERS:
            steps = cut(head.data[mark:], body, head.encoding, Grid(delimiter), final=head.is_whole)
            records = list(islice((step.record for step in steps if step.record is not None), FURTHEST_RECORD))
            for name, item in formats.items():
                if item.recognises(records):
                    return Reading(name, Layout(head.encoding, delimiter, (), 1, body, Shape.SECTIONS))
        return None

    def _in_table(self, head: FileHead, wanted: str | None, mappings: Sequence[SavedMapping]) -> Reading | Layout:
        formats = [item for name, item in self._tables.items() if wanted in {None, name}]
        found = _fitting(head, formats, mappings)
        if len(found) == 1:
            return found[0]
        layout = likely_header(head.data, head.encoding, final=head.is_whole)
        if layout is None:
            raise Unreadable(
                "No header was found in the first 50 lines: no line names two columns or more, divided by a comma, "
                "a semicolon, a tab or a bar."
            )
        if wanted is not None and not found:
            raise Unreadable(_misfit(wanted, layout, mappings), layout)
        return layout

    def read(self, reading: Reading, window: Window, account_zone: ZoneInfo, limit: int) -> Batch:
        """Cut the window into records and translate them, at most `limit`."""
        table = self._tables[reading.format]
        translate = table.translator(reading, account_zone)
        columns = Columns(reading.layout.columns)
        grid = Grid(reading.layout.delimiter, len(reading.layout.columns), table.verbatim)
        rows: list[ReadRow] = []
        end = window.place
        for step in cut(window.data, window.place, reading.layout.encoding, grid, final=window.is_last):
            end = step.end
            if step.record is not None:
                rows.extend(numbered(step.record.line, _content(step.record, columns, translate)))
                if len(rows) >= limit:
                    break
        return Batch(rows, end)

    def whole(self, reading: Reading, context: FileContext) -> WholeFile | None:
        """Return what reads a tree or a file of several sections."""
        match reading.layout.shape:
            case Shape.TABLE:
                return None
            case Shape.SECTIONS:
                return SectionedFile(self._sectioned[reading.format], reading.layout, context)
            case Shape.XML:
                return XmlFile(self._xml[reading.format], context)
            case Shape.JSON:
                return JsonFile(self._json[reading.format], context)


def _tree(head: FileHead, shape: Shape) -> Layout:
    return Layout(head.encoding, "", (), 1, Place(0, 1), shape)


def _fitting(head: FileHead, formats: Sequence[Format], mappings: Sequence[SavedMapping]) -> list[Reading]:
    layouts = list(headers(head.data, head.encoding, final=head.is_whole))
    for item in formats:
        for layout in layouts:
            if item.recognises(layout, None):
                return [Reading(item.name, layout)]
    # a mapping fits by the first header that has its columns; two that fit leave the choice to the user
    return [reading for saved in mappings if (reading := _first_fit(saved, formats, layouts)) is not None]


def _first_fit(saved: SavedMapping, formats: Sequence[Format], layouts: Sequence[Layout]) -> Reading | None:
    for item in formats:
        for layout in layouts:
            if item.recognises(layout, saved.mapping):
                return Reading(item.name, layout, saved.mapping, saved.id)
    return None


def _content(record: Record, columns: Columns, translate: Translate) -> Content | Sequence[Content]:
    if record.problem is not None:
        return RowProblem(None, record.problem)
    if record.cells == columns.names:
        return _AGAIN
    try:
        columns.check_width(record)
        return translate(record)
    except BadCell as error:
        return error.problem
    except Invalid as error:
        field = error.details.get("field")
        return RowProblem(columns.spelled(field) if isinstance(field, str) else None, error.message)


def _misfit(wanted: str, layout: Layout, mappings: Sequence[SavedMapping]) -> str:
    start = f"The file is not of the format {wanted}. Its header on line {layout.header_line} seems to be"
    reason = f"{start} {', '.join(layout.columns)[:500]}"
    if len(mappings) == 1:
        missing = ", ".join(mappings[0].mapping.missing_from(layout.columns))
        return f"{reason}; the mapping {mappings[0].name!r} needs {missing} once each."
    return f"{reason}."
