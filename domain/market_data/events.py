"""What market data tells others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.market_data.bar import Interval
from domain.shared.events import Event, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRequested(Event):
    """Somebody wants the bars of these symbols, since then, to be there before they are asked for.

    The symbols have blanks between them, as none has one in it.
    """

    name: ClassVar[str] = "market_data.backfill_requested"
    # what somebody waits for comes first
    priority: ClassVar[Priority] = Priority.LOW

    backfill_id: UUID
    symbols: str
    interval: Interval
    since: datetime

    @property
    def subject_id(self) -> UUID:
        """The backfill."""
        return self.backfill_id
