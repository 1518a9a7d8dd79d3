"""All routes of the ledger, apart from its imports'."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from entrypoints.http.ledger import (
    account_routes,
    cash_routes,
    corporate_action_routes,
    currency_routes,
    export_routes,
    figure_routes,
    issue_routes,
    listing_routes,
    method_routes,
    position_routes,
    proposal_routes,
    reconciliation_routes,
    tax_routes,
    trade_routes,
    transfer_routes,
)

ROUTES: Sequence[ControllerRouterHandler] = [
    *account_routes.ROUTES,
    *trade_routes.ROUTES,
    *position_routes.ROUTES,
    *corporate_action_routes.ROUTES,
    *proposal_routes.ROUTES,
    *cash_routes.ROUTES,
    *transfer_routes.ROUTES,
    *figure_routes.ROUTES,
    *currency_routes.ROUTES,
    *issue_routes.ROUTES,
    *listing_routes.ROUTES,
    *reconciliation_routes.ROUTES,
    *method_routes.ROUTES,
    *tax_routes.ROUTES,
    *export_routes.ROUTES,
]
