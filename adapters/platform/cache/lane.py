"""One connection to Redis for all who ask at the same time: their commands travel together in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, cast, final

from pybreaker import CircuitBreaker, CircuitBreakerError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.platform.health import BreakerProbe
from adapters.platform.jobs.waiting import Availability
from adapters.platform.redis_closing import close_redis
from application.shared.health import Probe

Part: TypeAlias = str | bytes | int
Command: TypeAlias = tuple[Part, ...]
PATIENCE_S: Final = 0.1
_OPEN_S: Final = 1
_LONGEST_BATCH: Final = 512


class Away(Exception):
    """Redis does not answer, or not soon enough to be worth waiting for."""


@dataclass(frozen=True, slots=True)
class _Ask:
    commands: Sequence[Command]
    answer: asyncio.Future[list[object]]


class _Pipeline(Protocol):
    """What is needed of redis-py's pipeline, whose own types leave it open."""

    def execute_command(self, *parts: Part) -> object: ...
    async def execute(self, raise_on_error: bool = True) -> list[object]: ...  # noqa: FBT001, FBT002 - as redis-py has it


@final
class Lane:
    """There is one call under way at a time; whoever comes meanwhile travels with the next.

    After a call that failed or took too long nobody waits for Redis for a second.
    """

    def __init__(self, redis: Redis, *, patience_s: float = PATIENCE_S, open_s: float = _OPEN_S) -> None:
        self._redis = redis
        self._patience_s = patience_s
        self._breaker = CircuitBreaker(fail_max=1, reset_timeout=open_s, name="cache", throw_new_error_on_trip=False)
        self._availability = Availability("cache")
        self._waiting: list[_Ask] = []
        self._pump: asyncio.Task[None] | None = None

    @property
    def probe(self) -> Probe:
        """What `GET /health` asks."""
        return BreakerProbe(self._breaker, "each process keeps what it can by itself")

    async def run(self, commands: Sequence[Command]) -> list[object]:
        """Return an answer for each command, an exception where Redis refused it; raise Away if it does not answer."""
        ask = _Ask(commands, asyncio.get_running_loop().create_future())
        self._waiting.append(ask)
        if self._pump is None or self._pump.done():
            # it outlives the request that starts it, and must not speak in its name
            self._pump = asyncio.create_task(self._serve(), context=Context())
        return await ask.answer

    async def aclose(self) -> None:
        """Close the connection; who still waits is told that Redis is away."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        _fail(self._waiting, Away())
        await close_redis(self._redis)

    async def _serve(self) -> None:
        while self._waiting:
            batch = self._waiting[:_LONGEST_BATCH]
            del self._waiting[:_LONGEST_BATCH]
            try:
                answers = await self._call([command for ask in batch for command in ask.commands])
            except (RedisError, OSError, TimeoutError) as error:
                self._availability.down(error)
                _fail(batch, Away())
            except CircuitBreakerError:
                _fail(batch, Away())
            except BaseException:
                _fail(batch, Away())
                raise
            else:
                self._availability.up()
                _answer(batch, answers)

    async def _call(self, commands: Sequence[Command]) -> list[object]:
        # redis-py gives its commands the types of both its clients at once
        pipeline = cast("_Pipeline", cast("object", self._redis.pipeline(transaction=False)))
        with self._breaker.calling():
            for command in commands:
                pipeline.execute_command(*command)
            async with asyncio.timeout(self._patience_s):
                return await pipeline.execute(raise_on_error=False)


def _fail(batch: Sequence[_Ask], error: Exception) -> None:
    for ask in batch:
        if not ask.answer.done():
            ask.answer.set_exception(error)


def _answer(batch: Sequence[_Ask], answers: Sequence[object]) -> None:
    position = 0
    for ask in batch:
        own = list(answers[position : position + len(ask.commands)])
        position += len(ask.commands)
        # whoever asked may have gone away
        if not ask.answer.done():
            ask.answer.set_result(own)
