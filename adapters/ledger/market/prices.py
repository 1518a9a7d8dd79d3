"""Keeps what the market says of prices: the newest of each ticker, and the last one of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin, read

_NOBODY: Final = Tenant()
_PUT: Final = text(
    """
    INSERT INTO market_marks AS m
        (ticker, currency, price, as_of, provider, is_simulated, received_at, stale_after)
    VALUES (:ticker, :currency, :price, :as_of, :provider, :is_simulated, :received_at, :stale_after)
    ON CONFLICT (ticker) DO UPDATE SET currency = excluded.currency, price = excluded.price, as_of = excluded.as_of,
        provider = excluded.provider, is_simulated = excluded.is_simulated, received_at = excluded.received_at,
        stale_after = excluded.stale_after
    WHERE excluded.as_of >= m.as_of OR m.is_simulated
    """
)
# what was told of a day first stays, so that what was known then is what is shown of then
_CLOSE: Final = text(
    """
    INSERT INTO market_closes AS c (ticker, as_of, currency, price, provider, is_simulated, received_at)
    VALUES (:ticker, :as_of, :currency, :price, :provider, :is_simulated, :received_at)
    ON CONFLICT (ticker, as_of) DO UPDATE SET currency = excluded.currency, price = excluded.price,
        provider = excluded.provider, is_simulated = excluded.is_simulated, received_at = excluded.received_at
    WHERE c.is_simulated AND NOT excluded.is_simulated
    """
)
_NEWEST: Final = text("SELECT ticker, received_at FROM market_marks")
_LAST_CLOSES: Final = text(
    "SELECT ticker, max(as_of) AS as_of FROM market_closes WHERE ticker LIKE 'EUR%=X' GROUP BY ticker"
)
_FORGET: Final = tuple(text(f"DELETE FROM {table} WHERE is_simulated") for table in ("market_marks", "market_closes"))


class MarketPrice(NamedTuple):
    """A price of a ticker at an instant, and who told it when."""

    ticker: str
    as_of: datetime
    currency: str
    price: Decimal
    provider: str
    is_simulated: bool
    received_at: datetime


@final
class MarketPrices:
    """The tables of prices, which are nobody's. Rows are written in one order, so that no writers wait in a circle."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def newest(self) -> Mapping[str, datetime]:
        """Return when the newest price of each ticker was received."""
        async with read(self._engine, _NOBODY) as connection:
            return {row.ticker: row.received_at for row in await connection.execute(_NEWEST)}

    async def last_closes(self) -> Mapping[str, datetime]:
        """Return of when the last close of each rate is."""
        async with read(self._engine, _NOBODY) as connection:
            return {row.ticker: row.as_of for row in await connection.execute(_LAST_CLOSES)}

    async def put(self, marks: Sequence[tuple[MarketPrice, datetime]]) -> None:
        """Let newer prices take the place of older ones; each says after when it is stale."""
        await self._write(_PUT, [{**mark._asdict(), "stale_after": stale_after} for mark, stale_after in sorted(marks)])

    async def add_closes(self, closes: Sequence[MarketPrice]) -> None:
        """Keep the last prices of days; those that are there stay, unless they were made up."""
        await self._write(_CLOSE, [close._asdict() for close in sorted(closes)])

    async def forget_simulated(self) -> int:
        """Remove what was made up, and return how much that was."""
        async with begin(self._engine, _NOBODY) as block:
            removed = [(await block.connection.execute(statement)).rowcount for statement in _FORGET]
            await block.commit()
        return sum(removed)

    async def _write(self, statement: TextClause, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            async with begin(self._engine, _NOBODY) as block:
                await block.connection.execute(statement, rows)
                await block.commit()
