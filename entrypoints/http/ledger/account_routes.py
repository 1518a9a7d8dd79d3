"""The routes of accounts, instruments and prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.ledger.amend_account import AmendAccount
from application.ledger.close_account import CloseAccount, CloseAccountCommand
from application.ledger.open_account import OpenAccount
from application.ledger.queries import AccountQueries
from application.ledger.set_price import SetPrice
from application.ledger.wanted import InstrumentFilter
from application.shared.pages import PageRequest
from domain.ledger.pnl import PriceSource
from domain.shared.access import Actor
from domain.shared.errors import VersionConflict
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Segment
from domain.shared.moment import Moment
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, success, versioned
from entrypoints.http.errors import PreconditionRequired
from entrypoints.http.etags import provide_expected_version
from entrypoints.http.ledger.account_schemas import (
    AccountBody,
    AmendAccountRequest,
    InstrumentBody,
    OpenAccountRequest,
    PriceBody,
    SetPriceRequest,
    account_body,
    instrument_body,
    price_body,
)
from entrypoints.http.ledger.texts import ExchangeText, SymbolText
from entrypoints.http.problem import errors


@post("/accounts", tags=["accounts"], status_code=201, response_headers=CREATED)
async def open_an_account(
    data: JSONBody[OpenAccountRequest], actor: NamedDependency[Actor], open_account: NamedDependency[OpenAccount]
) -> Response[Success[AccountBody]]:
    """Open an account.

    Trades of different accounts never match each other.
    """
    view = await open_account(actor, data.to_details())
    return created(account_body(view), f"/accounts/{view.id}", view.version)


@get("/accounts", tags=["accounts"])
async def list_accounts(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    page: NamedDependency[PageRequest],
    account_queries: NamedDependency[AccountQueries],
) -> Success[list[AccountBody]]:
    """List your accounts, the oldest first, closed ones too."""
    return paged(await account_queries.at(moment).accounts(actor, page), account_body)


@get("/accounts/{account_id:uuid}", tags=["accounts"], response_headers=VERSIONED)
async def read_account(
    account_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    account_queries: NamedDependency[AccountQueries],
) -> Response[Success[AccountBody]]:
    """Read an account."""
    view = await account_queries.at(moment).account(actor, AccountId(account_id))
    return versioned(account_body(view), view.version)


@patch("/accounts/{account_id:uuid}", tags=["accounts"], response_headers=VERSIONED, responses=errors(409))
async def change_account(
    account_id: FromPath[UUID],
    data: JSONBody[AmendAccountRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    amend_account: NamedDependency[AmendAccount],
) -> Response[Success[AccountBody]]:
    """Change what is said about an account.

    What is left out stays as it is. Changing `shorting` or `costMethod` computes the account's positions,
    lots and disposals anew, from its first trade on; that is refused with `period_locked` while the account is locked
    through some day, as is every change of what happened up to that day.
    """
    view = await amend_account(actor, data.to_command(account_id, expected_version))
    return versioned(account_body(view), view.version)


@post(
    "/accounts/{account_id:uuid}/close",
    tags=["accounts"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def close_an_account(
    account_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    close_account: NamedDependency[CloseAccount],
) -> Response[Success[AccountBody]]:
    """Close an account.

    It takes no new trades from then on. What was recorded stays, counts, and can be corrected.
    """
    view = await close_account(actor, CloseAccountCommand(AccountId(account_id), expected_version))
    return versioned(account_body(view), view.version)


async def provide_instruments_wanted(
    *,
    symbol: Annotated[SymbolText | None, QueryParameter(description="Only this symbol.")] = None,
    exchange: Annotated[ExchangeText | None, QueryParameter(description="Only on this exchange.")] = None,
    segment: Annotated[Segment | None, QueryParameter(description="Only in this segment.")] = None,
) -> InstrumentFilter:
    """Return which instruments are wanted."""
    return InstrumentFilter(symbol=symbol, exchange=exchange, segment=segment)


@get("/instruments", tags=["prices"], dependencies={"wanted": Provide(provide_instruments_wanted)})
async def list_instruments(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[InstrumentFilter],
    page: NamedDependency[PageRequest],
    account_queries: NamedDependency[AccountQueries],
) -> Success[list[InstrumentBody]]:
    """List the instruments that your trades name, by symbol."""
    return paged(await account_queries.at(moment).instruments(actor, wanted, page), instrument_body)


@get("/instruments/{instrument_id:uuid}/price", tags=["prices"])
async def read_price(
    instrument_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    account_queries: NamedDependency[AccountQueries],
) -> Response[Success[PriceBody]]:
    """Read the price that values positions in an instrument.

    It is the one you entered, else the market's, else that of the last trade in any of your accounts, unless the next
    of them is newer by more than a day; it says which. Only a price you entered has an ETag.
    """
    view = await account_queries.at(moment).price(actor, InstrumentId(instrument_id))
    if view.version is None or view.source is not PriceSource.USER:
        return Response(success(price_body(view)), status_code=200)
    return versioned(price_body(view), view.version)


@put("/instruments/{instrument_id:uuid}/price", tags=["prices"], status_code=200, response_headers=VERSIONED)
async def enter_price(
    instrument_id: FromPath[UUID],
    data: JSONBody[SetPriceRequest],
    actor: NamedDependency[Actor],
    set_price: NamedDependency[SetPrice],
    if_match: Annotated[
        Annotated[str, Meta(pattern=r'^"[1-9][0-9]{0,17}"$', examples=['"1"'])] | None,
        HeaderParameter(
            name="If-Match", description="The ETag of the entered price that this one replaces; none for the first."
        ),
    ] = None,
) -> Response[Success[PriceBody]]:
    """Enter the price of an instrument.

    It values your positions until you enter another. The first needs no `If-Match`; each later one replaces the entry
    whose ETag it names.
    """
    expected = 0 if if_match is None else await provide_expected_version(if_match)
    try:
        view = await set_price(actor, data.to_command(instrument_id, expected))
    except VersionConflict as conflict:
        if if_match is None:
            raise PreconditionRequired from conflict
        raise
    return versioned(price_body(view), expected + 1)


ROUTES: Sequence[ControllerRouterHandler] = [
    open_an_account,
    list_accounts,
    read_account,
    change_account,
    close_an_account,
    list_instruments,
    read_price,
    enter_price,
]
