"""Tells a statement by its first table."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.ledger.imports.delimited.records import Record


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the first record is the header of the table `Statement`."""
    return bool(head) and head[0].cells[:4] == ("Statement", "Header", "Field Name", "Field Value")
