-- Stands before every other script.

-- A text that sorts as the position does; Position.rank in Python.
local function rank(position)
  local ms, seq = string.match(position, '(%d+)-(%d+)')
  return string.rep('0', 15 - #ms) .. ms .. '-' .. string.rep('0', 10 - #seq) .. seq
end

-- Append a job's ending. The mark in the hash is part of the guard: from here on nothing starts or ends the job again.
local function append_ending(events, job, version, fact)
  local position = redis.call('XADD', events, '*', 'v', version, 'fact', fact)
  redis.call('HSET', job, 'ended', rank(position))
  return position
end

-- The consumer that holds an entry, or nil; nobody does where a flush took stream and group.
local function holder(stream, group, id)
  local pending = redis.pcall('XPENDING', stream, group, id, id, 1)
  return not pending.err and pending[1] and pending[1][2] or nil
end

-- What an idempotency key stands for: {body digest, entry id, nonce, lane class, lane number}; the first is false for
-- one that stands for nothing.
local function stood_for(key)
  return redis.call('HMGET', key, 'body', 'position', 'nonce', 'kind', 'number')
end

-- Let an idempotency key stand for a submission.
local function stand_for(key, ttl, body, position, nonce, kind, number)
  redis.call('HSET', key, 'body', body, 'position', position, 'nonce', nonce, 'kind', kind, 'number', number)
  redis.call('PEXPIRE', key, ttl)
end

-- The server's time, in ms since the epoch.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local DAY_MS, MINUTE_MS = 86400000, 60000

-- The CPU time in microseconds that a quota hash has for the day of `ms`.
local function cpu_today(quota, ms)
  local day, cpu = unpack(redis.call('HMGET', quota, 'day', 'cpu'))
  return tonumber(day or -1) == math.floor(ms / DAY_MS) and tonumber(cpu or 0) or 0
end

-- A reply that is a list of names and values, as a table.
local function named(list)
  local fields = {}
  for i = 1, #list, 2 do fields[list[i]] = list[i + 1] end
  return fields
end
