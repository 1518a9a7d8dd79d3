"""Hands use cases and the facts of the request to handlers, by name.

A provider called `record_trade` in a capability's container is what a handler gets for its parameter
`record_trade: NamedDependency[RecordTrade]`. There is no list to keep: the container is the list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from litestar.di import Provide

from entrypoints.http.auth import provide_actor
from entrypoints.http.etags import provide_expected_version
from entrypoints.http.paging import provide_page


def provide(providers: Mapping[str, Callable[[], object]]) -> dict[str, Provide]:
    """Return every use case and query of every capability, and `actor`, `page` and `expected_version`."""
    facts = {
        "actor": Provide(provide_actor),
        "page": Provide(provide_page),
        "expected_version": Provide(provide_expected_version),
    }
    clash = facts.keys() & providers.keys()
    if clash:
        raise ValueError(f"a capability provides {sorted(clash)}, which are names of facts of the request")
    return {**facts, **{name: Provide(_adapt(build)) for name, build in providers.items()}}


def _adapt(build: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    # a provider has no signature that Litestar could read, a function of our own has
    async def resolve() -> object:
        return build()

    return resolve
