"""Closes the connections to a Redis that may not answer any more."""

from __future__ import annotations

from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError


async def close_redis(redis: Redis) -> None:
    """Close all connections of a client; where the other side says nothing to it in time they are closed as well."""
    with suppress(RedisError, OSError, TimeoutError):
        await redis.aclose()
