"""All formats of tradebooks and statements; a new one is a folder and a line here."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.format import Format, JsonFormat, SectionedFormat, XmlFormat
from adapters.ledger.imports.generic_csv import GenericCsv
from adapters.ledger.imports.ib_activity import IbActivityStatement
from adapters.ledger.imports.ib_flex import IbFlexQuery
from adapters.ledger.imports.zerodha import ZerodhaTradebook

TABLES: Final[tuple[Format, ...]] = (
    ZerodhaTradebook(),
    # the last, since a mapping says nothing about files that tell by themselves what they are
    GenericCsv(),
)
SECTIONED: Final[tuple[SectionedFormat, ...]] = (IbActivityStatement(),)
XML: Final[tuple[XmlFormat, ...]] = (IbFlexQuery(),)
JSON: Final[tuple[JsonFormat, ...]] = ()
