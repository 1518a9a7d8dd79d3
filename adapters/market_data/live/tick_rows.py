"""Keeps ticks in PostgreSQL for some days: a part of the table for each day, emptied when its day has gone by.

They are written by COPY and belong to nobody. What is lost here was told when it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, final

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.transaction import Tenant, begin
from application.market_data.live.ports import TickStore
from application.shared.chores import Chore
from application.shared.ports import Clock
from domain.market_data.tick import Tick

PARTS: Final = 33
"""As many as the migration laid out: more than a month of days, one to write to and one that is empty."""

_NOBODY: Final = Tenant()
_BLOCK: Final = 2_000
_COPY: Final = (
    b"COPY live.ticks (part, ticker, provider, as_of, received_at, currency, is_simulated, last, bid, ask,"
    b" last_size, bid_size, ask_size, volume, open, high, low, previous_close) FROM STDIN"
)


def part_of(day: date) -> int:
    """Return the part in which ticks of a day lie, by when they were received."""
    return day.toordinal() % PARTS


@final
class SqlTickStore(TickStore):
    """Appends."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, ticks: Sequence[Tick]) -> None:
        """Keep these, in one transaction; raise Unavailable if the database is away."""
        async with begin(self._engine, _NOBODY) as block:
            driver = await _driver(block.connection)
            async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
                for start in range(0, len(ticks), _BLOCK):
                    await copy.write("".join(map(_line, ticks[start : start + _BLOCK])))
            await block.commit()


@final
class UnstoredTicks(TickStore):
    """For who stores none."""

    async def add(self, ticks: Sequence[Tick]) -> None:
        """Let them go."""


async def _driver(connection: AsyncConnection) -> psycopg.AsyncConnection[tuple[object, ...]]:
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError("PostgreSQL is spoken to with psycopg")
    return driver  # pyright: ignore[reportUnknownVariableType] - its rows are of the cursor's types


def _line(tick: Tick) -> str:
    part = part_of(tick.received_at.astimezone(UTC).date())
    said = (part, tick.ticker, tick.provider, _instant(tick.as_of), _instant(tick.received_at), tick.currency.code)
    return "\t".join((*map(str, said), "t" if tick.simulated else "f", *map(_number, tick[6:]))) + "\n"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _number(value: Decimal | None) -> str:
    return "\\N" if value is None else str(value)


@final
class TicksPurge(Chore):
    """Empties the parts of days that are longer ago than the settings say, and that of tomorrow."""

    def __init__(self, engine: AsyncEngine, clock: Clock, days: int) -> None:
        self._engine = engine
        self._clock = clock
        self._days = days

    async def __call__(self) -> int:
        """Return how many parts were emptied."""
        today = self._clock.now().date().toordinal()
        emptied = 0
        for age in range(self._days + 1, PARTS):
            table = sql.Identifier("live", f"ticks_{(today - age) % PARTS}").as_string()
            async with begin(self._engine, _NOBODY) as block:
                # whoever empties a part locks it, so that one without rows is left alone
                if await block.connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")):  # noqa: S608 - a name of our own
                    await block.connection.execute(text(f"TRUNCATE {table}"))
                    await block.commit()
                    emptied += 1
        return emptied
