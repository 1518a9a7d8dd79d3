"""What happened, told to whoever wants to react: recorded by aggregates, stored with the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.shared.ids import OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in the past tense. `name` is `capability.fact` and never changes once published."""

    name: ClassVar[str]
    organisation_id: OrganisationId
