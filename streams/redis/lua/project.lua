-- Join slots into job hashes, acknowledge the entries they came from, and tell who waits: one atomic step.
-- KEYS: for each entry, its stream and its job's hash.
-- ARGV: group, channel, ttl ms; for each entry: entry id, job id, number of slots, and for each slot: field, 'max' or
-- 'min', rank, 'payload' or 'rank' (which of the two is the value), payload.
local group, channel, ttl = ARGV[1], ARGV[2], ARGV[3]
local at, applied = 4, 0

local function join(job, field, keep, rank, value, payload)
  local rank_field = value == 'rank' and field or field .. '@'
  local held = redis.call('HGET', job, rank_field)
  if held and ((keep == 'max' and held >= rank) or (keep == 'min' and held <= rank)) then return false end
  if value == 'rank' then
    redis.call('HSET', job, field, rank)
  else
    redis.call('HSET', job, field, payload, rank_field, rank)
  end
  return true
end

for i = 1, #KEYS, 2 do
  local stream, job = KEYS[i], KEYS[i + 1]
  local id, job_id, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  for _ = 1, count do
    local changed = join(job, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
    if changed and ARGV[at] == 'status' then
      redis.call('PUBLISH', channel, job_id .. ' ' .. ARGV[at + 4])
    end
    at = at + 5
  end
  redis.call('PEXPIRE', job, ttl)
  applied = applied + redis.call('XACK', stream, group, id)
end
return applied
