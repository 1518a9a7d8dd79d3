"""Asking the chain of providers for something that is kept for a while, and telling how the answer came about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from application.market_data.chains import Chains
from application.shared.cache import Cache, Cached, Shelf
from domain.market_data.provenance import Fallback, Provenance
from domain.shared.errors import NotFound

S = TypeVar("S")
Q = TypeVar("Q")


class Datum(Protocol):
    """Whatever says where it comes from."""

    # what `replace` asks of a dataclass, whose fields are of any type
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def provenance(self) -> Provenance:
        """Who said it."""
        ...


D = TypeVar("D", bound=Datum)


@dataclass(frozen=True, slots=True)
class Asking(Generic[S]):
    """The providers of one kind of data, which is about no one kind of thing, and the cache in front of them."""

    chains: Chains[S]
    cache: Cache
    unknown_s: float

    async def answer(
        self,
        shelf: Shelf[tuple[D, ...]],
        question: Q,
        ask: Callable[[S, Q], Awaitable[Sequence[D]]],
        *,
        lasts: Callable[[tuple[D, ...]], float] | None = None,
    ) -> Cached[tuple[D, ...]]:
        """Return what is kept, or what the first provider says that can be asked; raise NoProviderAnswers.

        Each datum says who was asked before, and whether it stands in for a newer one.
        """

        async def work(asked: Q) -> tuple[D, ...]:
            found = await self.chains.ask(None, lambda source: ask(source, asked))
            return tuple(_explained(datum, found.instead_of) for datum in found.value)

        cached = await self.cache.get(shelf, question, work, tenant=None, lasts=lasts)
        if not cached.is_stale:
            return cached
        return replace(cached, value=tuple(_outdated(datum) for datum in cached.value))

    async def look_up(
        self, shelf: Shelf[tuple[D, ...]], question: Q, ask: Callable[[S, Q], Awaitable[D | None]], missing: NotFound
    ) -> Cached[D]:
        """Return the one thing that the question is about; raise `missing` if there is none, or NoProviderAnswers.

        For what does not exist nobody is asked again for `unknown_s`.
        """

        async def one(source: S, asked: Q) -> Sequence[D]:
            found = await ask(source, asked)
            return () if found is None else (found,)

        cached = await self.answer(shelf, question, one, lasts=lambda found: shelf.ttl_s if found else self.unknown_s)
        if not cached.value:
            raise missing
        return Cached(cached.value[0], cached.is_hit, cached.age_s, cached.ttl_s, cached.is_stale)


def _explained(datum: D, instead_of: tuple[Fallback, ...]) -> D:
    return replace(datum, provenance=replace(datum.provenance, instead_of=instead_of)) if instead_of else datum


def _outdated(datum: D) -> D:
    return replace(datum, provenance=replace(datum.provenance, stale=True))
