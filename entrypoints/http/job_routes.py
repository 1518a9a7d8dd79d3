"""The routes of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.shared.jobs import JobDesk, JobQueries, JobState
from application.shared.pages import PageRequest
from domain.shared.access import Actor
from domain.shared.ids import EventId
from entrypoints.http.auth import Renewal
from entrypoints.http.closing import Closing
from entrypoints.http.envelope import Success, paged, success
from entrypoints.http.job_events import LONGEST_S, MEDIA_TYPE, Following
from entrypoints.http.job_schemas import JobBody, job_body

_EVENTS: Final = {
    MEDIA_TYPE: {
        # each event of the stream is like this
        "schema": {
            "type": "object",
            "properties": {
                "event": {"enum": ["job", "goodbye"]},
                "data": {"type": "string", "description": "The job as JSON.", "contentMediaType": "application/json"},
            },
            "required": ["event", "data"],
        },
        "example": {"event": "job", "data": '{"id": "0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f", "state": "running"}'},
    }
}


@get("/jobs", tags=["jobs"])
async def list_jobs(
    actor: NamedDependency[Actor],
    page: NamedDependency[PageRequest],
    job_queries: NamedDependency[JobQueries],
    wanted: Annotated[
        JobState | None, QueryParameter(name="state", description="Only those in this state, such as `dead`.")
    ] = None,
    subject_id: Annotated[
        UUID | None, QueryParameter(name="subjectId", description="Only those that work on this, such as an import.")
    ] = None,
) -> Success[list[JobBody]]:
    """List work in the background, the newest first.

    What is over is kept for 30 days, what is dead for 90, unless you retry or discard it before.
    """
    return paged(await job_queries.jobs(actor, wanted, subject_id, page), job_body)


@get("/jobs/{job_id:uuid}", tags=["jobs"])
async def read_job(
    job_id: FromPath[UUID], actor: NamedDependency[Actor], job_queries: NamedDependency[JobQueries]
) -> Success[JobBody]:
    """Read a job: its state, how far it is, why it failed."""
    return success(job_body(await job_queries.one(actor, EventId(job_id))))


@get(
    "/jobs/{job_id:uuid}/events",
    tags=["jobs"],
    media_type=MEDIA_TYPE,
    opt={"stays_open": True, "answer": _EVENTS},
)
async def follow_job(
    job_id: FromPath[UUID],
    *,
    actor: NamedDependency[Actor],
    renewal: NamedDependency[Renewal],
    job_queries: NamedDependency[JobQueries],
    closing: NamedDependency[Closing],
    seconds: Annotated[
        int,
        QueryParameter(description="End after so many seconds even if the job has not."),
        Meta(ge=1, le=LONGEST_S, examples=[60]),
    ] = LONGEST_S,
) -> Stream:
    """Follow a job as server-sent events.

    The first tells the job as it stands, each further one what has become of it; the stream ends with the job, or when
    your session does. Comments keep it alive in between. `goodbye` says that the server is about to end: come back.
    """
    first = await job_queries.one(actor, EventId(job_id))
    events = Following(job_queries, actor, renewal, closing, seconds).events(first)
    return Stream(events, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@post("/jobs/{job_id:uuid}/cancel", tags=["jobs"], status_code=202)
async def cancel_a_job(
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    job_desk: NamedDependency[JobDesk],
    job_queries: NamedDependency[JobQueries],
) -> Success[JobBody]:
    """Stop a job.

    One that waits never starts; one that runs stops after the step in hand. What its steps have stored stays, and the
    same can be asked for again: an import that was stopped half-way goes on when it is committed once more.
    """
    await job_desk.cancel(actor, EventId(job_id))
    return success(job_body(await job_queries.one(actor, EventId(job_id))))


@post("/jobs/{job_id:uuid}/retry", tags=["jobs"], status_code=202)
async def retry_a_job(
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    job_desk: NamedDependency[JobDesk],
    job_queries: NamedDependency[JobQueries],
) -> Success[JobBody]:
    """Try a dead job again, from the step that failed and with all its attempts."""
    await job_desk.retry(actor, EventId(job_id))
    return success(job_body(await job_queries.one(actor, EventId(job_id))))


@post("/jobs/{job_id:uuid}/discard", tags=["jobs"], status_code=200)
async def discard_a_job(
    job_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    job_desk: NamedDependency[JobDesk],
    job_queries: NamedDependency[JobQueries],
) -> Success[JobBody]:
    """Put a dead job away for good: it is no longer in the way, and gone after 30 days."""
    await job_desk.discard(actor, EventId(job_id))
    return success(job_body(await job_queries.one(actor, EventId(job_id))))


ROUTES: Sequence[ControllerRouterHandler] = [
    list_jobs,
    read_job,
    follow_job,
    cancel_a_job,
    retry_a_job,
    discard_a_job,
]
