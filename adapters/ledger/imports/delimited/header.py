"""Looks for the header among the first records of a file, past any preamble, under each delimiter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from adapters.ledger.imports.delimited.encodings import mark_length
from adapters.ledger.imports.delimited.records import Grid, cut
from domain.ledger.imports.layout import Encoding, Layout, Place

DELIMITERS = (",", ";", "\t", "|")
FURTHEST_RECORD = 50
_LEAST_COLUMNS = 2
_HAS_LETTER = re.compile(r"[^\W\d_]")


def headers(head: bytes, encoding: Encoding, *, final: bool) -> Iterator[Layout]:
    """Yield every record near the beginning of a file as if it were its header."""
    mark = mark_length(head)
    for delimiter in DELIMITERS:
        records = cut(head[mark:], Place(mark, 1), encoding, Grid(delimiter), final=final)
        for step in islice(records, FURTHEST_RECORD):
            if step.record is not None and step.record.problem is None:
                yield Layout(encoding, delimiter, step.record.cells, step.record.line, step.end)


def likely_header(head: bytes, encoding: Encoding, *, final: bool) -> Layout | None:
    """Return the record that looks most like a header: the widest that names its columns in words."""
    named = [layout for layout in headers(head, encoding, final=final) if _names(layout) >= _LEAST_COLUMNS]
    return max(named, key=_names, default=None)


def _names(layout: Layout) -> int:
    """Return how many columns a header names; none if a cell is not a name or two are the same."""
    names = [name for name in layout.columns if name]
    if len(set(names)) < len(names) or not all(_HAS_LETTER.search(name) for name in names):
        return 0
    return len(names)
