"""Fakes of the ports that every capability uses; the contract suites prove that they keep the real ones' promises."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, final
from uuid import UUID

from application.shared.ports import Clock, IdFactory, Outbox, UnitOfWork
from application.shared.rate_limits import RateLimiter
from domain.shared.events import Event
from domain.shared.rate_limit import Quota, Verdict, admit


@final
class FakeClock(Clock):
    """Stands still until it is told to move."""

    def __init__(self, now: datetime = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def advance(self, **by: float) -> None:
        """Move on, for example by `hours=1`."""
        self._now += timedelta(**by)


@final
class FakeRateLimiter(RateLimiter):
    """Counts in memory, by the rule alone."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._arrivals: dict[tuple[str, Quota], int] = {}

    async def take(self, key: str, quota: Quota) -> Verdict:
        """Admit one request of this key, or refuse it."""
        now = (self._clock.now() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        admitted, arrival = admit(quota, self._arrivals.get((key, quota), 0), now)
        self._arrivals[key, quota] = arrival
        return quota.verdict(arrival, now, is_admitted=bool(admitted))


@final
class FakeIds(IdFactory):
    """Counts: the same test gets the same identifiers."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        """Return the next UUIDv7."""
        self._last += 1
        return UUID(int=(self._last << 80) | (7 << 76) | (2 << 62))


@final
class FakeOutbox(Outbox):
    """Keeps events in memory; those of a unit of work that is undone are forgotten."""

    def __init__(self) -> None:
        self.stored: list[Event] = []
        self._pending: list[Event] = []

    async def add(self, events: Iterable[Event]) -> None:
        """Keep the events until the unit of work ends."""
        for event in events:
            known = {(each.organisation_id, each.name, each.unique_key) for each in (*self.stored, *self._pending)}
            if event.unique_key is None or (event.organisation_id, event.name, event.unique_key) not in known:
                self._pending.append(event)

    def settle(self, *, committed: bool) -> None:
        """End the unit of work: store what was added, or forget it."""
        if committed:
            self.stored.extend(self._pending)
        self._pending = []


class FakeUnitOfWork(UnitOfWork):
    """A unit of work whose outbox outlives it; subclasses add fake stores."""

    def __init__(self, outbox: FakeOutbox | None = None) -> None:
        self._outbox = outbox or FakeOutbox()
        self._is_open = False

    @property
    def outbox(self) -> FakeOutbox:
        """The outbox, which a test reads afterwards."""
        return self._outbox

    async def __aenter__(self) -> Self:
        """Begin."""
        if self._is_open:
            raise RuntimeError("This unit of work is already open; make one for each use case.")
        self._is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; forget what was not committed."""
        self._is_open = False
        self._outbox.settle(committed=False)

    async def commit(self) -> None:
        """Store what was added."""
        if not self._is_open:
            raise RuntimeError("A unit of work is used inside its `async with` block.")
        self._outbox.settle(committed=True)
