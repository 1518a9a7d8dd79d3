"""Reading 50 rows of PostgreSQL as JSON: the API, the bare driver in the same server behind the same layers, FastAPI.

The floor is a handler of few lines: psycopg reads, msgspec writes, and the session belongs to the organisation from
the start, which spares it what the API has to say with every read. It is signed in to, limited, numbered, traced and
counted as the API is. FastAPI does what its users write: a token is verified, SQLAlchemy's Core reads for the
organisation, models go out. It has no limits and counts nothing. All run on uvicorn in a process of their own and are
measured in turns, as `http_api` tells. Run it with `PYTHONPATH=. python benchmarks/rows.py`, optionally with the number
of rounds.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import jwt
import msgspec
import psycopg
import uvloop
from fastapi import Depends, FastAPI, Header
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import TupleRow
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.settings import Settings
from benchmarks.http_api import (
    CONNECTIONS,
    ROUNDS,
    TRADES,
    Course,
    Server,
    full,
    layered,
    open_account_with_trades,
    race,
    request,
    served,
    servers,
    sign_in,
)
from domain.shared.access import Actor
from entrypoints.http.api import PREFIX

_TRADES: Final = (
    "SELECT x.id, x.account_id, x.side, x.quantity, x.price, x.fees, x.fees_total, x.executed_at, x.sequence,"
    " x.settlement_date, x.category, x.strategy, x.tags, x.notes, x.attachments, x.broker_trade_id, x.broker_order_id,"
    " x.import_id, x.version, x.created_at, x.updated_at, x.voided_at, x.void_reason, x.lot_selection, i.id, i.symbol,"
    " i.exchange, i.segment, i.currency, i.multiplier, i.tick_size, i.lot_size, i.isin"
    " FROM trades x JOIN instruments i ON i.organisation_id = x.organisation_id AND i.id = x.instrument_id"
    " WHERE x.account_id = %s ORDER BY x.executed_at DESC, x.id DESC LIMIT %s"
)


class Row(Struct):
    """A trade with its instrument as the driver gives them."""

    id: UUID
    account_id: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: str | None
    strategy: str | None
    tags: list[str]
    notes: str | None
    attachments: list[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: list[list[str]] | None
    instrument_id: UUID
    symbol: str
    exchange: str
    segment: str
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None


def floor(settings: Settings) -> object:
    """Return the layers of the API around a handler that reads with the bare driver."""
    database = settings.database.url.reveal()
    pool: list[psycopg.AsyncConnection[TupleRow]] = []

    @get("/floor/{account_id:uuid}", tags=["floor"])
    async def read(account_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
        """Read the trades of an account."""
        options = f"-c role=tapedeck_app -c timezone=UTC -c app.organisation_id={actor.organisation_id}"
        open_one = partial(psycopg.AsyncConnection.connect, database, autocommit=True, options=options)
        connection = pool.pop() if pool else await open_one()
        async with connection.cursor() as cursor:
            await cursor.execute(_TRADES, (account_id, TRADES))
            rows = [Row(*row) for row in await cursor.fetchall()]
        pool.append(connection)
        return Response(msgspec.json.encode(rows), media_type="application/json")

    return layered(settings, is_limited=True, routes=[read])


class InstrumentModel(BaseModel):
    """An instrument as FastAPI writes it."""

    id: UUID
    symbol: str
    exchange: str
    segment: str
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None


class TradeModel(BaseModel):
    """A trade as FastAPI writes it."""

    id: UUID
    account_id: UUID
    instrument: InstrumentModel
    side: str
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: str | None
    strategy: str | None
    tags: list[str]
    notes: str | None
    attachments: list[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: list[list[str]] | None


class PageModel(BaseModel):
    """A page as FastAPI writes it."""

    data: list[TradeModel]


_OF_INSTRUMENT: Final = (
    "id",
    "symbol",
    "exchange",
    "segment",
    "currency",
    "multiplier",
    "tick_size",
    "lot_size",
    "isin",
)
_READ: Final = text(
    _TRADES.replace("i.id,", "i.id AS instrument_id,").replace("%s", ":account", 1).replace("%s", ":limit", 1)
)
_TENANT: Final = text("SELECT set_config('app.organisation_id', :organisation, true)")


def fast(settings: Settings) -> FastAPI:
    """Return a FastAPI that reads trades for whoever holds a token."""
    (key,) = settings.auth.keys
    engine: AsyncEngine = open_engine(settings.database.url.reveal(), pool_size=CONNECTIONS)
    app = FastAPI()

    async def organisation(authorization: Annotated[str, Header()]) -> str:
        token = authorization.removeprefix("Bearer ")
        claims = jwt.decode(  # pyright: ignore[reportUnknownMemberType] - PyJWT types it in part
            token, key.secret.reveal(), ["HS256"], audience=settings.auth.audience, issuer=settings.auth.issuer
        )
        return str(claims["org"])

    @app.get("/trades")
    async def read(
        account_id: UUID,
        limit: int = TRADES,
        own: str = Depends(organisation),  # noqa: FAST002 - a text of an annotation cannot name what is local
    ) -> PageModel:
        async with engine.begin() as connection:
            await connection.execute(_TENANT, {"organisation": own})
            found = (await connection.execute(_READ, {"account": account_id, "limit": limit})).mappings().all()
        return PageModel(data=[_model(dict(row)) for row in found])

    return app


def _model(row: dict[str, object]) -> TradeModel:
    instrument = {name: row["instrument_id" if name == "id" else name] for name in _OF_INSTRUMENT}
    return TradeModel.model_validate(row | {"instrument": instrument})


async def measure(floor: Server, api: Server, theirs: Server, rounds: int) -> None:
    """Race the three over the trades of somebody."""
    token = await sign_in(api)
    account = await open_account_with_trades(api, token)
    await race(
        {
            "bare driver and msgspec": Course(floor, [request("GET", f"{PREFIX}/floor/{account}", token=token)]),
            "the API": Course(
                api, [request("GET", f"{PREFIX}/trades?limit={TRADES}&accountId={account}", token=token)]
            ),
            "FastAPI, Core and models": Course(theirs, [request("GET", f"/trades?account_id={account}", token=token)]),
        },
        rounds,
    )


def main(arguments: list[str]) -> None:
    """Start the servers, measure, print."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    with servers() as settings, ExitStack() as stack:
        bare = stack.enter_context(served(lambda: floor(settings)))
        api = stack.enter_context(served(lambda: full(settings)))
        theirs = stack.enter_context(served(lambda: fast(settings)))
        uvloop.run(measure(bare, api, theirs, rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
