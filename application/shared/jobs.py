"""Work in the background as its owner sees it, and what they may do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from application.shared.pages import Page, PageRequest
from application.shared.reactions import Progress
from domain.shared.access import Actor
from domain.shared.events import Priority
from domain.shared.ids import EventId


class JobState(StrEnum):
    """Where a job stands; one that failed waits for its next attempt, or is dead after the last."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more unless somebody asks for it."""
        return self not in {JobState.WAITING, JobState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job; `attempts` counts failures and crashes, `error` is about the last of them, in words for its owner."""

    id: EventId
    kind: str
    state: JobState
    priority: Priority
    subject_id: UUID | None
    attempts: int
    max_attempts: int
    progress: Progress | None
    error: str | None
    is_cancel_requested: bool
    created_at: datetime
    available_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobQueries(Protocol):
    """Reads jobs of the actor's organisation; each raises Forbidden without ledger:read."""

    async def jobs(
        self, actor: Actor, state: JobState | None, subject_id: UUID | None, page: PageRequest
    ) -> Page[JobView]:
        """Return jobs, newest first."""
        ...

    async def one(self, actor: Actor, job_id: EventId) -> JobView:
        """Return one job or raise NotFound."""
        ...


class JobDesk(Protocol):
    """Changes the fate of a job; each raises Forbidden without ledger:write, NotFound, or Conflict in the wrong state.

    What its steps committed stays.
    """

    async def cancel(self, actor: Actor, job_id: EventId) -> None:
        """Keep a job that waits from starting; let one that runs stop after the step in hand."""
        ...

    async def retry(self, actor: Actor, job_id: EventId) -> None:
        """Let a dead job begin anew, with all its attempts, from the step that failed."""
        ...

    async def discard(self, actor: Actor, job_id: EventId) -> None:
        """Put a dead job away for good."""
        ...
