"""Tells ticks over Redis: the last of each symbol is kept, then all are told, in one call per batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, final

from adapters.market_data.live.frames import channel_of, encode_frame, encode_last, last_key, shard_of
from adapters.market_data.live.redis_commands import BusRedis, Part
from adapters.market_data.live.redis_last import read_last
from adapters.market_data.live.redis_symbols import UNTOLD, WANTS, SymbolSets
from application.market_data.live.ports import LiveTick, TickPublisher

_KEPT_MS: Final = 86_400_000
# KEYS: of the last ticks. ARGV: for how long they are kept, a tick and then a number for each, channels with messages.
# A process that was held up, and whose symbols another has taken over, must not leave behind what is older.
_PUBLISH: Final = """
local count = #KEYS
for i = 1, count do
  local kept = tonumber(string.match(redis.call('GETRANGE', KEYS[i], 0, 20), '^(%d+) ') or '0')
  if kept <= tonumber(ARGV[i + count + 1]) then
    redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[1])
  end
end
for i = 2 * count + 2, #ARGV, 2 do
  redis.call('PUBLISH', ARGV[i], ARGV[i + 1])
end
return count
"""


@final
class RedisTickPublisher(TickPublisher):
    """Publishes on the channels of the shards."""

    def __init__(self, bus: BusRedis) -> None:
        self._bus = bus
        self._wants = SymbolSets(bus, WANTS)
        self._untold = SymbolSets(bus, UNTOLD)

    async def publish(self, ticks: Sequence[LiveTick]) -> None:
        """Keep the last of each symbol, then tell all; raise BusAway."""
        if not ticks:
            return
        last: dict[str, LiveTick] = {}
        shards: dict[int, list[LiveTick]] = {}
        for tick in ticks:
            last[tick.symbol] = tick
            shards.setdefault(shard_of(tick.symbol), []).append(tick)
        numbers = [tick.sequence for tick in last.values()]
        arguments: list[Part] = [_KEPT_MS, *map(encode_last, last.values()), *numbers]
        for shard, told in shards.items():
            arguments += [channel_of(shard), encode_frame(told)]
        await self._bus.run("EVAL", _PUBLISH, len(last), *map(last_key, last), *arguments)

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return the last tick of each symbol that has one; raise BusAway."""
        return await read_last(self._bus, symbols)

    async def wanted(self) -> frozenset[str]:
        """Return what any process follows whose key has not expired; raise BusAway."""
        return await self._wants.read()

    async def say_untold(self, symbols: frozenset[str]) -> None:
        """Say it, whether it was said before or not; raise BusAway."""
        await self._untold.write(symbols)
