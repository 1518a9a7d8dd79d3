"""Three different questions: does the process live, can it serve, and how is each thing it stands on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Struct, UnsetType

from application.shared.health import Probe
from domain.shared.errors import Unavailable
from entrypoints.http.auth import PUBLIC
from entrypoints.http.closing import Closing
from entrypoints.http.envelope import Success, success
from entrypoints.http.rate_limits import UNLIMITED

_PATIENCE_S: Final = 3.0
# whoever watches over the processes asks often and must always be answered
_OPEN: Final = {**PUBLIC, **UNLIMITED}


class Liveness(Struct, rename="camel", kw_only=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(Struct, rename="camel", kw_only=True):
    """Requests can be served."""

    status: Literal["ready"] = "ready"


class DependencyHealth(Struct, rename="camel", kw_only=True):
    """One thing that the service stands on."""

    name: Annotated[str, msgspec.Meta(examples=["database"])]
    status: Literal["up", "down"]
    is_essential: Annotated[bool, msgspec.Meta(description="Whether nothing works without it.", examples=[True])]
    latency_ms: Annotated[float, msgspec.Meta(ge=0, description="How long it took to answer.", examples=[1.5])]
    problem: Annotated[str, msgspec.Meta(examples=["Redis does not answer."])] | UnsetType = UNSET


class HealthReport(Struct, rename="camel", kw_only=True):
    """`degraded` means that something inessential is away: requests are served, some work waits."""

    status: Literal["healthy", "degraded", "unhealthy"]
    dependencies: list[DependencyHealth]


def routes(probes: Callable[[], Sequence[Probe]], closing: Closing) -> Sequence[HTTPRouteHandler]:
    """Return the routes that ask these probes."""

    @get("/livez", tags=["health"], opt=_OPEN)
    async def read_liveness() -> Success[Liveness]:
        """Say that the process lives.

        Asks nothing of any dependency: a restart would not bring back a database.
        """
        return success(Liveness())

    @get("/readyz", tags=["health"], opt=_OPEN)
    async def read_readiness() -> Success[Readiness]:
        """Say whether requests can be served.

        503 while the database is away or not migrated, and once this process is about to end.
        """
        if closing.has_begun:
            raise Unavailable("This process is about to end; others serve.")
        for report in await asyncio.gather(*(_examine(probe) for probe in probes() if probe.is_essential)):
            if report.problem is not UNSET:
                raise Unavailable(report.problem)
        return success(Readiness())

    @get("/health", tags=["health"], opt=_OPEN)
    async def read_health() -> Success[HealthReport]:
        """Report each dependency with its latency; a provider is down while calls to it are held back.

        Always 200: the report is the answer. Use `/readyz` to decide about traffic.
        """
        found = await asyncio.gather(*(_examine(probe) for probe in probes()))
        down = [report for report in found if report.status == "down"]
        status: Literal["healthy", "degraded", "unhealthy"] = "healthy"
        if down:
            status = "unhealthy" if any(report.is_essential for report in down) else "degraded"
        return success(HealthReport(status=status, dependencies=list(found)))

    return [read_liveness, read_readiness, read_health]


async def _examine(probe: Probe) -> DependencyHealth:
    started = time.perf_counter()
    problem: str | UnsetType = UNSET
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await probe()
    except TimeoutError:
        problem = f"It did not answer within {_PATIENCE_S:g} s."
    except Unavailable as error:
        problem = error.message
    return DependencyHealth(
        name=probe.name,
        status="up" if problem is UNSET else "down",
        is_essential=probe.is_essential,
        latency_ms=round((time.perf_counter() - started) * 1000, 3),
        problem=problem,
    )
