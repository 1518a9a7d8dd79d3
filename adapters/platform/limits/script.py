"""The one script that counts: atomic, on the clock of Redis, for many keys in one round trip.

A key holds the theoretical arrival time `t` of `domain.shared.rate_limit`, and per process what that process was
charged and may not know of, because the answer was lost: `sequence:idle_from:charged`. A process says with each call
which of its calls was the last whose answer it saw. So a lost answer is neither charged twice nor forgotten, and a late
call that a newer one has overtaken has no effect, because the first call after a lost one always leaves its mark.

What a lost answer had charged is given back, less the time in which it may have flowed back by itself. That begins at
`idle_from`, when all that others had been charged for certain before it has flowed back.

The epoch tells a Redis that was emptied from one that nobody has used yet. A process that knew another epoch gives
away that state was lost. Where several processes count, none of them knows the state alone, so every key that is
missing then starts as used up at the moment of the new epoch.
"""

from __future__ import annotations

from typing import Final

# KEYS: epoch, key...
# ARGV: process, sequence, known epoch, 1 if processes share; per key: interval, burst, asks, acknowledged, debt,
#       arrival time seen, arrival time with own admissions, 1 if the call before was lost
# returns: now, epoch, and per key: admitted, arrival time
SCRIPT: Final = """
local function text(number) return string.format('%.0f', number) end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local process, sequence, known, is_shared = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local found = redis.call('HMGET', KEYS[1], 'id', 'since', 'lost')
local epoch, since, lost = found[1], tonumber(found[2] or '0'), found[3] == '1'
if not epoch then
  epoch, since, lost = process .. ':' .. text(sequence), now, false
  redis.call('HSET', KEYS[1], 'id', epoch, 'since', text(now), 'lost', '0')
end
if known ~= '' and known ~= epoch and not lost then
  lost = true
  redis.call('HSET', KEYS[1], 'lost', '1')
end
local answer = {now, epoch}
for i = 2, #KEYS do
  local at = 4 + (i - 2) * 8
  local interval, burst, asks = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local acknowledged, debt = tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local seen, own, after_loss = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), ARGV[at + 8] == '1'
  local state = redis.call('HGETALL', KEYS[i])
  local stored, last, idle_from, charged, uncertain = 0, 0, 0, 0, 0
  for j = 1, #state, 2 do
    if state[j] == 't' then
      stored = tonumber(state[j + 1])
    else
      local a, b, c = string.match(state[j + 1], '(%d+):(%d+):(%d+)')
      if state[j] == process then
        last, idle_from, charged = tonumber(a), tonumber(b), tonumber(c)
      else
        uncertain = uncertain + tonumber(c)
      end
    end
  end
  local arrival = math.max(stored, seen)
  if lost and is_shared and stored == 0 then arrival = math.max(arrival, since + burst) end
  local admitted = 0
  if sequence > last then
    if last > acknowledged then
      arrival = arrival - math.max(0, charged * interval - math.max(0, now - idle_from))
    end
    local certain = math.max(now, arrival - uncertain * interval)
    if debt > 0 then arrival = math.max(arrival + debt * interval, own) end
    local start = math.max(arrival, now)
    admitted = math.max(0, math.min(asks, math.floor((now + burst - start) / interval)))
    if admitted > 0 then arrival = start + admitted * interval end
    if arrival ~= stored or last > acknowledged or after_loss then
      redis.call('HSET', KEYS[i], 't', text(arrival),
        process, text(sequence) .. ':' .. text(certain) .. ':' .. text(admitted + debt))
      redis.call('PEXPIRE', KEYS[i], text(math.ceil(math.max(0, arrival - now) / 1000) + 1000))
    end
  end
  answer[#answer + 1] = admitted
  answer[#answer + 1] = arrival
end
return answer
"""
