"""Ports that every capability uses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from domain.shared.events import Event


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class IdFactory(Protocol):
    """Makes identifiers."""

    def new(self) -> UUID:
        """Return a new UUIDv7; later ones sort after earlier ones of the same process."""
        ...

    def text(self) -> str:
        """Return a new one as it is written."""
        return str(self.new())


class Outbox(Protocol):
    """Keeps events that must have an effect, in the same transaction as the change that caused them."""

    async def add(self, events: Iterable[Event]) -> None:
        """Store the events; they are delivered after the commit, at least once, effects exactly once."""
        ...


class UnitOfWork(Protocol):
    """One transaction for one tenant. Leaving the block without `commit` rolls everything back."""

    @property
    def outbox(self) -> Outbox:
        """The outbox of this transaction."""
        ...

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; roll back what was not committed."""
        ...

    async def commit(self) -> None:
        """Make all changes of this block durable together."""
        ...
