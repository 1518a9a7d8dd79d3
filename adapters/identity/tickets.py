"""Tickets in Redis, sealed: whoever can write there could otherwise open connections in anybody's name."""

from __future__ import annotations

from typing import Final, Protocol, cast, final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.platform.cache.entries import Entry, Seal, decode, encode
from application.identity.ports import Claims
from application.identity.streams import TicketStore
from domain.shared.errors import Unavailable

_PREFIX: Final = "tapedeck:tickets:"


class _Commands(Protocol):
    """What is needed of redis-py, whose own types leave it open."""

    async def execute_command(self, *parts: str | bytes | int) -> object: ...


@final
class RedisTickets(TicketStore):
    """One key for each ticket, which taking it deletes."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        # redis-py gives its commands the types of both its clients at once
        self._redis = cast("_Commands", cast("object", redis))
        self._seal = seal

    async def put(self, digest: bytes, claims: Claims, seconds: int) -> None:
        """Keep it for so long."""
        key = _PREFIX + digest.hex()
        sealed = self._seal.close(Entry(key, (), seconds * 1000, seconds * 1000, 0, encode(claims)))
        await self._run("SET", key, sealed, "EX", seconds)

    async def take(self, digest: bytes) -> Claims | None:
        """Return what was kept and keep it no more."""
        key = _PREFIX + digest.hex()
        found = await self._run("GETDEL", key)
        entry = self._seal.open(found, key, ()) if isinstance(found, bytes) else None
        return None if entry is None else decode(entry.body, Claims)

    async def _run(self, *parts: str | bytes | int) -> object:
        try:
            return await self._redis.execute_command(*parts)
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable("Tickets cannot be kept now; send the token as the first message instead.") from error
