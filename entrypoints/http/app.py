"""The HTTP application of Tapedeck: the routes of every capability, on the App's use cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from bootstrap import App
from entrypoints.http.api import Parts, build_api
from entrypoints.http.identity.routes import ROUTES as IDENTITY
from entrypoints.http.job_routes import ROUTES as JOBS
from entrypoints.http.ledger.imports import ROUTES as IMPORTS
from entrypoints.http.ledger.routes import ROUTES as LEDGER

ROUTES: Final[Sequence[ControllerRouterHandler]] = (*IDENTITY, *LEDGER, *IMPORTS, *JOBS)


def create_app(app: App) -> Litestar:
    """Return the ASGI application that serves this App; its lifespan opens and closes the App's resources."""
    parts = Parts(
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        authenticate=app.authenticate,
        replays=app.replays,
        providers=app.providers,
        probes=app.probes,
        lifespan=app.lifespan,
        allowed_origins=app.settings.http.allowed_origins,
    )
    return build_api(parts, ROUTES)
