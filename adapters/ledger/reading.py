"""What all reads share: a snapshot for the actor's organisation, listings, and rows with their instrument."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.reader import Reader
from adapters.ledger.rows import InstrumentRow
from adapters.platform.database.replica import Replicated
from adapters.platform.database.single import Rows, read_single
from adapters.platform.database.transaction import Tenant, read
from application.ledger.views import InstrumentView
from domain.shared.access import Actor, Scope
from domain.shared.ids import InstrumentId
from domain.shared.instrument import Segment
from domain.shared.moment import NOW, Moment
from domain.shared.time import zone

R = TypeVar("R")

INSTRUMENT = ", ".join(f"i.{name}" for name in names(InstrumentRow))
INSTRUMENT_JOIN = "JOIN instruments i ON i.organisation_id = x.organisation_id AND i.id = x.instrument_id"
ACCOUNT_JOIN = "JOIN accounts a ON a.organisation_id = x.organisation_id AND a.id = x.account_id"
_WIDTH = len(names(InstrumentRow))
_PART = 1_000


def day_of(column: str) -> str:
    """Return the expression of the day of an instant in the time zone of the account, which is joined as `a`."""
    return f"CAST({column} AT TIME ZONE a.time_zone AS date)"


@dataclass(slots=True)
class Listing:
    """A select under way; conditions hold placeholders, never values."""

    actor: Actor
    select: str
    conditions: list[str] = field(default_factory=list[str])
    values: dict[str, object] = field(default_factory=dict[str, object])
    order: str = ""
    group: str = ""

    def equal(self, **wanted: object) -> None:
        """Want equality with each value that is not None, in the column that has the placeholder's name."""
        for name, value in wanted.items():
            if value is not None:
                self.add(f"{name.replace('__', '.')} = :{name}", **{name: value})

    def add(self, condition: str, **values: object) -> None:
        """Add one condition with the values of its placeholders."""
        self.conditions.append(condition)
        self.values |= values

    async def run(self, connection: Reader, limit: int | None = None) -> CursorResult[tuple[object, ...]]:
        """Execute it for the actor's organisation."""
        values = self._values() if limit is None else self._values() | {"limit": limit}
        return await connection.execute(self._statement("" if limit is None else "LIMIT :limit"), values)

    async def read(self, engine: AsyncEngine | Replicated, moment: Moment, limit: int | None = None) -> Rows:
        """Execute it by itself, in one round trip where it is about now; raise Forbidden without ledger:read."""
        if moment.is_now:
            self.actor.require(Scope.LEDGER_READ)
            values = self._values() if limit is None else self._values() | {"limit": limit}
            tail = "" if limit is None else "LIMIT :limit"
            return await read_single(engine, Tenant(self.actor.organisation_id), self._written(tail), values)
        async with reading(engine, self.actor, moment) as connection:
            return (await self.run(connection, limit)).all()

    async def stream(self, connection: Reader) -> AsyncIterator[Sequence[Sequence[object]]]:
        """Execute it and yield its rows in parts, of which only one is in memory at a time."""
        found = await connection.stream(self._statement(""), self._values())
        async for part in found.partitions(_PART):
            yield part

    def _statement(self, tail: str) -> TextClause:
        return text(self._written(tail))

    def _written(self, tail: str) -> str:
        where = " AND ".join(["x.organisation_id = :organisation", *self.conditions])
        # every part is written in this package; values travel as parameters
        return f"{self.select} WHERE {where} {self.group} {self.order} {tail}"

    def _values(self) -> dict[str, object]:
        return {"organisation": self.actor.organisation_id, **self.values}


@asynccontextmanager
async def reading(engine: AsyncEngine | Replicated, actor: Actor, moment: Moment = NOW) -> AsyncIterator[Reader]:
    """Open one snapshot of the actor's organisation as of the moment; raise Forbidden without ledger:read."""
    actor.require(Scope.LEDGER_READ)
    async with read(engine, Tenant(actor.organisation_id)) as connection:
        yield Reader(connection, actor.organisation_id, moment)


def instrument_view(row: InstrumentRow) -> InstrumentView:
    """Show an instrument."""
    return InstrumentView(
        id=InstrumentId(row.id),
        symbol=row.symbol,
        exchange=row.exchange,
        segment=Segment(row.segment),
        currency=row.currency,
        multiplier=row.multiplier,
        tick_size=row.tick_size,
        lot_size=row.lot_size,
        isin=row.isin,
    )


def with_instruments(found: Iterable[Sequence[object]], row_type: Callable[..., R]) -> list[tuple[R, InstrumentView]]:
    """Rows of a select whose last columns are `INSTRUMENT`; each instrument is built once."""
    seen: dict[object, InstrumentView] = {}
    rows: list[tuple[R, InstrumentView]] = []
    for row in found:
        of_instrument = row[-_WIDTH:]
        view = seen.get(of_instrument[0])
        if view is None:
            view = seen[of_instrument[0]] = instrument_view(*read_rows([of_instrument], InstrumentRow))
        rows.append((row_type(*row[:-_WIDTH]), view))
    return rows


def with_optional_instruments(
    found: Iterable[Sequence[object]], row_type: Callable[..., R]
) -> list[tuple[R, InstrumentView | None]]:
    """Do the same for rows that may have none."""
    return [
        (row_type(*row[:-_WIDTH]), None)
        if row[-_WIDTH] is None
        else (row_type(*row[:-_WIDTH]), instrument_view(*read_rows([row[-_WIDTH:]], InstrumentRow)))
        for row in found
    ]


async def within_days(connection: Reader, listing: Listing, column: str, first: date | None, last: date | None) -> None:
    """Want instants that fall on the days from first to last, each day being that of the row's account."""
    if first is None and last is None:
        return
    found = await connection.execute(
        text("SELECT id, time_zone FROM accounts WHERE organisation_id = :organisation"),
        {"organisation": listing.actor.organisation_id},
    )
    by_zone: dict[str, list[UUID]] = {}
    for account_id, time_zone in found:
        by_zone.setdefault(time_zone, []).append(account_id)
    parts: list[str] = []
    starts: list[datetime] = []
    ends: list[datetime] = []
    for number, (time_zone, account_ids) in enumerate(by_zone.items()):
        values: dict[str, object] = {f"accounts_{number}": account_ids}
        part = f"x.account_id = ANY(:accounts_{number})"
        if first is not None:
            starts.append(_midnight(first, time_zone))
            values[f"start_{number}"] = starts[-1]
            part += f" AND {column} >= :start_{number}"
        if last is not None:
            ends.append(_midnight(last + timedelta(days=1), time_zone))
            values[f"end_{number}"] = ends[-1]
            part += f" AND {column} < :end_{number}"
        parts.append(f"({part})")
        if len(by_zone) > 1:
            listing.values |= values
    if len(by_zone) != 1:
        listing.add(f"({' OR '.join(parts) or 'false'})")
    # the bounds where all accounts are in one zone; else the widest, in a form that an index on time can serve
    if starts:
        listing.add(f"{column} >= :start", start=min(starts))
    if ends:
        listing.add(f"{column} < :end", end=max(ends))


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), zone(time_zone)).astimezone(UTC)
