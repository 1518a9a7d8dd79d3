"""What happened, told to whoever wants to react: recorded by aggregates, stored with the change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar
from uuid import UUID

from domain.shared.ids import OrganisationId


class Priority(IntEnum):
    """How urgent it is to react; of what waits, the most urgent comes first."""

    CRITICAL = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in the past tense. `name` is `capability.fact` and never changes once published."""

    name: ClassVar[str]
    priority: ClassVar[Priority] = Priority.NORMAL
    organisation_id: OrganisationId

    @property
    def subject_id(self) -> UUID | None:
        """The one thing that the reaction works on, by which its owner finds the job."""
        return None

    @property
    def unique_key(self) -> str | None:
        """What there is to react to once: of events with this name and key, one is kept and the others are dropped."""
        return None
