"""What goes over the wire for jobs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.shared.jobs import JobState, JobView
from entrypoints.http.types import Instant


class Urgency(StrEnum):
    """What of all that waits comes first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class ProgressBody(Struct, rename="camel", kw_only=True):
    """How far it is."""

    done: Annotated[int, Meta(ge=0, examples=[4000])]
    total: Annotated[int, Meta(ge=0, description="In the unit of the kind: bytes of a file, rows.", examples=[12000])]


class JobBody(Struct, rename="camel", kw_only=True):
    """Work in the background as it stands."""

    id: UUID
    kind: Annotated[str, Meta(pattern="^[a-z_]+$", description="What it does.", examples=["read_import"])]
    state: Annotated[
        JobState,
        Meta(
            description="`waiting`: to be begun, or tried again after a failure, see `error`. `running`: at work. "
            "`dead`: failed for the last time; retry or discard it. `done`, `cancelled`, `discarded`: over.",
            examples=["running"],
        ),
    ]
    priority: Annotated[Urgency, Meta(examples=["normal"])]
    subject_id: Annotated[UUID | None, Meta(description="What it works on, such as an import.")]
    attempts: Annotated[int, Meta(ge=0, description="How often it failed.", examples=[0])]
    max_attempts: Annotated[int, Meta(ge=1, description="After so many failures it is dead.", examples=[3])]
    progress: ProgressBody | None
    error: Annotated[str, Meta(description="Why it failed last.", examples=["The account is closed."])] | None
    cancel_requested: Annotated[bool, Meta(description="Whether it is to stop after the step in hand.")]
    created_at: Instant
    due_at: Annotated[Instant, Meta(description="When it may begin, or be tried again.")]
    started_at: Instant | None
    finished_at: Instant | None


def job_body(view: JobView) -> JobBody:
    """Render a job."""
    progress = view.progress
    return JobBody(
        id=view.id,
        kind=view.kind,
        state=view.state,
        priority=Urgency(view.priority.name.lower()),
        subject_id=view.subject_id,
        attempts=view.attempts,
        max_attempts=view.max_attempts,
        progress=None if progress is None else ProgressBody(done=progress.done, total=progress.total),
        error=view.error,
        cancel_requested=view.is_cancel_requested,
        created_at=view.created_at,
        due_at=view.available_at,
        started_at=view.started_at,
        finished_at=view.finished_at,
    )
