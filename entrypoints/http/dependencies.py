"""Hands use cases and the facts of the request to handlers, by name.

A provider called `record_trade` in a capability's container is what a handler gets for its parameter
`record_trade: NamedDependency[RecordTrade]`. There is no list to keep: the container is the list.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, get_args, get_origin, get_type_hints

from litestar import Litestar
from litestar.di import Dependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, SkipValidationMarker
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from entrypoints.http.auth import provide_actor, provide_entry, provide_renewal
from entrypoints.http.etags import provide_expected_version
from entrypoints.http.lines import provide_rows
from entrypoints.http.moments import provide_moment
from entrypoints.http.paging import provide_page


def provide(providers: Mapping[str, Callable[[], object]]) -> dict[str, Provide]:
    """Return every use case and query of every capability, and the facts of the request."""
    facts = {
        "actor": Provide(provide_actor),
        "entry": Provide(provide_entry),
        "page": Provide(provide_page),
        "expected_version": Provide(provide_expected_version),
        "moment": Provide(provide_moment),
        "renewal": Provide(provide_renewal),
        "rows": Provide(provide_rows),
    }
    clash = facts.keys() & providers.keys()
    if clash:
        raise ValueError(f"a capability provides {sorted(clash)}, which are names of facts of the request")
    return {**facts, **{name: Provide(_adapt(build)) for name, build in providers.items()}}


def trust_what_is_checked(routes: Sequence[ControllerRouterHandler]) -> None:
    """Let handlers take dependencies and bodies as they are; must come before the handlers are mounted.

    Litestar would ask `isinstance` of each dependency on every request, which a Protocol cannot answer and which the
    type checkers and the test that builds every provider have answered already; bodies are read strictly by
    `ApiRequest`, and would be converted again.
    """
    for route in routes:
        if isinstance(route, HTTPRouteHandler):
            function = inspect.unwrap(route.fn)
            function.__annotations__ = {
                name: Annotated[hint, SkipValidationMarker()] if _is_checked(hint) else hint
                for name, hint in get_type_hints(function, include_extras=True).items()
            }


def resolve_in_turn(app: Litestar) -> None:
    """Make the dependencies of a handler one after another; must come after the handlers are mounted.

    None of them waits for anything, and Litestar would begin a task for each.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, wanted in route.route_handler_map.values():
                wanted.dependency_batches = [{each} for batch in wanted.dependency_batches for each in batch]


def _is_checked(hint: object) -> bool:
    metadata: tuple[object, ...] = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return any(isinstance(item, Dependency | BodyKwarg) for item in metadata)


def _adapt(build: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    # a provider has no signature that Litestar could read, a function of our own has
    async def resolve() -> object:
        return build()

    return resolve
