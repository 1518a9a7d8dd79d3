"""Any delimited file of fills, read through a column mapping that its owner has saved."""

from __future__ import annotations

from typing import final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Columns, Translate
from adapters.ledger.imports.format import Format
from adapters.ledger.imports.generic_csv.parse import parser
from adapters.ledger.imports.generic_csv.recognise import recognises
from adapters.ledger.imports.generic_csv.translate import Translator
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading
from domain.shared.errors import Invalid
from domain.shared.time import zone


@final
class GenericCsv(Format):
    """A file whose columns a mapping explains; its clock is the mapping's, else the account's."""

    @property
    def name(self) -> str:
        """`generic_csv`."""
        return "generic_csv"

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header has every column of the mapping, once."""
        return mapping is not None and recognises(layout.columns, mapping)

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the translation of one record."""
        mapping = reading.mapping
        if mapping is None:
            raise Invalid("A generic file needs a column mapping.", field="mappingId")
        parse = parser(Columns(reading.layout.columns), mapping)
        clock = account_zone if mapping.time_zone is None else zone(mapping.time_zone)
        translate = Translator(mapping, clock)
        return lambda record: translate(parse(record))
