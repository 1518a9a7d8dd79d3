"""Made-up events and what is left of them in the outbox, for the suites about jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.ids import Uuid7Factory
from domain.shared.events import Event
from domain.shared.ids import OrganisationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Event):
    """Somebody pressed a button so many times."""

    name: ClassVar[str] = "button.pressed"
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    """Somebody took note of a press; nobody reacts to that."""

    name: ClassVar[str] = "button.counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned(Event):
    """Somebody pressed a button that does harm of this kind to whoever works on it."""

    name: ClassVar[str] = "button.poisoned"
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endless(Poisoned):
    """The same, of a kind that may take as long as nobody wants to wait."""

    name: ClassVar[str] = "button.endless"


@dataclass(frozen=True, slots=True)
class Row:
    """The state of one event."""

    attempts: int
    crashes: int
    is_done: bool
    is_dead: bool
    is_due: bool
    is_rung: bool
    last_error: str | None


async def press(engine: AsyncEngine, *, times: int = 1, count: int = 1) -> list[UUID]:
    """Store so many events for a new organisation and return their ids."""
    organisation_id = OrganisationId(Uuid7Factory().new())
    async with SqlUnitOfWork(engine, Tenant(organisation_id)) as work:
        await work.outbox.add(Pressed(organisation_id=organisation_id, times=times) for _ in range(count))
        rows = await work.connection.execute(text("SELECT id FROM outbox ORDER BY id"))
        ids = list(rows.scalars())
        await work.commit()
    return ids


async def poison(engine: AsyncEngine, how: str, kind: type[Poisoned] = Poisoned) -> UUID:
    """Store a harmful event and return its id."""
    organisation_id = OrganisationId(Uuid7Factory().new())
    async with SqlUnitOfWork(engine, Tenant(organisation_id)) as work:
        await work.outbox.add([kind(organisation_id=organisation_id, how=how)])
        found = await work.connection.execute(text("SELECT id FROM outbox"))
        event_id: UUID = found.scalar_one()
        await work.commit()
    return event_id


async def look(engine: AsyncEngine, event_id: UUID) -> Row:
    """Read the state of the event."""
    async with read(engine, Tenant(purpose="jobs")) as connection:
        row = await connection.execute(
            text(
                """
                SELECT attempts, crashes, done_at IS NOT NULL AS is_done, dead_at IS NOT NULL AS is_dead,
                    available_at <= now() AS is_due, rung_at IS NOT NULL AS is_rung, last_error
                FROM outbox WHERE id = :id
                """
            ),
            {"id": event_id},
        )
        return Row(**row.mappings().one())


async def change(engine: AsyncEngine, event_id: UUID, assignment: str) -> None:
    """Set columns of the event's row, such as `available_at = now()`."""
    async with begin(engine, Tenant(purpose="jobs")) as block:
        statement = text(f"UPDATE outbox SET {assignment} WHERE id = :id")  # noqa: S608 - a constant of a test
        await block.connection.execute(statement, {"id": event_id})
        await block.commit()
