"""The imports' own errors."""

from __future__ import annotations

from domain.ledger.imports.layout import Layout
from domain.shared.errors import Invalid


class Unreadable(Invalid):
    """A file that cannot be read as it is, or not in the way that was asked for; `layout` is what could be seen."""

    def __init__(self, message: str, layout: Layout | None = None) -> None:
        super().__init__(message, field="file")
        self.layout = layout
