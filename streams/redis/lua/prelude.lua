-- What the scripts share. Each gets the parts that it names, put before it.

-- A text that sorts as the position does; Position.rank in Python.
local function rank(position)
  local ms, seq = string.match(position, '(%d+)-(%d+)')
  return string.rep('0', 15 - #ms) .. ms .. '-' .. string.rep('0', 10 - #seq) .. seq
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

-- Append a fact to `events` at a position after the one given, though it be of this very millisecond (or of the future,
-- the clock having gone back): whoever reads the streams in order meets a cause before its effect.
local function append_after(position, events, version, fact)
  local ms, seq = string.match(position, '(%d+)-(%d+)')
  if now_ms() <= tonumber(ms) then
    local next_one = ms .. '-' .. string.format('%d', tonumber(seq) + 1)
    local appended = redis.pcall('XADD', events, next_one, 'v', version, 'fact', fact)
    if not appended.err then return appended end  -- else the stream is past it already, and what comes next is later
  end
  return redis.call('XADD', events, '*', 'v', version, 'fact', fact)
end

local DAY_MS, MINUTE_MS = 86400000, 60000

-- The CPU time in microseconds that a quota hash has for the day of `ms`.
local function cpu_today(quota, ms)
  local day, cpu = unpack(redis.call('HMGET', quota, 'day', 'cpu'))
  return tonumber(day or -1) == math.floor(ms / DAY_MS) and tonumber(cpu or 0) or 0
end

-- Take a job that has ended off its owner's count. The mark is there once, so whoever comes to the ending again counts
-- nothing again.
local function count_ending(nonce, cpu, counted, quotas, in_flight)
  local owner = redis.call('GETDEL', counted .. nonce)
  if not owner then return end
  redis.call('ZREM', in_flight .. owner, nonce)
  local quota, ms = quotas .. owner, now_ms()
  redis.call('HSET', quota, 'day', math.floor(ms / DAY_MS), 'cpu', string.format('%d', cpu_today(quota, ms) + cpu))
  redis.call('PEXPIRE', quota, 2 * DAY_MS)
end

-- The rank of a job's final status: of several endings the first position's is the highest.
local function first_wins(position)
  local ms, seq = string.match(position, '(%d+)-(%d+)')
  return string.format('2%015d-%010d', 999999999999999 - ms, 9999999999 - seq)
end

local MOST_TOLD = 16384

-- What a job's hash says besides its ending, and the ending, for those who wait: ' ' and four lengths, '-' for what is not
-- there, a line end, then all of it; or nothing, if that is large. streams.redis.told takes it apart.
local function whole_state(job, ending)
  local held = redis.call('HMGET', job, 'submission', 'started', 'cancel_requested')
  local lengths, texts, total = {}, {}, #ending
  for i = 1, 3 do
    lengths[i] = held[i] and #held[i] or '-'
    texts[i] = held[i] or ''
    total = total + #texts[i]
  end
  if total > MOST_TOLD or not held[1] then return '' end
  return ' ' .. table.concat(lengths, ' ') .. ' ' .. #ending .. '\n' .. table.concat(texts) .. ending
end

-- Append a job's ending, and say it in the job's hash in the same step: slots as streams.state makes them, so that the
-- projector, which joins them again, finds nothing new. The mark 'ended' is part of the guard: from here on nothing
-- starts or ends the job again. ARGV from `first` on is what streams.redis.endings.ending_arguments makes.
local function append_ending(events, job, first)
  local version, fact, status, channel, job_id, nonce, cpu = unpack(ARGV, first, first + 6)
  local position = redis.call('XADD', events, '*', 'v', version, 'fact', fact)
  local at = rank(position)
  redis.call('HSET', job, 'ending', fact, 'ending@', at, 'ended', at, 'status', status, 'status@', first_wins(position))
  count_ending(nonce, tonumber(cpu), unpack(ARGV, first + 7, first + 9))
  redis.call('PUBLISH', channel, job_id .. ' ' .. status .. whole_state(job, fact))
  return position
end

-- A reply that is a list of names and values, as a table.
local function named(list)
  local fields = {}
  for i = 1, #list, 2 do fields[list[i]] = list[i + 1] end
  return fields
end
