"""Answers that are worth keeping: the port through which a use case asks for one before it works it out.

An answer is kept under everything it depends on: its shelf, whose it is, and the question, which is all that the work
is given. What is kept may be old, so nothing that must be exact at once belongs here; `Cached` says how old it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from domain.shared.ids import OrganisationId

Q = TypeVar("Q")
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[V_co]):
    """One kind of answer. Raise `version` when its type or its meaning changes: old answers are then out of reach.

    An answer is fresh for at most `ttl_s`; `stale_s` longer it may stand in while the work fails. An answer with tags
    may be given for `local_s` more by a process that has not heard that it was forgotten. `kind` is immutable.
    """

    name: str
    version: int
    kind: type[V_co]
    ttl_s: float
    stale_s: float = 0.0
    local_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Tag:
    """Something that answers depend on, of one organisation or, with None, of nobody: when it changes, they go."""

    name: str
    tenant: OrganisationId | None


@dataclass(frozen=True, slots=True)
class Cached(Generic[V_co]):
    """An answer, whether it was kept, how old it is, and for how long it is fresh; a stale one is fresh no more."""

    value: V_co
    is_hit: bool
    age_s: float
    ttl_s: float
    is_stale: bool = False


@dataclass(slots=True)
class ShelfStatistics:
    """What one process did with a shelf: answers from its own memory and from the shared one, and how the rest went."""

    local_hits: int = 0
    shared_hits: int = 0
    misses: int = 0
    stale: int = 0
    refreshes: int = 0
    broken: int = 0


class Cache(Protocol):
    """Keeps answers for all processes together.

    It is never why a request fails: without its servers, and for what they hold that cannot be read, the work is done.
    """

    async def get(
        self,
        shelf: Shelf[V],
        question: Q,
        work: Callable[[Q], Awaitable[V]],
        *,
        tenant: OrganisationId | None,
        tags: Collection[Tag] = (),
        lasts: Callable[[V], float] | None = None,
    ) -> Cached[V]:
        """Return what is kept, or what the work gives; many who ask at once have it done once.

        `tenant` is None for what is the same for everybody. The work runs outside of the caller's transaction. What it
        raises is raised and not kept; for Unavailable a stale answer stands in. `lasts` tells for how many seconds an
        answer is fresh where that depends on the answer, and not on its shelf alone.
        """
        ...

    async def forget(self, tags: Collection[Tag]) -> None:
        """Drop the answers with any of these tags; raise Unavailable if that cannot be done now."""
        ...

    def statistics(self) -> Mapping[str, ShelfStatistics]:
        """Return what this process did, by the name of the shelf."""
        ...
