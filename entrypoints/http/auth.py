"""Who is calling: the bearer token of the request becomes the `Actor` that every use case takes first.

Every route needs a token unless it says `opt=PUBLIC`, so that a forgotten word locks a door instead of opening it.
A route that says `opt=TICKET` takes a single-use ticket in its address instead, from who can send no header.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import parse_qs

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from application.identity.streams import StreamPass
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor
from domain.shared.errors import Unauthenticated
from entrypoints.http.context import method_of

PUBLIC: Final = {"public": True}
TICKET: Final = {"ticket": True}
_KEY: Final = "tapedeck.actor"
_AGAIN: Final = "tapedeck.renewal"
_GRANTED: Final = "tapedeck.granted"
_LONGEST_TOKEN: Final = 8192

Authentication = Callable[[AccessToken], Awaitable[Actor]]
Redemption = Callable[[str], Awaitable[StreamPass]]
# how somebody came in: with a token, which can be asked about again, or with a ticket, which was good once
Entry: TypeAlias = AccessToken | StreamPass


@dataclass(frozen=True, slots=True)
class Renewal:
    """Asks anew whether the token of the request is still good, for answers that outlast it."""

    authenticate: Authentication
    token: AccessToken

    async def __call__(self) -> None:
        """Raise Unauthenticated once the token is out of date or its session has ended."""
        await self.authenticate(self.token)


class BearerAuth(ASGIMiddleware):
    """Puts the actor into the scope of every request to a route that is not public."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "public"

    def __init__(self, authenticate: Callable[[], Authentication], redeem: Redemption | None = None) -> None:
        self._authenticate = authenticate
        self._redeem = redeem

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Authenticate, then go on; OPTIONS tells nothing secret and carries no token."""
        if method_of(scope) != "OPTIONS":
            headers = [value for name, value in scope["headers"] if name == b"authorization"]
            ticket = None if headers or self._redeem is None else _ticket(scope)
            if self._redeem is not None and ticket is not None:
                granted = await self._redeem(ticket)
                store_actor(scope, granted.actor)
                scope["state"][_GRANTED] = granted
                await next_app(scope, receive, send)
                return
            token = bearer_token(headers)
            authenticate = self._authenticate()
            store_actor(scope, await authenticate(token))
            scope["state"][_AGAIN] = Renewal(authenticate, token)
        await next_app(scope, receive, send)


def _ticket(scope: Scope) -> str | None:
    """Return the one ticket in the address of a route that takes tickets."""
    if not scope["route_handler"].opt.get("ticket"):
        return None
    tickets = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [])
    return tickets[0] if len(tickets) == 1 else None


def bearer_token(headers: list[bytes]) -> AccessToken:
    """Return the token of the one `Authorization: Bearer` header; raise Unauthenticated for anything else."""
    if not headers:
        raise Unauthenticated("This needs an access token; send it as Authorization: Bearer <token>.")
    kind, _, token = headers[0].decode("latin-1").partition(" ")
    token = token.strip()
    usable = token.isascii() and token.isprintable() and 0 < len(token) <= _LONGEST_TOKEN and " " not in token
    if len(headers) > 1 or kind.lower() != "bearer" or not usable:
        raise Unauthenticated("The Authorization header must hold one access token: Bearer <token>.")
    return AccessToken(token)


def store_actor(scope: Scope, actor: Actor) -> None:
    """Remember who acts in this request."""
    scope["state"][_KEY] = actor


def find_actor(scope: Scope) -> Actor | None:
    """Return who acts in this request, None on a public route."""
    found: object = scope["state"].get(_KEY)
    return found if isinstance(found, Actor) else None


async def provide_actor(scope: Scope) -> Actor:
    """Return who acts; raise Unauthenticated on a public route, where nobody does."""
    actor = find_actor(scope)
    if actor is None:
        raise Unauthenticated("This needs an access token; send it as Authorization: Bearer <token>.")
    return actor


async def provide_entry(scope: Scope) -> Entry:
    """Return what whoever made this request came in with."""
    found: object = scope["state"].get(_GRANTED)
    return found if isinstance(found, StreamPass) else (await provide_renewal(scope)).token


async def provide_renewal(scope: Scope) -> Renewal:
    """Return what asks whether whoever made this request may still see the answer."""
    found: object = scope["state"].get(_AGAIN)
    if not isinstance(found, Renewal):
        raise Unauthenticated("This needs an access token; send it as Authorization: Bearer <token>.")
    return found
