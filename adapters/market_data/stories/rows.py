"""What stories are about, as it lies in rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.market_data.stories.tables import story_tickers as table
from domain.market_data.asset_class import AssetClass
from domain.market_data.ticker import Ticker


async def tickers_of(connection: AsyncConnection, story_ids: Collection[UUID]) -> Mapping[UUID, tuple[Ticker, ...]]:
    """Return the tickers of stories, in order."""
    if not story_ids:
        return {}
    order = (table.c.symbol, table.c.asset_class, table.c.exchange)
    found: defaultdict[UUID, list[Ticker]] = defaultdict(list)
    for row in await connection.execute(select(table).where(table.c.story_id.in_(story_ids)).order_by(*order)):
        found[row.story_id].append(Ticker(row.symbol, row.exchange or None, AssetClass(row.asset_class)))
    return {story_id: tuple(tickers) for story_id, tickers in found.items()}
