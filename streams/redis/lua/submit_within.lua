-- Append a submission if its owner's quota leaves room, and count it; unless its idempotency key stands for one already.
-- KEYS: the owner's quota, their jobs in flight, their batch lanes, the mark that the job is counted, idempotency key,
-- submissions stream.
-- ARGV: owner, nonce, ms for which a job counts as in flight at most, submissions a minute, jobs in flight, CPU
-- microseconds a day (each -1: no limit), jobs in flight from which on interactive ones go into a batch lane, lane class,
-- lane number, number of lanes, language, what the streams of batch lanes begin with (they are of the same partition, and
-- so of the same slot), executors' group, version, the fact before its lane, its lane, the fact after its lane, body
-- digest ('' for no idempotency), ttl ms of the idempotency key.
-- Returns {'repeated', body digest, entry id, nonce, lane class, lane number}, or {'refused', ...} with what the owner has
-- used: submissions, ms left of the minute, jobs, CPU microseconds, ms left of the day; or {'accepted', those five,
-- entry id, lane class, lane number}.
local quota, in_flight, batch_lanes, counted, idempotency = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local owner, nonce, longest, kind, number, body = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[8], ARGV[9], ARGV[18]
local QUOTA_TTL = 2 * DAY_MS

if body ~= '' then
  local held = stood_for(idempotency)
  if held[1] then return {'repeated', unpack(held)} end
end

local ms = now_ms()
local minute, requests = unpack(redis.call('HMGET', quota, 'minute', 'requests'))
minute, requests = tonumber(minute or 0), tonumber(requests or 0)
if ms - minute >= MINUTE_MS or ms < minute then minute, requests = ms, 0 end
-- Whatever was missed (a flush of one key, a job that can never end), no job counts for ever. Counted only: at the memory
-- limit Redis refuses a script's writes up to the first that it lets through, so the submission has to be the first.
local jobs = redis.call('ZCOUNT', in_flight, '(' .. string.format('%.0f', ms - longest), '+inf')
local cpu = cpu_today(quota, ms)

local function standing(outcome)
  return {outcome, requests, minute + MINUTE_MS - ms, jobs, cpu, DAY_MS - ms % DAY_MS}
end

local function full(most, used)
  return most >= 0 and used >= most
end

if full(tonumber(ARGV[4]), requests) or full(tonumber(ARGV[5]), jobs) or full(tonumber(ARGV[6]), cpu) then
  return standing('refused')
end

local function waiting(stream)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  if groups.err then return 0 end  -- no such stream: nothing was ever submitted
  for _, info in ipairs(groups) do
    local fields = named(info)
    if fields['name'] == ARGV[13] and fields['lag'] then return fields['lag'] end
  end
  return redis.call('XLEN', stream)
end

local kept  -- the batch lane of the language as the hash has it

-- The batch lane where an owner's jobs wait: as long as any of theirs is in flight the same one, so that a flood stays in
-- one lane; else the emptiest, from that of their name on, so that it is not the one where another's flood is.
local function batch_lane()
  kept = jobs > 0 and redis.call('HGET', batch_lanes, ARGV[11])
  local home, count = tonumber(number), tonumber(ARGV[10])
  local chosen = tonumber(kept or -1)
  if chosen >= 0 and chosen < count then return chosen end
  local fewest
  for i = 0, count - 1 do
    local candidate = (home + i) % count
    local there = waiting(ARGV[12] .. candidate)
    if not fewest or there < fewest then chosen, fewest = candidate, there end
    if fewest == 0 then break end
  end
  return chosen
end

local function keep_batch_lane()
  if jobs == 0 then redis.call('DEL', batch_lanes) end
  redis.call('HSET', batch_lanes, ARGV[11], number)
  redis.call('PEXPIRE', batch_lanes, longest)
end

local stream, lane = KEYS[6], ARGV[16]
if kind == 'batch' or jobs >= tonumber(ARGV[7]) then
  kind, number = 'batch', string.format('%d', batch_lane())
  stream, lane = ARGV[12] .. number, '"lane":{"kind":"batch","number":' .. number .. '}'
end
local position = redis.call('XADD', stream, '*', 'v', ARGV[14], 'fact', ARGV[15] .. lane .. ARGV[17])
if kind == 'batch' and number ~= kept then keep_batch_lane() end
redis.call('ZREMRANGEBYSCORE', in_flight, '-inf', ms - longest)
requests, jobs = requests + 1, jobs + 1
redis.call('HSET', quota, 'minute', string.format('%d', minute), 'requests', requests)
redis.call('PEXPIRE', quota, QUOTA_TTL)
redis.call('ZADD', in_flight, ms, nonce)
redis.call('PEXPIRE', in_flight, longest)
redis.call('SET', counted, owner, 'PX', longest)
if body ~= '' then stand_for(idempotency, ARGV[19], body, position, nonce, kind, number) end
local answer = standing('accepted')
answer[7], answer[8], answer[9] = position, kind, number
return answer
