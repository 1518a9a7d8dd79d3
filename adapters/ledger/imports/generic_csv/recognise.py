"""Tells whether a mapping fits a header."""

from __future__ import annotations

from collections.abc import Sequence

from domain.ledger.imports.mapping import ColumnMapping


def recognises(columns: Sequence[str], mapping: ColumnMapping) -> bool:
    """Tell whether every column that the mapping names stands in the header exactly once."""
    return not mapping.missing_from(tuple(columns))
