"""The routes of cash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.cash.convert_cash import ConvertCash
from application.ledger.cash.patch_cash_movement import PatchCashMovement, PatchCashMovementCommand
from application.ledger.cash.queries import CashBalanceFilter, CashEntryFilter, CashMovementFilter, CashQueries
from application.ledger.cash.record_cash_movement import RecordCashMovement
from application.ledger.cash.transfer_cash import TransferCash
from application.ledger.cash.void_cash_movement import VoidCashMovement, VoidCashMovementCommand
from application.shared.pages import PageRequest
from domain.ledger.cash_kind import CashKind
from domain.shared.access import Actor
from domain.shared.ids import AccountId, CashMovementId, ImportId
from domain.shared.moment import Moment
from entrypoints.http.envelope import CREATED, CREATED_UNVERSIONED, VERSIONED, Success, created, paged, versioned
from entrypoints.http.ledger.cash_schemas import (
    CashBalanceBody,
    CashEntryBody,
    CashMovementBody,
    CashPairBody,
    ConvertCashRequest,
    PatchCashMovementRequest,
    RecordCashMovementRequest,
    TransferCashRequest,
    VoidCashMovementRequest,
    balance_body,
    entry_body,
    movement_body,
    pair_body,
)
from entrypoints.http.ledger.position_routes import OfAccount, OfInstrument, account_wanted, instrument_wanted
from entrypoints.http.lines import Listed, Rows
from entrypoints.http.problem import errors
from entrypoints.http.types import CurrencyText, InstantText, to_currency, to_instant

_From: TypeAlias = Annotated[
    InstantText | None, QueryParameter(name="occurredFrom", description="Only what happened then or later.")
]
_To: TypeAlias = Annotated[
    InstantText | None, QueryParameter(name="occurredTo", description="Only what happened before.")
]
_InCurrency: TypeAlias = Annotated[CurrencyText | None, QueryParameter(description="Only in this currency.")]


@post("/cash-movements", tags=["cash"], status_code=201, response_headers=CREATED, responses=errors(404, 409))
async def record_a_cash_movement(
    data: JSONBody[RecordCashMovementRequest],
    actor: NamedDependency[Actor],
    record_cash_movement: NamedDependency[RecordCashMovement],
) -> Response[Success[CashMovementBody]]:
    """Record cash that moved without a trade.

    The amount is always greater than zero: the kind says which way it went. The balance follows at once.
    """
    view = await record_cash_movement(actor, AccountId(data.account_id), data.to_details())
    return created(movement_body(view), f"/cash-movements/{view.id}", view.version)


@post(
    "/cash-movements/transfers",
    tags=["cash"],
    status_code=201,
    response_headers=CREATED_UNVERSIONED,
    responses=errors(404, 409),
)
async def record_a_cash_transfer(
    data: JSONBody[TransferCashRequest], actor: NamedDependency[Actor], transfer_cash: NamedDependency[TransferCash]
) -> Response[Success[CashPairBody]]:
    """Record cash that went from one of your accounts to another.

    Two movements are recorded, or none; voiding one voids both.
    """
    view = await transfer_cash(actor, data.to_command())
    return created(pair_body(view), f"/cash-movements/{view.out.id}")


@post(
    "/cash-movements/conversions",
    tags=["cash"],
    status_code=201,
    response_headers=CREATED_UNVERSIONED,
    responses=errors(404, 409),
)
async def record_a_currency_conversion(
    data: JSONBody[ConvertCashRequest], actor: NamedDependency[Actor], convert_cash: NamedDependency[ConvertCash]
) -> Response[Success[CashPairBody]]:
    """Record cash that was changed into another currency.

    Both amounts are as the statement says them, so the rate needs no rounding. Two movements are recorded, or none;
    voiding one voids both.
    """
    view = await convert_cash(actor, data.to_command())
    return created(pair_body(view), f"/cash-movements/{view.out.id}")


async def provide_movements_wanted(
    *,
    account_id: OfAccount = None,
    kind: Annotated[CashKind | None, QueryParameter(description="Only of this kind.")] = None,
    currency: _InCurrency = None,
    instrument_id: OfInstrument = None,
    import_id: Annotated[
        UUID | None, QueryParameter(name="importId", description="Only what this import brought.")
    ] = None,
    occurred_from: _From = None,
    occurred_to: _To = None,
    include_voided: Annotated[bool, QueryParameter(name="includeVoided", description="Void ones too.")] = False,
) -> CashMovementFilter:
    """Return which movements are wanted."""
    return CashMovementFilter(
        account_id=account_wanted(account_id),
        kind=kind,
        currency=None if currency is None else to_currency(currency),
        instrument_id=instrument_wanted(instrument_id),
        import_id=None if import_id is None else ImportId(import_id),
        occurred_from=None if occurred_from is None else to_instant(occurred_from, "occurredFrom"),
        occurred_to=None if occurred_to is None else to_instant(occurred_to, "occurredTo"),
        include_voided=include_voided,
    )


@get("/cash-movements", tags=["cash"], dependencies={"wanted": Provide(provide_movements_wanted)})
async def list_cash_movements(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[CashMovementFilter],
    page: NamedDependency[PageRequest],
    cash_queries: NamedDependency[CashQueries],
) -> Success[list[CashMovementBody]]:
    """List movements of cash, the last first."""
    return paged(await cash_queries.at(moment).movements(actor, wanted, page), movement_body)


@get("/cash-movements/{movement_id:uuid}", tags=["cash"], response_headers=VERSIONED)
async def read_cash_movement(
    movement_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    cash_queries: NamedDependency[CashQueries],
) -> Response[Success[CashMovementBody]]:
    """Read a movement of cash, void or not."""
    view = await cash_queries.at(moment).movement(actor, CashMovementId(movement_id))
    return versioned(movement_body(view), view.version)


@patch("/cash-movements/{movement_id:uuid}", tags=["cash"], response_headers=VERSIONED, responses=errors(409))
async def change_cash_movement(
    movement_id: FromPath[UUID],
    data: JSONBody[PatchCashMovementRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    patch_cash_movement: NamedDependency[PatchCashMovement],
) -> Response[Success[CashMovementBody]]:
    """Change some fields of a movement of cash.

    null clears, what is left out stays; the balance follows at once. Of one side of a transfer or conversion only
    notes and value date can change: void it, and with it the other, and record both anew.
    """
    command = PatchCashMovementCommand(CashMovementId(movement_id), expected_version, data.to_patch())
    view = await patch_cash_movement(actor, command)
    return versioned(movement_body(view), view.version)


@post(
    "/cash-movements/{movement_id:uuid}/void",
    tags=["cash"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def void_a_cash_movement(
    movement_id: FromPath[UUID],
    data: JSONBody[VoidCashMovementRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    void_cash_movement: NamedDependency[VoidCashMovement],
) -> Response[Success[CashMovementBody]]:
    """Void a movement of cash.

    It stays on record and counts in no balance any more; the other side of a transfer or conversion goes with it.
    """
    command = VoidCashMovementCommand(CashMovementId(movement_id), expected_version, data.reason)
    view = await void_cash_movement(actor, command)
    return versioned(movement_body(view), view.version)


@get("/cash-balances", tags=["cash"])
async def list_cash_balances(
    *,
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    page: NamedDependency[PageRequest],
    cash_queries: NamedDependency[CashQueries],
    account_id: OfAccount = None,
    currency: _InCurrency = None,
) -> Success[list[CashBalanceBody]]:
    """List balances of cash.

    One for each account and currency, with the parts that it is the exact sum of. Trades move cash in the currency of
    their instrument. `GET /cash-entries` lists what a balance is made of, one by one.
    """
    wanted = CashBalanceFilter(
        account_id=account_wanted(account_id), currency=None if currency is None else to_currency(currency)
    )
    return paged(await cash_queries.at(moment).balances(actor, wanted, page), balance_body)


@get("/cash-entries", tags=["cash"])
async def list_cash_entries(
    *,
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    rows: NamedDependency[Rows],
    cash_queries: NamedDependency[CashQueries],
    account_id: Annotated[UUID, QueryParameter(name="accountId", description="Of this account.")],
    currency: Annotated[
        CurrencyText | None, QueryParameter(description="In this currency; the account's own if left out.")
    ] = None,
    occurred_from: _From = None,
    occurred_to: _To = None,
) -> Listed[CashEntryBody]:
    """List the entries of an account's cash in one currency, oldest first, with the balance after each.

    Trades with their fees, money of corporate actions, and movements of cash. The balance counts from the very first
    entry, whatever times are asked for; the last one is that of `GET /cash-balances`.
    """
    wanted = CashEntryFilter(
        account_id=AccountId(account_id),
        currency=None if currency is None else to_currency(currency),
        occurred_from=None if occurred_from is None else to_instant(occurred_from, "occurredFrom"),
        occurred_to=None if occurred_to is None else to_instant(occurred_to, "occurredTo"),
    )
    queries = cash_queries.at(moment)
    return await rows.listed(lambda page: queries.entries(actor, wanted, page), entry_body)


ROUTES: Sequence[ControllerRouterHandler] = [
    record_a_cash_movement,
    record_a_cash_transfer,
    record_a_currency_conversion,
    list_cash_movements,
    read_cash_movement,
    change_cash_movement,
    void_a_cash_movement,
    list_cash_balances,
    list_cash_entries,
]
