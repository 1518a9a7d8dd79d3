"""What happens after a commit: each event name has at most one reaction per capability.

A reaction runs inside the transaction that marks its event as done, so effect and done mark commit
together. Long work is cut into steps: a reaction that returns `Again` is called anew, in a new
transaction, until it returns `Done`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from domain.shared.ids import EventId, OrganisationId

Payload: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as it comes out of the outbox: its payload holds JSON values only.

    `place` is what the step before said where to go on; None for the first.
    """

    event_id: EventId
    name: str
    organisation_id: OrganisationId
    payload: Payload
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: so many of so many, in units that mean something to its owner."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """The reaction has had its whole effect."""

    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """One step is done and committed with this answer; call the reaction again for the next.

    `place` is what the next step is told, also after this process has died; None tells it what this one was told.
    """

    progress: Progress | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """How the reactions to one kind of event are run, and what their owner knows them as.

    After `max_attempts` failures a job is dead. A step that takes longer than `step_s` is ended, and counts as failed.
    """

    title: str
    max_attempts: int = 3
    step_s: int = 120


class Reaction(Protocol):
    """Reacts to one kind of event."""

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Do one step. Raising undoes the step; it is tried again later."""
        ...
