"""Who acts: the token that the server gave, renewed before it is out of date and once if it is refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, final

from tapedeck_client.errors import SignedOut
from tapedeck_client.records import Record
from tapedeck_client.rest import Answer, Files, Query, Rest

# a token is renewed when so many seconds are left of it, or a fifth of its life if that is less
_AHEAD_S: Final = 60.0


class Access(Protocol):
    """What a stream needs in order to be let in and to stay."""

    async def token(self) -> str:
        """Return a token that is good for a while; raise SignedOut if there is none."""
        ...

    async def renewed(self, stale: str) -> str:
        """Return another token than this one, which is no longer good; raise SignedOut if there is none."""
        ...

    async def ticket(self) -> str:
        """Return a ticket for one connection."""
        ...

    def renew_in_s(self) -> float | None:
        """Return in how many seconds the token should be renewed, None if that is not possible."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class _Tokens:
    """A session's tokens; when to renew is told by a clock that nobody sets."""

    access: str
    refresh: str | None = None
    renew_at: float | None = None

    @classmethod
    def read(cls, record: Record) -> _Tokens:
        life = float(record.whole("expiresIn"))
        return cls(
            access=record.text("accessToken"),
            refresh=record.text("refreshToken"),
            renew_at=time.monotonic() + life - min(_AHEAD_S, life / 5),
        )


@final
class Session:
    """The session of one user, shared by all that this program asks for."""

    def __init__(self, rest: Rest, token: str | None) -> None:
        self._rest = rest
        self._tokens = None if token is None else _Tokens(token)
        # a refresh token is good once, so that two may not send it at a time
        self._renewing = asyncio.Lock()

    async def begin(self, email: str, password: str) -> None:
        """Sign in."""
        body = {"email": email, "password": password}
        answer = await self._rest.send("POST", "/auth/login", token=None, body=body)
        self._tokens = _Tokens.read(answer.data)

    async def end(self) -> None:
        """Sign out; the tokens are worthless from then on."""
        tokens, self._tokens = self._tokens, None
        if tokens is not None:
            await self._rest.send("POST", "/auth/logout", token=tokens.access)

    async def token(self) -> str:
        """Return a token that is good for a while; raise SignedOut if there is none."""
        tokens = self._held()
        if tokens.renew_at is not None and time.monotonic() >= tokens.renew_at:
            return await self.renewed(tokens.access)
        return tokens.access

    async def renewed(self, stale: str) -> str:
        """Return another token than this one; raise SignedOut if there is none."""
        async with self._renewing:
            tokens = self._held()
            if tokens.access != stale:
                return tokens.access
            if tokens.refresh is None:
                raise SignedOut("The token is no longer good, and there is nothing to renew it with.")
            answer = await self._rest.send("POST", "/auth/refresh", token=None, body={"refreshToken": tokens.refresh})
            self._tokens = _Tokens.read(answer.data)
            return self._tokens.access

    async def ticket(self) -> str:
        """Return a ticket for one connection of the stream."""
        return (await self.ask("POST", "/stream/tickets")).data.text("ticket")

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send as this user; a refused token is renewed once, since a request that was refused has done nothing."""
        token = await self.token()
        try:
            return await self._rest.send(
                method, path, token=token, query=query, body=body, files=files, headers=headers
            )
        except SignedOut:
            if self._held().refresh is None:
                raise
        token = await self.renewed(token)
        return await self._rest.send(method, path, token=token, query=query, body=body, files=files, headers=headers)

    def renew_in_s(self) -> float | None:
        """Return in how many seconds the token should be renewed, None if that is not possible."""
        at = None if self._tokens is None else self._tokens.renew_at
        return None if at is None else max(at - time.monotonic(), 0.0)

    def _held(self) -> _Tokens:
        if self._tokens is None:
            raise SignedOut("Nobody is signed in: call sign_in, or give a token.")
        return self._tokens
