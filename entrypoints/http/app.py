"""The HTTP application of Tapedeck: the routes of every capability, on the App's use cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from bootstrap import App
from entrypoints.http.addresses import Callers
from entrypoints.http.api import Parts, build_api
from entrypoints.http.closing import Closing
from entrypoints.http.identity.routes import ROUTES as IDENTITY
from entrypoints.http.job_routes import ROUTES as JOBS
from entrypoints.http.ledger.imports import ROUTES as IMPORTS
from entrypoints.http.ledger.routes import ROUTES as LEDGER
from entrypoints.http.market_data.aliases import ALIASES, NO_SYMBOLS
from entrypoints.http.market_data.routes import ROUTES as MARKET_DATA
from entrypoints.http.metrics import MetricsAccess
from entrypoints.http.operations import RateClass
from entrypoints.http.rate_limits import LimitRules, RateLimits
from entrypoints.http.schedule_routes import ROUTES as SCHEDULES
from entrypoints.http.stream_routes import ROUTES as STREAM
from entrypoints.http.usage_routes import ROUTES as USAGE
from entrypoints.websocket.endpoint import StreamEndpoint
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.limits import StreamLimits
from entrypoints.websocket.streams import Doors, Streams
from entrypoints.websocket.user_feeds import UserFeeds

ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    *IDENTITY,
    *LEDGER,
    *IMPORTS,
    *MARKET_DATA,
    *JOBS,
    *SCHEDULES,
    *STREAM,
    *USAGE,
)


def create_app(app: App, closing: Closing | None = None) -> Litestar:
    """Return the ASGI application that serves this App; its lifespan opens and closes the App's resources.

    `closing` tells it when the process is about to end.
    """
    closing = closing or Closing()
    streams = _streams(app)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with app.lifespan(), streams.running():
            loop = asyncio.get_running_loop()

            def say_goodbye() -> None:
                # a signal may come in the middle of anything
                loop.call_soon_threadsafe(streams.close)

            closing.tell(say_goodbye)
            yield

    parts = Parts(
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        authenticate=app.authenticate,
        replays=app.replays,
        providers={**app.providers, "streams": lambda: streams},
        probes=lambda: app.probes,
        lifespan=lifespan,
        limits=_limits(app),
        aliases=ALIASES,
        no_symbols=NO_SYMBOLS,
        callers=Callers(app.settings.http.trusted_hops, app.settings.http.trusted_callers),
        telemetry=app.platform.requests(),
        metrics=_metrics(app),
        allowed_origins=app.settings.http.allowed_origins,
        closing=closing,
        sockets=StreamEndpoint(streams, frozenset(app.settings.http.allowed_origins)),
        redeem=streams.doors.redeem_ticket,
    )
    return build_api(parts, ROUTES)


def _streams(app: App) -> Streams:
    identity, told = app.identity, app.settings.stream
    doors = Doors(
        open_stream=identity.open_stream(),
        redeem_ticket=identity.redeem_stream_ticket(),
        recheck=identity.recheck_streams(),
    )
    return Streams(
        doors,
        fanout=Fanout(app.market_data.tick_listener(), app.platform.stream_telemetry()),
        users=UserFeeds(app.jobs.user_event_queries(), app.jobs.user_event_heads()),
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        limits=StreamLimits(
            channels=told.channels,
            messages_per_second=told.messages_per_second,
            frame_bytes=told.frame_bytes,
            connections_per_user=told.connections_per_user,
            connections=told.connections,
        ),
    )


def _metrics(app: App) -> MetricsAccess | None:
    token = app.settings.telemetry.metrics_token
    return None if token is None else MetricsAccess(token.reveal(), app.platform.metrics_page)


def _limits(app: App) -> RateLimits | None:
    limits = app.settings.limits
    if not limits.enabled:
        return None
    rules = LimitRules(
        period_s=limits.period_s,
        tier=limits.tier,
        tiers={
            name: {
                RateClass.READ: tier.read,
                RateClass.WRITE: tier.write,
                RateClass.HEAVY: tier.heavy,
                RateClass.SIGN_IN: tier.sign_in,
            }
            for name, tier in limits.all_tiers.items()
        },
        organisations=limits.organisations,
        routes=limits.routes,
        tier_routes={name: tier.routes for name, tier in limits.all_tiers.items()},
    )
    return RateLimits(app.rate_limiter, rules)
