"""Refuses to start on a Redis that would lose what it is given to hold.

A server that evicts drops whole queues without a word, and one that writes nothing to disk forgets them at its next
start. Work survives both, since its truth is in the database, but late; and limits would admit more than they should.
A server that cannot be reached is not refused: everything here goes on without it.
"""

from __future__ import annotations

from typing import Final, Protocol, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from adapters.platform.settings import BrokenSetting, RedisSettings

_PATIENCE_S: Final = 2.0
_KEEPS_ALL: Final = "noeviction"


class RedisRefused(BrokenSetting):
    """The server for queues is no safe place for them; the message says what to change, in one line."""


class _Information(Protocol):
    """What is needed of redis-py, whose own types leave it open."""

    def info(self, section: str) -> dict[str, object]: ...
    def close(self) -> None: ...


def check_roles(redis: RedisSettings, *, patience_s: float = _PATIENCE_S) -> None:
    """Raise RedisRefused if the server for queues evicts keys or does not append to a file.

    One that does not answer within `patience_s` is away, and nothing is said of it.
    """
    # redis-py gives its commands the types of both its clients at once
    client = cast(
        "_Information",
        Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - nor does it type its keywords
            redis.queue_url.reveal(),
            socket_connect_timeout=patience_s,
            socket_timeout=patience_s,
            retry=Retry(NoBackoff(), 0),
        ),
    )
    try:
        memory, persistence = client.info("memory"), client.info("persistence")
    except AuthenticationError as error:
        raise RedisRefused("Broken setting: redis: the server for queues refuses the password of its URL.") from error
    except ResponseError as error:
        raise RedisRefused(
            f"Broken setting: redis: the server for queues does not let this user ask INFO ({error}); allow it."
        ) from error
    except (RedisError, OSError):
        return
    finally:
        client.close()
    policy = str(memory.get("maxmemory_policy", _KEEPS_ALL))
    if policy != _KEEPS_ALL and memory.get("maxmemory") != 0:
        raise RedisRefused(
            f"Broken setting: redis: the server for queues evicts keys ({policy}) and would lose work; "
            "set its maxmemory-policy to noeviction, or name another server in redis.queue."
        )
    if persistence.get("aof_enabled") != 1:
        raise RedisRefused(
            "Broken setting: redis: the server for queues writes nothing to disk as it comes and would lose work; "
            "set its appendonly to yes, or name another server in redis.queue."
        )
