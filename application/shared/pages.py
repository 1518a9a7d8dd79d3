"""Lists come in pages; a cursor names the place after which the next page starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row_co = TypeVar("Row_co", covariant=True)

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted: at most `limit` rows after `cursor` (an opaque text from an earlier page)."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row_co]):
    """Rows in order and the cursor of the next page, None at the end."""

    rows: Sequence[Row_co]
    next_cursor: str | None
