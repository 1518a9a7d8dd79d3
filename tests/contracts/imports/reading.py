"""Reads a file with the formats as an import does, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from adapters.ledger.imports.formats import BrokerFormats
from application.ledger.imports.format_ports import HEAD_BYTES, FileContext, FileHead, Window
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.tradebook_import import Reading
from domain.shared.money import Currency

BERLIN = ZoneInfo("Europe/Berlin")


def looked_at(content: bytes) -> Reading | Layout:
    """The format of a file and how it is laid out, or only the latter."""
    formats = BrokerFormats()
    probe = formats.probe()
    probe.feed(content)
    head = FileHead(content[:HEAD_BYTES], probe.finish(), is_whole=len(content) <= HEAD_BYTES)
    return formats.recognise(head, None, [])


def recognised(content: bytes) -> Reading:
    """How a file is read that tells its format."""
    reading = looked_at(content)
    assert isinstance(reading, Reading)
    return reading


def rows_of(content: bytes, currency: str = "GBP") -> Sequence[ReadRow]:
    """The rows of a file into an account of the currency, by line."""
    reading = recognised(content)
    whole = BrokerFormats().whole(reading, FileContext(BERLIN, Currency(currency)))
    if whole is None:
        start = reading.layout.body
        return BrokerFormats().read(reading, Window(content[start.offset :], start, is_last=True), BERLIN, 1000).rows
    for start_ in range(0, len(content), 1_000):
        whole.feed(content[start_ : start_ + 1_000])
    return sorted(whole.rows(), key=lambda row: (row.line, row.part))


def contents(content: bytes, currency: str = "GBP") -> list[Content]:
    """What the rows hold."""
    return [row.content for row in rows_of(content, currency)]
