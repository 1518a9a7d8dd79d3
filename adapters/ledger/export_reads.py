"""Exports from PostgreSQL, row by row through a cursor on one snapshot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.lot_reads import (
    DISPOSALS,
    LOTS,
    LotColumns,
    lot_view,
    with_matches,
)
from adapters.ledger.projection_rows import DisposalRow
from adapters.ledger.reading import Listing, reading, with_instruments
from adapters.ledger.rows import TradeRow
from adapters.ledger.trade_reads import TRADES, trade_view
from adapters.platform.database.replica import Replicated
from application.ledger.exports import ExportFilter, LedgerExports
from application.ledger.views import DisposalView, LotView, TradeView
from domain.shared.access import Actor
from domain.shared.moment import NOW, Moment


@final
class SqlLedgerExports(LedgerExports):
    """Exports of the ledger's tables."""

    def __init__(self, engine: AsyncEngine | Replicated, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlLedgerExports:
        """Return the same as of the moment."""
        return SqlLedgerExports(self._engine, moment)

    async def trades(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[TradeView]:
        """Yield trades by time, sequence and id, which is the order of replay."""
        listing = Listing(actor, TRADES, ["x.voided_at IS NULL"], order="ORDER BY x.executed_at, x.sequence, x.id")
        listing.equal(x__account_id=wanted.account_id)
        async with reading(self._engine, actor, self._moment) as connection:
            async for part in listing.stream(connection):
                for row, instrument in with_instruments(part, TradeRow):
                    yield trade_view(row, instrument)

    async def lots(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[LotView]:
        """Yield lots by the time they were opened."""
        listing = Listing(actor, LOTS, order="ORDER BY x.opened_at, x.id")
        listing.equal(x__account_id=wanted.account_id)
        async with reading(self._engine, actor, self._moment) as connection:
            async for part in listing.stream(connection):
                for row, instrument in with_instruments(part, LotColumns):
                    yield lot_view(row, instrument)

    async def disposals(self, actor: Actor, wanted: ExportFilter) -> AsyncIterator[DisposalView]:
        """Yield disposals by the time they closed something; their matches come part by part from the same snapshot."""
        listing = Listing(actor, DISPOSALS, order="ORDER BY x.closed_at, x.id")
        listing.equal(x__account_id=wanted.account_id)
        async with reading(self._engine, actor, self._moment) as connection:
            async for part in listing.stream(connection):
                for view in await with_matches(connection, actor, with_instruments(part, DisposalRow)):
                    yield view
