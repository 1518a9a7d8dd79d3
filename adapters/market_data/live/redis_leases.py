"""Divides the shards over the living processes by leases in Redis, evenly, with one script that sees them all at once.

It is about saving work, not about truth: if two processes have a shard for a moment, the numbers of their ticks keep
what is older from being shown.
"""

from __future__ import annotations

import secrets
from typing import Final, cast, final

from adapters.market_data.live.frames import SHARDS
from adapters.market_data.live.redis_commands import BusRedis
from application.market_data.live.ports import ShardLeases

# who hears feeds: a key per process that expires, and the set of those processes
PROCESSES: Final = "ticks:ingest"
# renewed twice a second; whoever takes over has a second left to begin
LEASE_MS: Final = 3_000
# ARGV: the process, how long a lease lasts, how many shards there are
_RENEW: Final = """
redis.call('SET', KEYS[1] .. ':' .. ARGV[1], '1', 'PX', ARGV[2])
redis.call('SADD', KEYS[1], ARGV[1])
local living = 0
for _, process in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', KEYS[1] .. ':' .. process) == 1 then
    living = living + 1
  else
    redis.call('SREM', KEYS[1], process)
  end
end
local fair = math.ceil(tonumber(ARGV[3]) / living)
local held, free = {}, {}
for shard = 0, tonumber(ARGV[3]) - 1 do
  local owner = redis.call('GET', KEYS[2] .. shard)
  if owner == ARGV[1] then
    held[#held + 1] = shard
  elseif not owner then
    free[#free + 1] = shard
  end
end
while #held > fair do
  redis.call('DEL', KEYS[2] .. table.remove(held))
end
for _, shard in ipairs(free) do
  if #held < fair then
    held[#held + 1] = shard
  end
end
for _, shard in ipairs(held) do
  redis.call('SET', KEYS[2] .. shard, ARGV[1], 'PX', ARGV[2])
end
return held
"""
_RELEASE: Final = """
redis.call('DEL', KEYS[1] .. ':' .. ARGV[1])
redis.call('SREM', KEYS[1], ARGV[1])
for shard = 0, tonumber(ARGV[2]) - 1 do
  if redis.call('GET', KEYS[2] .. shard) == ARGV[1] then
    redis.call('DEL', KEYS[2] .. shard)
  end
end
return 0
"""
_SHARD: Final = "ticks:shard:"


@final
class RedisShardLeases(ShardLeases):
    """The leases of one process."""

    def __init__(self, bus: BusRedis, *, lease_ms: int = LEASE_MS) -> None:
        self._bus = bus
        self._lease_ms = lease_ms
        self._process = secrets.token_hex(8)

    async def renew(self) -> frozenset[int]:
        """Return the shards that this process has for as long as a lease lasts; raise BusAway."""
        # a list of numbers is what the script returns
        held = cast("list[int]", await self._run(_RENEW, self._lease_ms, SHARDS))
        return frozenset(held)

    async def release(self) -> None:
        """Give all back; raise BusAway."""
        await self._run(_RELEASE, SHARDS)

    async def _run(self, script: str, *values: int) -> object:
        return await self._bus.run("EVAL", script, 2, PROCESSES, _SHARD, self._process, *values)
