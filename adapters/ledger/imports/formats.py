"""All formats of tradebooks, and the reading of files in them. A new format is a folder and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import BadCell, Columns, Translate
from adapters.ledger.imports.delimited.encodings import FileProbe
from adapters.ledger.imports.delimited.header import headers, likely_header
from adapters.ledger.imports.delimited.records import Grid, Record, cut
from adapters.ledger.imports.format import Format
from adapters.ledger.imports.generic_csv import GenericCsv
from adapters.ledger.imports.zerodha import ZerodhaTradebook
from application.ledger.imports.ports import Batch, EncodingProbe, FileHead, TradebookFormats, Window
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import SavedMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.ledger.imports.verdict import RowProblem
from domain.shared.errors import Invalid

FORMATS: Final[tuple[Format, ...]] = (ZerodhaTradebook(), GenericCsv())


@final
class DelimitedFormats(TradebookFormats):
    """Formats of delimited text; the header tells which."""

    def __init__(self, formats: Sequence[Format] = FORMATS) -> None:
        self._formats = {item.name: item for item in formats}

    def probe(self) -> EncodingProbe:
        """Return a probe for one file."""
        return FileProbe()

    def recognise(self, head: FileHead, wanted: str | None, mappings: Sequence[SavedMapping]) -> Reading | Layout:
        """Try each format without a mapping, then each mapping, on every record that may be the header."""
        if wanted is not None and wanted not in self._formats:
            known = ", ".join(self._formats)
            raise Invalid(f"There is no format {wanted[:48]!r}; there are {known}.", field="format")
        formats = [item for name, item in self._formats.items() if wanted in {None, name}]
        found = self._fitting(head, formats, mappings)
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

    @staticmethod
    def _fitting(head: FileHead, formats: Sequence[Format], mappings: Sequence[SavedMapping]) -> list[Reading]:
        layouts = list(headers(head.data, head.encoding, final=head.is_whole))
        for item in formats:
            for layout in layouts:
                if item.recognises(layout, None):
                    return [Reading(item.name, layout)]
        # a mapping fits by the first header that has its columns; two that fit leave the choice to the user
        return [reading for saved in mappings if (reading := _first_fit(saved, formats, layouts)) is not None]

    def read(self, reading: Reading, window: Window, account_zone: ZoneInfo, limit: int) -> Batch:
        """Cut the window into records and translate them, at most `limit`."""
        translate = self._formats[reading.format].translator(reading, account_zone)
        columns = Columns(reading.layout.columns)
        grid = Grid(reading.layout.delimiter, len(reading.layout.columns))
        rows: list[ReadRow] = []
        end = window.place
        for step in cut(window.data, window.place, reading.layout.encoding, grid, final=window.is_last):
            end = step.end
            if step.record is not None:
                rows.append(ReadRow(step.record.line, _content(step.record, columns, translate)))
                if len(rows) >= limit:
                    break
        return Batch(rows, end)


def _first_fit(saved: SavedMapping, formats: Sequence[Format], layouts: Sequence[Layout]) -> Reading | None:
    for item in formats:
        for layout in layouts:
            if item.recognises(layout, saved.mapping):
                return Reading(item.name, layout, saved.mapping, saved.id)
    return None


def _content(record: Record, columns: Columns, translate: Translate) -> Fill | RowProblem:
    if record.problem is not None:
        return RowProblem(None, record.problem)
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
