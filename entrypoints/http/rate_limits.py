"""Limits of how much each caller may ask for: by user where there is one, else by address.

Each class of routes has a count of its own, so that a long export takes nothing away from signing in. A handler says
`opt=HEAVY`, `opt=READS` or `opt=UNLIMITED` where its method does not tell. The headers are those of
draft-ietf-httpapi-ratelimit-headers-10; they go with every answer, refusals and errors included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from application.shared.rate_limits import RateLimiter
from domain.shared.rate_limit import Quota
from entrypoints.http.addresses import network_of
from entrypoints.http.auth import find_actor
from entrypoints.http.context import exchange, method_of
from entrypoints.http.errors import TooManyRequests
from entrypoints.http.lines import wants_lines
from entrypoints.http.operations import Operation, RateClass

HEAVY: Final = {"rate": RateClass.HEAVY}
READS: Final = {"rate": RateClass.READ}
UNLIMITED: Final = {"rate": RateClass.NONE}
POLICY: Final = "RateLimit-Policy"
STATE: Final = "RateLimit"
_STATE: Final = STATE.lower().encode()


@dataclass(frozen=True)
class LimitRules:
    """Who may ask for how much: per tier and class of routes, per route where one has a number of its own.

    A number that a route has for everybody wins over that which it has in a tier.
    """

    period_s: int
    tier: str
    tiers: Mapping[str, Mapping[RateClass, int]]
    organisations: Mapping[str, str] = field(default_factory=dict[str, str])
    routes: Mapping[str, int] = field(default_factory=dict[str, int])
    tier_routes: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])

    def tier_of(self, organisation: UUID) -> str:
        """Return the tier of an organisation."""
        return self.organisations.get(str(organisation), self.tier) if self.organisations else self.tier


@dataclass(frozen=True, slots=True)
class _Policy:
    """One count: what it is called, how much it allows, and how that is told."""

    name: str
    quota: Quota
    header: tuple[bytes, bytes]


class RateLimits(ASGIMiddleware):
    """Admits a request, or refuses it with 429 before anything is read or done for it."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limiter: Callable[[], RateLimiter], rules: LimitRules) -> None:
        self._limiter = limiter
        self._rules = rules
        # by handler, method, and whether a list is wanted as lines
        self._policies: dict[tuple[HTTPRouteHandler, str, bool], Mapping[str, _Policy]] = {}
        self._unknown = {*rules.routes, *(route for routes in rules.tier_routes.values() for route in routes)}

    def learn(self, operation: Operation) -> None:
        """Count the requests of this operation, unless it has no limit."""
        route = f"{operation.method} {operation.path}"
        self._unknown.discard(route)
        kind = operation.rate_class
        if kind is RateClass.NONE:
            return
        for as_lines in (False, True):
            # a whole list at once is as much work as an export
            counted = RateClass.HEAVY if as_lines and operation.row is not None else kind
            self._policies[operation.handler, operation.method, as_lines] = {
                tier: self._policy(route, tier, counted) for tier in self._rules.tiers
            }

    def _policy(self, route: str, tier: str, counted: RateClass) -> _Policy:
        own = self._rules.routes.get(route) or self._rules.tier_routes.get(tier, {}).get(route)
        limit = self._rules.tiers[tier][counted] if own is None else own
        # a structured field's string holds printable ASCII, as paths do
        return _policy(counted.value if own is None else route, Quota(limit, self._rules.period_s))

    def check(self) -> None:
        """Raise ValueError if a route has a number and there is no such route, once all are learnt."""
        if self._unknown:
            raise ValueError(f"limits.routes names what is no route here: {', '.join(sorted(self._unknown))}")

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count, then go on."""
        handler = scope["route_handler"]
        if isinstance(handler, HTTPRouteHandler):
            policies = self._policies.get((handler, method_of(scope), wants_lines(scope)))
            if policies is not None:
                await self._admit(scope, policies)
        await next_app(scope, receive, send)

    async def admit(self, scope: Scope, handler: HTTPRouteHandler) -> None:
        """Count a plain request that this handler answered before; raise TooManyRequests if that is too much."""
        policies = self._policies.get((handler, method_of(scope), False))
        if policies is not None:
            await self._admit(scope, policies)

    async def _admit(self, scope: Scope, policies: Mapping[str, _Policy]) -> None:
        actor, current = find_actor(scope), exchange()
        if actor is None:
            policy, caller = policies[self._rules.tier], f"address:{network_of(current.address)}"
        else:
            policy = policies[self._rules.tier_of(actor.organisation_id)]
            # in the form that is made the fastest
            caller = f"user:{actor.organisation_id.int:x}:{actor.user_id.int:x}"
        verdict = await self._limiter().take(f"{policy.name}:{caller}", policy.quota)
        state = f'"{policy.name}";r={verdict.remaining};t={verdict.full_after_s}'
        current.headers.extend((policy.header, (_STATE, state.encode())))
        if not verdict.is_admitted:
            raise TooManyRequests(policy.name, policy.quota.limit, policy.quota.period_s, verdict.retry_after_s)


def _policy(name: str, quota: Quota) -> _Policy:
    told = f'"{name}";q={quota.limit};w={quota.period_s}'
    return _Policy(name, quota, (POLICY.lower().encode(), told.encode()))
