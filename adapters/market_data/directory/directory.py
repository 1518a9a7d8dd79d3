"""Finds listings by trigrams: words may be misspelt, parts of names may be missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, final

from sqlalchemy import ColumnElement, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.market_data.directory.known import known_listings
from adapters.market_data.directory.tables import listings as table
from adapters.platform.database.transaction import Tenant, begin, read
from application.market_data.directory.ports import Directory
from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency

BUILT_IN: Final = "built_in"
_LONGEST: Final = 100
# whose listing is meant by a symbol alone, first; the others follow by name
_HOMES: Final = ["NASDAQ", "NYSE", "ARCA", "AMEX", "", "NSE", "LSE"]
# how like a name must be to what was typed, from 0 to 1: a letter or two of a word may be wrong;
# and the planner takes comparing trigrams for as cheap as comparing numbers, so that it would look at every row
_THRESHOLDS: Final = text(
    """
    SELECT set_config('pg_trgm.word_similarity_threshold', '0.4', true),
        set_config('pg_trgm.similarity_threshold', '0.3', true),
        set_config('enable_seqscan', 'off', true)
    """
)
_SEARCH: Final = text(
    """
    SELECT * FROM listings
    WHERE (asset_class, symbol, exchange) IN (
            SELECT asset_class, symbol, exchange FROM listings WHERE symbol LIKE :beginning
            UNION ALL SELECT asset_class, symbol, exchange FROM listings WHERE symbol % :symbol
            UNION ALL SELECT asset_class, symbol, exchange FROM listings WHERE :words <% name
            UNION ALL SELECT asset_class, symbol, exchange FROM listings WHERE isin = :code
            UNION ALL SELECT asset_class, symbol, exchange FROM listings WHERE figi = :code
        )
        AND (CAST(:kind AS text) IS NULL OR asset_class = :kind)
        AND (CAST(:exchange AS text) IS NULL OR exchange = :exchange)
    ORDER BY symbol = :symbol OR coalesce(isin = :code, false) OR coalesce(figi = :code, false) DESC,
        delisted_on IS NOT NULL OR renamed_to IS NOT NULL,
        greatest(
            word_similarity(:words, name),
            similarity(symbol, :symbol),
            CASE WHEN symbol LIKE :beginning THEN 0.5 + 0.5 * length(:symbol) / length(symbol) END,
            CASE WHEN lower(name) LIKE lower(:name_beginning) THEN 1.1 END
        ) DESC,
        coalesce(array_position(CAST(:homes AS text[]), exchange), 99), length(name), asset_class, symbol, exchange
    LIMIT :limit
    """
)


@final
class SqlDirectory(Directory):
    """The directory; what everybody knows is in it from when it is first asked."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._has_known = False

    async def search(self, text: str, kind: AssetClass | None, limit: int) -> Sequence[Listing]:
        """Return what goes by this, what is exactly so first, and what is gone last."""
        await self._add_known()
        words = " ".join(text.split())[:_LONGEST]
        if not words:
            return []
        symbol, exchange = _typed(words)
        asked = {
            "symbol": symbol,
            "exchange": exchange,
            "beginning": _beginning(symbol),
            "words": words,
            "name_beginning": _beginning(words),
            "code": words.upper(),
            "kind": None if kind is None else kind.value,
            "homes": _HOMES,
            "limit": limit,
        }
        async with read(self._engine, Tenant()) as connection:
            await connection.execute(_THRESHOLDS)
            return [_listing(row) for row in await connection.execute(_SEARCH, asked)]

    async def find(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Listing]:
        """Look them up by symbol; a share and a fund of one symbol are told apart by the exchange alone."""
        await self._add_known()
        symbols = sorted({ticker.symbol for ticker in tickers})
        home = func.coalesce(func.array_position(_HOMES, table.c.exchange), len(_HOMES) + 1)
        statement = select(table).where(table.c.symbol.in_(symbols)).order_by(home, table.c.exchange)
        async with read(self._engine, Tenant()) as connection:
            listed = [_listing(row) for row in await connection.execute(statement)]
        found: dict[Ticker, Listing] = {}
        for ticker in tickers:
            is_it = (each for each in listed if _means(ticker, each.ticker))
            first = next(is_it, None)
            if first is not None:
                found[ticker] = first
        return found

    async def add(self, listings: Collection[Listing], told_by: str) -> None:
        """Insert or amend them in one transaction."""
        async with begin(self._engine, Tenant()) as block:
            await _put(block.connection, listings, told_by)
            await block.commit()

    async def _add_known(self) -> None:
        if not self._has_known:
            await self.add(list(known_listings()), BUILT_IN)
            self._has_known = True


async def _put(connection: AsyncConnection, listings: Iterable[Listing], told_by: str) -> None:
    # in one order, so that two who write at once do not wait for each other in a circle
    rows = sorted((_row(listing, told_by) for listing in listings), key=lambda row: [str(row[name]) for name in _KEY])
    if not rows:
        return
    new = insert(table)
    said = new.excluded
    changes: dict[str, ColumnElement[object]] = {
        name: func.coalesce(said[name], table.c[name])
        for name in ("currency", "isin", "figi", "delisted_on", "renamed_to")
    }
    changes |= {
        "name": said.name,
        "told_by": said.told_by,
        "provider_symbols": table.c.provider_symbols.op("||")(said.provider_symbols),
    }
    # the list of well-known things amends only itself
    may_amend = (said.told_by != BUILT_IN) | (table.c.told_by == BUILT_IN)
    await connection.execute(new.on_conflict_do_update(index_elements=_KEY, set_=changes, where=may_amend), rows)


_KEY: Final = ["asset_class", "symbol", "exchange"]


def _row(listing: Listing, told_by: str) -> dict[str, object]:
    ticker = listing.ticker
    return {
        "asset_class": ticker.asset_class.value,
        "symbol": ticker.symbol,
        "exchange": ticker.exchange or "",
        "name": listing.name,
        "currency": None if listing.currency is None else listing.currency.code,
        "isin": listing.isin,
        "figi": listing.figi,
        "provider_symbols": listing.provider_symbols,
        "delisted_on": listing.delisted_on,
        "renamed_to": None if listing.renamed_to is None else str(listing.renamed_to),
        "told_by": told_by,
    }


# Any: a row of a whole table has no types
def _listing(row: Row[Any]) -> Listing:
    return Listing(
        ticker=Ticker(row.symbol, row.exchange or None, AssetClass(row.asset_class)),
        name=row.name,
        currency=None if row.currency is None else Currency(row.currency),
        isin=row.isin,
        figi=row.figi,
        provider_symbols=row.provider_symbols,
        delisted_on=row.delisted_on,
        renamed_to=None if row.renamed_to is None else Ticker.parse(row.renamed_to),
    )


def _typed(words: str) -> tuple[str, str | None]:
    """The symbol, and the exchange if one was named, where that can be read; else the words as they are."""
    try:
        ticker = Ticker.parse(words)
    except Invalid:
        return words.upper(), None
    return ticker.symbol, ticker.exchange


def _means(asked: Ticker, listed: Ticker) -> bool:
    shares = {AssetClass.STOCK, AssetClass.FUND}
    is_of_kind = asked.asset_class is listed.asset_class or {asked.asset_class, listed.asset_class} <= shares
    return asked.symbol == listed.symbol and is_of_kind and asked.exchange in {None, listed.exchange}


def _beginning(text: str) -> str:
    for wild in ("\\", "%", "_"):
        text = text.replace(wild, f"\\{wild}")
    return f"{text}%"
