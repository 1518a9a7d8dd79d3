"""Keeps in Redis, for seconds, what processes say of their feeds."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Final, cast, final

import msgspec

from adapters.market_data.live.redis_commands import BusRedis
from application.market_data.live.ports import FeedHealth, FeedReports

_KEY: Final = "ticks:feeds"
_KEPT_MS: Final = 5_000
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[FeedHealth])


@final
class RedisFeedReports(FeedReports):
    """A key per process that expires, and the set of those processes."""

    def __init__(self, bus: BusRedis) -> None:
        self._bus = bus
        self._process = secrets.token_hex(8)

    async def tell(self, feeds: Sequence[FeedHealth]) -> None:
        """Say how they are; raise BusAway."""
        await self._bus.run("SET", f"{_KEY}:{self._process}", _ENCODER.encode(feeds), "PX", _KEPT_MS)
        await self._bus.run("SADD", _KEY, self._process)

    async def told(self) -> Sequence[FeedHealth]:
        """Return what is not too old; raise BusAway."""
        # what SMEMBERS and MGET answer with
        processes = sorted(cast("Collection[bytes]", await self._bus.run("SMEMBERS", _KEY)))
        if not processes:
            return []
        keys = [f"{_KEY}:".encode() + process for process in processes]
        kept = cast("list[bytes | None]", await self._bus.run("MGET", *keys))  # as above
        gone = [process for process, said in zip(processes, kept, strict=True) if said is None]
        if gone:
            await self._bus.run("SREM", _KEY, *gone)
        return [each for said in kept if said is not None for each in _read(said)]


def _read(said: bytes) -> Sequence[FeedHealth]:
    try:
        return _DECODER.decode(said)
    except msgspec.MsgspecError:
        # another version of ours wrote it
        return []
