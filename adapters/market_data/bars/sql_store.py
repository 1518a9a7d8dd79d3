"""Keeps bars in PostgreSQL: written by COPY, read in one snapshot."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, final

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.transaction import Tenant, begin, read
from application.market_data.bar_store import BarStore, KeptBars, SeriesKey
from domain.market_data.bar import Bar, Interval
from domain.market_data.provenance import Provenance
from domain.market_data.restating import Factor
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

_NOBODY: Final = Tenant()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_BLOCK: Final = 4_000
_BEHIND: Final = text(
    "SELECT ticker, provider FROM bar_series"
    " WHERE interval = :interval AND until <= :until AND checked_at < :asked_before"
    ' ORDER BY checked_at, ticker COLLATE "C", provider COLLATE "C" LIMIT :limit'
)
_KEY: Final = "ticker = :ticker AND interval = :interval AND provider = :provider"
# one statement, which is one round trip, and one text instead of thousands of rows, of which the driver would make
# objects one by one
_READ: Final = text(
    f"""
    SELECT currency, since, until, checked_at, as_of, delay_s, is_simulated,
        (SELECT string_agg(
                concat_ws(',', extract(epoch FROM start), open, high, low, close, volume), ',' ORDER BY start)
            FROM bars WHERE series_id = s.id AND start >= :first AND start < :end),
        (SELECT string_agg(
                concat_ws(',', to_char(day, 'YYYY-MM-DD'), new_units, old_units, amount, share), ',' ORDER BY day)
            FROM bar_factors WHERE series_id = s.id AND day >= :day)
    FROM bar_series s WHERE {_KEY}
    """  # noqa: S608 - put together from constants
)
_FIELDS: Final = 6
_FACTOR_FIELDS: Final = 5
# numbers are drawn, so that nobody waits for another's series; of two that begin the same one the second finds it
_NUMBERS: Final = 2**31 - 1
_BEGIN: Final = text(
    """
    INSERT INTO bar_series
        (id, ticker, interval, provider, currency, since, until, checked_at, as_of, delay_s, is_simulated)
    VALUES (:id, :ticker, :interval, :provider,
        :currency, :since, :until, :checked_at, :as_of, :delay_s, :is_simulated)
    ON CONFLICT DO NOTHING
    """
)
_LOCK: Final = text(f"SELECT id, currency, since, until FROM bar_series WHERE {_KEY} FOR UPDATE")  # noqa: S608 - as above
_EXTEND: Final = text(
    """
    UPDATE bar_series SET currency = :currency, since = :since, until = :until, checked_at = :checked_at,
        as_of = :as_of, delay_s = :delay_s, is_simulated = :is_simulated
    WHERE id = :id
    """
)
_COPY: Final = b"COPY bars (series_id, start, open, high, low, close, volume) FROM STDIN"
_COPY_FACTORS: Final = b"COPY bar_factors (series_id, day, new_units, old_units, amount, share) FROM STDIN"


@final
class SqlBarStore(BarStore):
    """The tables of bars."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, key: SeriesKey, since: datetime, until: datetime) -> KeptBars | None:
        """Return what is kept of the times."""
        async with read(self._engine, _NOBODY) as connection:
            values = {"first": since, "end": until, "day": (since - _DAY).date()}
            found = (await connection.execute(_READ, _key(key) | values)).one_or_none()
        if found is None:
            return None
        currency, first, end, checked_at, as_of, delay_s, is_simulated, bars, factors = found
        return KeptBars(
            key=key,
            currency=Currency(currency),
            since=first,
            until=end,
            bars=_bars(bars),
            factors=_factors(factors),
            provenance=Provenance(
                provider=key.provider,
                as_of=as_of,
                received_at=checked_at,
                delay=None if delay_s is None else timedelta(seconds=delay_s),
                simulated=is_simulated,
            ),
        )

    async def behind(
        self, interval: Interval, until: datetime, asked_before: datetime, limit: int
    ) -> Sequence[SeriesKey]:
        """Return those in the order of their last call."""
        values = {"interval": interval.value, "until": until, "asked_before": asked_before, "limit": limit}
        async with read(self._engine, _NOBODY) as connection:
            found = await connection.execute(_BEHIND, values)
            return [SeriesKey(Ticker.parse(ticker), interval, provider) for ticker, provider in found]

    async def replace(self, parts: Sequence[KeptBars]) -> None:
        """Write all parts in one transaction, which other writers of these series wait for."""
        # in one order, so that no two writers wait for each other
        ordered = sorted(parts, key=lambda part: (str(part.key.ticker), part.key.interval, part.key.provider))
        async with begin(self._engine, _NOBODY) as block:
            connection = block.connection
            numbered = [(await _entered(connection, part), part) for part in ordered]
            async with _copying(connection, _COPY) as copy:
                for id_, part in numbered:
                    for start in range(0, len(part.bars), _BLOCK):
                        await copy.write(_lines(id_, part.bars[start : start + _BLOCK]))
            async with _copying(connection, _COPY_FACTORS) as copy:
                for id_, part in numbered:
                    await copy.write(_factor_lines(id_, part.factors))
            await block.commit()


async def _entered(connection: AsyncConnection, part: KeptBars) -> int:
    """Make room for a part in its series, which is begun if there is none, and return the number of the series."""
    values = _key(part.key) | _described(part)
    found = (await connection.execute(_LOCK, values)).one_or_none()
    while found is None:
        drawn = secrets.randbelow(_NUMBERS)
        if (await connection.execute(_BEGIN, values | {"id": drawn})).rowcount == 1:
            return drawn
        # somebody else was faster, or the number was taken
        found = (await connection.execute(_LOCK, values)).one_or_none()
    id_, currency, since, until = found
    touches = currency == part.currency.code and since <= part.since <= until
    values |= {"id": id_, "since": since if touches else part.since}
    await connection.execute(_EXTEND, values)
    day = min((each.day for each in part.factors), default=part.since.date() + _DAY)
    kept = {"id": id_, "from": part.since, "day": min(day, part.since.date() + _DAY)}
    where = ("AND start >= :from", "AND day >= :day") if touches else ("", "")
    await connection.execute(text(f"DELETE FROM bars WHERE series_id = :id {where[0]}"), kept)  # noqa: S608 - of constants
    await connection.execute(text(f"DELETE FROM bar_factors WHERE series_id = :id {where[1]}"), kept)  # noqa: S608 - as above
    return int(id_)


@asynccontextmanager
async def _copying(connection: AsyncConnection, statement: bytes) -> AsyncIterator[psycopg.AsyncCopy]:
    async with (await _driver(connection)).cursor() as cursor, cursor.copy(statement) as copy:
        yield copy


async def _driver(connection: AsyncConnection) -> psycopg.AsyncConnection[tuple[object, ...]]:
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError("PostgreSQL is spoken to with psycopg")
    return driver  # pyright: ignore[reportUnknownVariableType] - its rows are of the cursor's types


def _key(key: SeriesKey) -> dict[str, object]:
    return {"ticker": str(key.ticker), "interval": key.interval.value, "provider": key.provider}


def _described(part: KeptBars) -> dict[str, object]:
    said = part.provenance
    return {
        "currency": part.currency.code,
        "since": part.since,
        "until": part.until,
        "checked_at": said.received_at,
        "as_of": said.as_of,
        "delay_s": None if said.delay is None else int(said.delay.total_seconds()),
        "is_simulated": said.simulated,
    }


def _bars(joined: str | None) -> list[Bar]:
    """Return the bars of which the store told one after the other, field by field; None is told of none."""
    if joined is None:
        return []
    fields = joined.split(",")
    # a column after the other, which takes three quarters of the time
    columns = [[*map(Decimal, fields[place::_FIELDS])] for place in range(1, _FIELDS)]
    return [*map(Bar._make, zip(map(_instant, fields[::_FIELDS]), *columns, strict=True))]


def _factors(joined: str | None) -> list[Factor]:
    """Return the factors of which the store told likewise."""
    fields = [] if joined is None else joined.split(",")
    rows = zip(*(fields[place::_FACTOR_FIELDS] for place in range(_FACTOR_FIELDS)), strict=True)
    return [
        Factor(date.fromisoformat(day), int(new), int(old), Decimal(amount), Decimal(share))
        for day, new, old, amount, share in rows
    ]


# all symbols of a market have the same days
@lru_cache(maxsize=20_000)
def _instant(epoch: str) -> datetime:
    # sixteen digits, of which the last is rounded off again; not every system knows times before its epoch
    return _EPOCH + timedelta(seconds=float(epoch))


@lru_cache(maxsize=20_000)
def _written(start: datetime) -> str:
    return str(start.astimezone(UTC))


def _lines(id_: int, bars: Iterable[Bar]) -> str:
    return "".join(
        # as texts: formatting a number takes three times as long
        f"{id_}\t{_written(start)}\t{opened!s}\t{high!s}\t{low!s}\t{close!s}\t{volume!s}\n"
        for start, opened, high, low, close, volume in bars
    )


def _factor_lines(id_: int, factors: Iterable[Factor]) -> str:
    return "".join(f"{id_}\t{each.day}\t{each.new}\t{each.old}\t{each.amount}\t{each.share}\n" for each in factors)
