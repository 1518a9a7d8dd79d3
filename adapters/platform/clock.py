"""The machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import final

from application.shared.ports import Clock


@final
class SystemClock(Clock):
    """Tells the machine's time in UTC."""

    def now(self) -> datetime:
        """Return the current instant."""
        return datetime.now(UTC)
