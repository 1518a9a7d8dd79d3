"""All routes of market data."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from entrypoints.http.market_data import (
    backfill_routes,
    batch_routes,
    calendar_routes,
    coin_routes,
    fx_routes,
    history_routes,
    listing_routes,
    news_routes,
    overview_routes,
    quote_routes,
    status_routes,
)

ROUTES: Sequence[ControllerRouterHandler] = [
    *backfill_routes.ROUTES,
    *batch_routes.ROUTES,
    *calendar_routes.ROUTES,
    *coin_routes.ROUTES,
    *fx_routes.ROUTES,
    *history_routes.ROUTES,
    *listing_routes.ROUTES,
    *news_routes.ROUTES,
    *overview_routes.ROUTES,
    *quote_routes.ROUTES,
    *status_routes.ROUTES,
]
