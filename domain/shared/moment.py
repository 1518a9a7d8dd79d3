"""Two questions about the past that are easily confused: what was true then, and what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Moment:
    """A view of the records: what had happened up to and with `as_of`, as far as recorded up to and with `known_at`.

    None is now: all that is recorded, whenever it happened.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether nothing of the past is asked for."""
        return self.as_of is None and self.known_at is None


NOW: Final = Moment()
