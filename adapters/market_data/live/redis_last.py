"""Reads the last ticks that are kept in Redis."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from adapters.market_data.live.frames import decode_last, last_key
from adapters.market_data.live.redis_commands import BusRedis
from application.market_data.live.ports import LiveTick


async def read_last(bus: BusRedis, symbols: Collection[str]) -> Mapping[str, LiveTick]:
    """Return the last tick of each symbol that has one; raise BusAway."""
    if not symbols:
        return {}
    # what MGET answers with
    kept = cast("list[bytes | None]", await bus.run("MGET", *map(last_key, symbols)))
    found = (decode_last(symbol, each) for symbol, each in zip(symbols, kept, strict=True) if each is not None)
    return {tick.symbol: tick for tick in found if tick is not None}
