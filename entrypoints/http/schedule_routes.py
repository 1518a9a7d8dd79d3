"""The route of schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from application.shared.schedules import CatchUp, ScheduleQueries, ScheduleView
from application.shared.sessions import AtSessions, Edge
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, success
from entrypoints.http.types import Instant


class AtSessionsBody(Struct, rename="camel", kw_only=True):
    """So long after exchanges open or close, on the days on which they trade."""

    edge: Edge
    exchanges: Annotated[list[str], Meta(description="Codes of exchanges; none are all.", examples=[["NYSE"]])]
    delays_s: Annotated[
        list[Annotated[int, Meta(ge=0)]], Meta(description="How many seconds after that.", examples=[[1800]])
    ]


class ScheduleBody(Struct, rename="camel", kw_only=True):
    """What the service does by itself at times of the clock."""

    name: Annotated[str, Meta(examples=["done_events_purge"])]
    cron: (
        Annotated[str, Meta(description="As in crontab(5), by the clock of the zone.", examples=["10 3 * * *"])] | None
    )
    at_sessions: Annotated[
        AtSessionsBody | None, Meta(description="Set where it follows exchanges, and not the clock.")
    ]
    zone: Annotated[str, Meta(description="An IANA time zone.", examples=["UTC"])]
    catch_up: Annotated[
        CatchUp,
        Meta(description="Of times that were missed, do none, the latest or all.", examples=["latest"]),
    ]
    last_due_at: Annotated[Instant | None, Meta(description="The latest time that it was done for.")]
    last_finished_at: Instant | None
    next_at: Instant | None


def _sessions_body(times: AtSessions) -> AtSessionsBody:
    return AtSessionsBody(
        edge=times.edge,
        exchanges=sorted(times.exchanges),
        delays_s=[int(delay.total_seconds()) for delay in times.delays],
    )


def _body(view: ScheduleView) -> ScheduleBody:
    return ScheduleBody(
        name=view.schedule.name,
        cron=None if view.schedule.cron is None else view.schedule.cron.text,
        at_sessions=None if view.schedule.at_sessions is None else _sessions_body(view.schedule.at_sessions),
        zone=view.schedule.zone.key,
        catch_up=view.schedule.catch_up,
        last_due_at=view.last_due_at,
        last_finished_at=view.last_finished_at,
        next_at=view.next_at,
    )


@get("/schedules", tags=["jobs"])
async def list_schedules(
    actor: NamedDependency[Actor], schedule_queries: NamedDependency[ScheduleQueries]
) -> Success[list[ScheduleBody]]:
    """List what is done at times of the clock, with the last run and the next."""
    return success([_body(view) for view in await schedule_queries.schedules(actor)])


ROUTES: Sequence[ControllerRouterHandler] = [list_schedules]
