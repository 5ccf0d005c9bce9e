-- Put what a replay made of jobs in the place of their hashes, each in this one step, and never an older state.
-- KEYS: events stream, job hashes.
-- ARGV: status channel, position up to which the replay has read the events ('' when the jobs have ended: nothing can
-- follow); for each hash: job id, 'replace' or 'join', ttl ms for a hash that is not there, number of slots, and for
-- each slot: field, 'max' or 'min', rank, 'payload' or 'rank', payload.
-- 'join' is for histories whose beginning is gone from the streams: the hash knows what they do not.
-- Returns for each hash: 'same', 'changed', 'made', 'expired', or 'newer' when there are facts that were not read.
local channel, upto = ARGV[1], ARGV[2]
local at, outcomes = 3, {}
local WIDTH = 5

local later = {}
if upto ~= '' then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. upto, '+')) do
    local read, fact = pcall(cjson.decode, named(entry[2])['fact'] or '')
    if read and type(fact) == 'table' and fact['job'] then later[fact['job']] = true end
  end
end

local function beats(keep, rank, held)
  if not held then return true end
  if keep == 'max' then return rank > held end
  return rank < held
end

local function copy(fields)
  local result = {}
  for name, value in pairs(fields) do result[name] = value end
  return result
end

local function equal(one, other)
  for name, value in pairs(one) do if other[name] ~= value then return false end end
  for name in pairs(other) do if one[name] == nil then return false end end
  return true
end

for i = 2, #KEYS do
  local job, job_id, mode = KEYS[i], ARGV[at], ARGV[at + 1]
  local ttl, count = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local live = named(redis.call('HGETALL', job))
  local there = next(live) ~= nil
  if later[job_id] then
    outcomes[#outcomes + 1] = 'newer'
  elseif not there and ttl <= 0 then
    outcomes[#outcomes + 1] = 'expired'
  else
    local made = mode == 'join' and copy(live) or {}
    for slot = at + 4, at + 3 + count * WIDTH, WIDTH do
      local field, rank = ARGV[slot], ARGV[slot + 2]
      local is_rank = ARGV[slot + 3] == 'rank'
      local rank_field = is_rank and field or field .. '@'
      if beats(ARGV[slot + 1], rank, made[rank_field]) then
        made[rank_field] = rank
        if not is_rank then made[field] = ARGV[slot + 4] end
      end
    end
    if equal(live, made) then
      outcomes[#outcomes + 1] = 'same'
    else
      local kept, flat = redis.call('PTTL', job), {}
      for name, value in pairs(made) do
        flat[#flat + 1] = name
        flat[#flat + 1] = value
      end
      redis.call('DEL', job)
      redis.call('HSET', job, unpack(flat))
      if kept > 0 then ttl = kept end
      if ttl > 0 then redis.call('PEXPIRE', job, ttl) end
      -- The projector will find nothing new when it comes to these facts, so whoever waits is told here.
      if made['status'] and made['status'] ~= live['status'] then
        redis.call('PUBLISH', channel, job_id .. ' ' .. made['status'])
      end
      outcomes[#outcomes + 1] = there and 'changed' or 'made'
    end
  end
  at = at + 4 + count * WIDTH
end
return outcomes
