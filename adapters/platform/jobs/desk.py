"""Jobs as their owner sees and steers them: the rows of the outbox that something reacts to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, final
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.jobs.deliveries import DEFAULT_KIND
from adapters.platform.outbox import CHANNEL
from application.shared.jobs import JobDesk, JobQueries, JobState, JobView
from application.shared.pages import Page, PageRequest
from application.shared.reactions import JobKind, Progress
from domain.shared.access import Actor, Scope
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.events import Priority
from domain.shared.ids import EventId

_STATE: Final = """
    CASE WHEN dead_at IS NOT NULL AND done_at IS NOT NULL THEN 'discarded' WHEN dead_at IS NOT NULL THEN 'dead'
        WHEN done_at IS NOT NULL AND cancelled_at IS NOT NULL THEN 'cancelled' WHEN done_at IS NOT NULL THEN 'done'
        WHEN leased_until > now() THEN 'running' ELSE 'waiting' END
"""
_SELECT: Final = f"""
    SELECT id, name, {_STATE} AS state, priority, subject_id, attempts + crashes AS failures, last_error,
        progress_done, progress_total, cancelled_at IS NOT NULL AS is_cancel_requested,
        created_at, available_at, started_at, coalesce(done_at, dead_at) AS finished_at
    FROM outbox WHERE organisation_id = :organisation AND name = ANY(:names)
"""  # noqa: S608 - put together from constants of this module
_ONE: Final = text(f"{_SELECT} AND id = :id")
_PAGE: Final = text(
    f"""
    {_SELECT} AND (CAST(:state AS text) IS NULL OR {_STATE} = :state)
        AND (CAST(:subject AS uuid) IS NULL OR subject_id = :subject)
        AND (CAST(:before AS uuid) IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit
    """
)
_OWN: Final = "organisation_id = :organisation AND id = :id AND name = ANY(:names)"
# One that has not been taken is over at once; whoever has it in hand is asked to stop.
_CANCEL: Final = text(
    f"""
    UPDATE outbox SET cancelled_at = coalesce(cancelled_at, clock_timestamp()),
        done_at = CASE WHEN leased_until > clock_timestamp() THEN NULL ELSE clock_timestamp() END
    WHERE {_OWN} AND done_at IS NULL AND dead_at IS NULL
    """  # noqa: S608 - as above
)
_RETRY: Final = text(
    f"""
    UPDATE outbox SET dead_at = NULL, attempts = 0, crashes = 0, rung_at = NULL, cancelled_at = NULL,
        available_at = clock_timestamp()
    WHERE {_OWN} AND dead_at IS NOT NULL AND done_at IS NULL
    """  # noqa: S608 - as above
)
_DISCARD: Final = text(
    f"""
    UPDATE outbox SET done_at = clock_timestamp() WHERE {_OWN} AND dead_at IS NOT NULL AND done_at IS NULL
    """  # noqa: S608 - as above
)
_NOTIFY: Final = text("SELECT pg_notify(:channel, '')")


@final
class SqlJobQueries(JobQueries):
    """Reads the outbox; an event that nothing reacts to is no job."""

    def __init__(self, engine: AsyncEngine, kinds: Mapping[str, JobKind]) -> None:
        self._engine = engine
        self._kinds = kinds

    async def jobs(
        self, actor: Actor, state: JobState | None, subject_id: UUID | None, page: PageRequest
    ) -> Page[JobView]:
        """Return jobs, newest first: ids are UUIDv7, so their order is that of time."""
        actor.require(Scope.LEDGER_READ)
        before = None if page.cursor is None else _decode(page.cursor)
        values = {
            "state": None if state is None else state.value,
            "subject": subject_id,
            "before": before,
            "limit": page.limit + 1,
        }
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            found = await connection.execute(_PAGE, _of(actor, self._kinds) | values)
            views = [self._view(row) for row in found]
        shown = views[: page.limit]
        return Page(shown, shown[-1].id.hex if len(views) > page.limit else None)

    async def one(self, actor: Actor, job_id: EventId) -> JobView:
        """Return one job."""
        actor.require(Scope.LEDGER_READ)
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            row = (await connection.execute(_ONE, _of(actor, self._kinds) | {"id": job_id})).one_or_none()
        if row is None:
            raise NotFound("job", job_id)
        return self._view(row)

    def _view(self, row: Row[Any]) -> JobView:  # Any: the statement is text, whose columns have no types
        kind = self._kinds.get(row.name, DEFAULT_KIND)
        finished_at: datetime | None = row.finished_at
        return JobView(
            id=EventId(row.id),
            kind=kind.title,
            state=JobState(row.state),
            priority=Priority(row.priority),
            subject_id=row.subject_id,
            attempts=row.failures,
            max_attempts=kind.max_attempts,
            progress=None if row.progress_total is None else Progress(row.progress_done, row.progress_total),
            error=None if row.last_error is None else _for_its_owner(row.last_error),
            is_cancel_requested=row.is_cancel_requested,
            created_at=row.created_at,
            available_at=row.available_at,
            started_at=row.started_at,
            finished_at=finished_at,
        )


@final
class SqlJobDesk(JobDesk):
    """Changes rows of the outbox, each in one statement that asks for the state it needs."""

    def __init__(self, engine: AsyncEngine, kinds: Mapping[str, JobKind]) -> None:
        self._engine = engine
        self._kinds = kinds

    async def cancel(self, actor: Actor, job_id: EventId) -> None:
        """Stop it now if nobody has it in hand, or after the step."""
        await self._change(actor, job_id, _CANCEL, "cancelled")

    async def retry(self, actor: Actor, job_id: EventId) -> None:
        """Let it be rung for again."""
        await self._change(actor, job_id, _RETRY, "retried: only a dead job is")

    async def discard(self, actor: Actor, job_id: EventId) -> None:
        """Let it go when done events go."""
        await self._change(actor, job_id, _DISCARD, "discarded: only a dead job is")

    async def _change(self, actor: Actor, job_id: EventId, statement: TextClause, verb: str) -> None:
        actor.require(Scope.LEDGER_WRITE)
        values = _of(actor, self._kinds) | {"id": job_id}
        async with begin(self._engine, Tenant(actor.organisation_id)) as block:
            if (await block.connection.execute(statement, values)).rowcount == 0:
                state = await _state_of(block.connection, values)
                if state is None:
                    raise NotFound("job", job_id)
                raise Conflict(f"Job {job_id} is {state} and cannot be {verb}.", state=state)
            await block.connection.execute(_NOTIFY, {"channel": CHANNEL})
            await block.commit()


def _of(actor: Actor, kinds: Mapping[str, JobKind]) -> dict[str, object]:
    return {"organisation": actor.organisation_id, "names": list(kinds)}


def _decode(cursor: str) -> UUID:
    try:
        return UUID(hex=cursor)
    except ValueError as error:
        raise Invalid("cursor is not the nextCursor of an earlier page.", field="cursor") from error


async def _state_of(connection: AsyncConnection, values: Mapping[str, object]) -> str | None:
    row = (await connection.execute(_ONE, values)).one_or_none()
    return None if row is None else str(row.state)


def _for_its_owner(error: str) -> str:
    """Our own errors were written for users; of others only the class is known."""
    name, separator, words = error.partition(": ")
    if separator:
        return words
    return (
        error if error.endswith(".") else f"Something went wrong here ({name}); it has been logged under the job's id."
    )
