"""Counts in Redis, for all processes together; requests that come at the same time share one round trip."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Final, NamedTuple, Protocol, cast, final

from hiredis import pack_command  # pyright: ignore[reportUnknownVariableType] - it does not say what comes out
from msgspec import Struct
from pybreaker import CircuitBreaker, CircuitBreakerError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from adapters.platform.health import BreakerProbe
from adapters.platform.jobs.waiting import Availability
from adapters.platform.limits.known import Count, Known, verdicts
from adapters.platform.limits.script import SCRIPT
from adapters.platform.redis_closing import close_redis
from application.shared.health import Probe
from application.shared.rate_limits import RateLimiter
from domain.shared.rate_limit import Quota, Verdict

PREFIX: Final = "tapedeck:limits:"
_EPOCH: Final = PREFIX + "epoch"
_FAILURES: Final = (RedisError, OSError, TimeoutError)
PATIENCE_S: Final = 0.1
# an answer that was lost, or a connection that broke while nobody used it, is no reason to do without Redis
_ATTEMPTS: Final = 2
_FAILURES_TO_OPEN: Final = 4
_OPEN_S: Final = 1
_LONGEST_BATCH: Final = 256
# its own types speak of commands of one part
_pack: Final = cast("Callable[[tuple[str | int, ...]], bytes]", cast("object", pack_command))
# how Redis names scripts
_SCRIPT_NAME: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


def open_client(url: str, *, patience_s: float = PATIENCE_S) -> Redis:
    """Return a client for one limiter alone, which makes one call at a time and sees to it that none takes long.

    So it has no time limit of its own, for which redis-py would do as much work again.
    """
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        url,
        socket_timeout=None,
        socket_connect_timeout=patience_s,
        retry=Retry(NoBackoff(), 0),
        max_connections=2,
    )


class _Ask(NamedTuple):
    key: str
    quota: Quota
    answer: asyncio.Future[Verdict]


class _Line(Struct):
    count: Count
    asks: Sequence[_Ask]


class _Connection(Protocol):
    """What the limiter needs of redis-py's connections, whose own types leave it open; one that broke opens again."""

    async def send_packed_command(self, command: bytes, check_health: bool = True) -> None: ...  # noqa: FBT001, FBT002 - as redis-py has it
    async def read_response(self) -> list[int | bytes]: ...


class _Connections(Protocol):
    """What the limiter needs of redis-py's pool."""

    async def get_connection(self) -> _Connection: ...


@final
class RedisRateLimiter(RateLimiter):
    """GCRA in one script on the clock of Redis.

    There is one call under way at a time, which carries all keys that are waited for. A call that fails is repeated
    once; then the process decides alone, as `Known` tells, until Redis is back and has been told.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        processes: int = 1,
        patience_s: float = PATIENCE_S,
        open_s: float = _OPEN_S,
        clock_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._redis = redis
        self._connection: _Connection | None = None
        self._process = secrets.token_hex(6)
        self._known = Known(clock_us, wall_us, processes=processes)
        self._is_shared = int(processes > 1)
        self._patience_s = patience_s
        self._open_s = open_s
        self._breaker = CircuitBreaker(
            fail_max=_FAILURES_TO_OPEN, reset_timeout=open_s, name="limits", throw_new_error_on_trip=False
        )
        self._availability = Availability("limits")
        self._sequence = 0
        self._waiting: list[_Ask] = []
        self._asked = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    @property
    def probe(self) -> Probe:
        """What `GET /health` asks."""
        return BreakerProbe(self._breaker, "each process counts requests by itself")

    @property
    def is_away(self) -> bool:
        """Whether the last decisions were taken without Redis."""
        return self._known.is_away

    async def take(self, key: str, quota: Quota) -> Verdict:
        """Admit one request of this key, or refuse it."""
        ask = _Ask(PREFIX + key, quota, asyncio.get_running_loop().create_future())
        self._waiting.append(ask)
        self._asked.set()
        if self._pump is None or self._pump.done():
            # it outlives the request that starts it, and must not speak in its name
            self._pump = asyncio.create_task(self._serve(), context=Context())
        return await ask.answer

    async def aclose(self) -> None:
        """Tell Redis what it does not know yet, if it is there; then close its client."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        if self._known.has_debts:
            await self._decide([])
        await close_redis(self._redis)

    async def _serve(self) -> None:
        while True:
            while self._waiting:
                batch = self._waiting[:_LONGEST_BATCH]
                del self._waiting[:_LONGEST_BATCH]
                try:
                    await self._decide(batch)
                except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                    _fail(batch, error)
            if not self._known.has_debts:
                return
            # nobody asks, and Redis is still to be told what was admitted without it
            self._asked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._open_s):
                    await self._asked.wait()
            if not self._waiting:
                await self._decide([])

    async def _decide(self, batch: Sequence[_Ask]) -> None:
        lines = self._lines(batch)
        for _ in range(_ATTEMPTS):
            try:
                told = await self._call(lines)
            except CircuitBreakerError:
                break
            except _FAILURES as error:
                self._availability.down(error)
                for line in lines:
                    line.count.is_unsure = True
            else:
                self._availability.up()
                for line, found in zip(lines, told, strict=True):
                    _answer(line, found)
                return
        self._known.lose()
        for line in lines:
            if line.asks:
                _answer(line, self._known.decide(line.count, len(line.asks)))

    def _lines(self, batch: Sequence[_Ask]) -> list[_Line]:
        asked: dict[str, tuple[Count, list[_Ask]]] = {}
        for ask in batch:
            count = self._known.count(ask.key, ask.quota, self._sequence)
            asked.setdefault(count.name, (count, []))[1].append(ask)
        for count in list(self._known.debtors)[:_LONGEST_BATCH]:
            asked.setdefault(count.name, (count, []))
        return [_Line(count, asks) for count, asks in asked.values()]

    async def _call(self, lines: Sequence[_Line]) -> list[list[Verdict]]:
        self._sequence += 1
        sequence = self._sequence
        arguments: list[str | int] = [_EPOCH, *(line.count.name for line in lines)]
        arguments += [self._process, sequence, self._known.epoch, self._is_shared]
        for line in lines:
            count, quota = line.count, line.count.quota
            arguments += [quota.interval_us, quota.burst_us, len(line.asks), count.acknowledged, count.debt]
            arguments += [count.seen_us, count.own_us, int(count.is_unsure)]
        with self._breaker.calling():
            async with asyncio.timeout(self._patience_s):
                answer = await self._run(len(lines) + 1, arguments)
        now, epoch, *told = answer
        numbers = [int(number) for number in told]
        self._known.learn(int(now), epoch.decode() if isinstance(epoch, bytes) else str(epoch))
        found: list[list[Verdict]] = []
        for position, line in enumerate(lines):
            admitted, arrival = numbers[2 * position], numbers[2 * position + 1]
            self._known.settle(line.count, arrival, sequence)
            found.append(verdicts(line.count.quota, arrival, int(now), admitted, len(line.asks)))
        return found

    async def _run(self, keys: int, arguments: Sequence[str | int]) -> list[int | bytes]:
        try:
            return await self._ask("EVALSHA", _SCRIPT_NAME, keys, *arguments)
        except NoScriptError:
            return await self._ask("EVAL", SCRIPT, keys, *arguments)

    async def _ask(self, *command: str | int) -> list[int | bytes]:
        """Ask on one connection, past the client: it makes as much of a command as Redis makes of the whole script."""
        if self._connection is None:
            # redis-py leaves the types of its connections open
            pool = cast("_Connections", cast("object", self._redis.connection_pool))
            self._connection = await pool.get_connection()
        await self._connection.send_packed_command(_pack(command), check_health=False)
        return await self._connection.read_response()


def _fail(batch: Sequence[_Ask], error: Exception) -> None:
    for ask in batch:
        if not ask.answer.done():
            ask.answer.set_exception(error)


def _answer(line: _Line, found: Sequence[Verdict]) -> None:
    for ask, verdict in zip(line.asks, found, strict=True):
        # whoever asked may have gone away
        if not ask.answer.done():
            ask.answer.set_result(verdict)
