"""Knows what anybody holds, from the positions of all organisations; who holds it is not read."""

from __future__ import annotations

from typing import Final, final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from application.market_data.live.ports import HeldSymbols
from domain.market_data.instrument import ticker_of
from domain.market_data.ticker import Ticker
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

_PURPOSE: Final = Tenant(purpose="held_symbols")
_HELD: Final = text(
    "SELECT DISTINCT i.symbol, i.exchange, i.segment, i.currency FROM positions p JOIN instruments i"
    " ON i.organisation_id = p.organisation_id AND i.id = p.instrument_id WHERE p.quantity <> 0"
)


@final
class SqlHeldSymbols(HeldSymbols):
    """Reads positions that are open."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def held(self) -> frozenset[Ticker]:
        """Return what is held and has a ticker."""
        async with read(self._engine, _PURPOSE) as connection:
            rows = (await connection.execute(_HELD)).all()
        keys = (
            InstrumentKey(symbol, exchange, Segment(segment), Currency(currency))
            for symbol, exchange, segment, currency in rows
        )
        return frozenset(ticker for key in keys if (ticker := ticker_of(key)) is not None)


@final
class NobodyHolds(HeldSymbols):
    """For who follows only what is looked at."""

    async def held(self) -> frozenset[Ticker]:
        """Return nothing."""
        return frozenset()
