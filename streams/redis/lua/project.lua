-- Join slots into job hashes, acknowledge the entries they came from, tell who waits, and take jobs that have ended off
-- their owners' counts: one atomic step.
-- KEYS: for each entry, its stream and its job's hash.
-- ARGV: group, channel, ttl ms, what the keys of marks, quotas and jobs in flight begin with (they are of the same
-- partition, and so of the same slot; which ones it takes is known only here); for each entry: entry id, job id, the
-- job's nonce if this is its ending (else ''), the CPU microseconds that it took, number of slots, and for each slot:
-- field of the rank (the payload's, and '@'), 'max' or 'min', rank, 'payload', 'withheld' or 'rank' (which is then the
-- value), payload.
-- Returns the entries, counted from 0, that were left alone because a payload that their job's hash needs was withheld.
local group, channel, ttl = ARGV[1], ARGV[2], ARGV[3]
local counted, quotas, in_flight = ARGV[4], ARGV[5], ARGV[6]
local at, lacking = 7, {}
local WIDTH, NOTHING = 5, {}  -- arguments of a slot; no change

local function beats(keep, rank, held)
  if not held then return true end
  if keep == 'max' then return rank > held end
  return rank < held
end

-- What joining the `count` slots whose arguments start at `first` changes in a job's hash: names and values, and the
-- status if it is among them; or nil if that needs a payload that was withheld.
local function joined(job, first, count)
  -- The slots of a fact are joined together always: a hash with the rank of the first has all of them, or what beats them.
  if redis.call('HGET', job, ARGV[first]) == ARGV[first + 2] then return NOTHING, nil end
  local rank_fields, changes, status = {}, {}, nil
  for i = 1, count do rank_fields[i] = ARGV[first + (i - 1) * WIDTH] end
  local held = redis.call('HMGET', job, unpack(rank_fields))
  for i = 1, count do
    local slot = first + (i - 1) * WIDTH
    if beats(ARGV[slot + 1], ARGV[slot + 2], held[i]) then
      if ARGV[slot + 3] == 'withheld' then return nil end
      changes[#changes + 1] = rank_fields[i]
      changes[#changes + 1] = ARGV[slot + 2]
      if ARGV[slot + 3] == 'payload' then
        changes[#changes + 1] = string.sub(rank_fields[i], 1, -2)
        changes[#changes + 1] = ARGV[slot + 4]
        if rank_fields[i] == 'status@' then status = ARGV[slot + 4] end
      end
    end
  end
  return changes, status
end

for i = 1, #KEYS, 2 do
  local stream, job = KEYS[i], KEYS[i + 1]
  local id, job_id, nonce, cpu, count = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  local changes, status = joined(job, at + 5, count)
  if not changes then
    lacking[#lacking + 1] = (i - 1) / 2
  -- What is not pending any more was joined by another projector, or is gone: a flush between read and join would
  -- leave a hash of a job that the streams do not know.
  elseif redis.call('XACK', stream, group, id) == 1 then
    if #changes > 0 then redis.call('HSET', job, unpack(changes)) end
    if nonce ~= '' then count_ending(nonce, tonumber(cpu), counted, quotas, in_flight) end
    if status then redis.call('PUBLISH', channel, job_id .. ' ' .. status) end
    -- Every hash gets its expiry here, whoever made it: each fact about it comes by.
    redis.call('PEXPIRE', job, ttl)
  end
  at = at + 5 + count * WIDTH
end
return lacking
