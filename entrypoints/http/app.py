"""The HTTP application of Tapedeck: the routes of every capability, on the App's use cases."""

from __future__ import annotations

from collections.abc import Sequence
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
from entrypoints.http.metrics import MetricsAccess
from entrypoints.http.operations import RateClass
from entrypoints.http.rate_limits import LimitRules, RateLimits
from entrypoints.http.schedule_routes import ROUTES as SCHEDULES
from entrypoints.http.usage_routes import ROUTES as USAGE

ROUTES: Final[Sequence[ControllerRouterHandler]] = (*IDENTITY, *LEDGER, *IMPORTS, *JOBS, *SCHEDULES, *USAGE)


def create_app(app: App, closing: Closing | None = None) -> Litestar:
    """Return the ASGI application that serves this App; its lifespan opens and closes the App's resources.

    `closing` tells it when the process is about to end.
    """
    parts = Parts(
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        authenticate=app.authenticate,
        replays=app.replays,
        providers=app.providers,
        probes=lambda: app.probes,
        lifespan=app.lifespan,
        limits=_limits(app),
        callers=Callers(app.settings.http.trusted_hops, app.settings.http.trusted_callers),
        telemetry=app.platform.requests(),
        metrics=_metrics(app),
        allowed_origins=app.settings.http.allowed_origins,
        closing=closing or Closing(),
    )
    return build_api(parts, ROUTES)


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
    )
    return RateLimits(app.rate_limiter, rules)
