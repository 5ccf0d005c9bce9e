-- End as cancelled a job that no live executor holds: never delivered, handed back, or not renewed for long.
-- KEYS: submissions stream, job hash, events stream, cancellations.
-- ARGV: group, entry id, job id, consumer of handed-back entries, ms after which a claim is dead, the ending's arguments.
local group, id, job_id = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', KEYS[2], 'ended') == 1 then
  redis.call('SREM', KEYS[4], job_id)
  return 0
end
local pending = redis.pcall('XPENDING', KEYS[1], group, id, id, 1)
local held = not pending.err and pending[1]
if held and held[2] ~= ARGV[4] and held[3] < tonumber(ARGV[5]) then return 0 end  -- its executor ends it
if #redis.call('XRANGE', KEYS[1], id, id) == 0 then
  redis.call('SREM', KEYS[4], job_id)
  return 0
end
-- Appended and marked as ended in one step: the executor that meets the entry later only acknowledges it.
append_ending(KEYS[3], KEYS[2], 6)
redis.call('SREM', KEYS[4], job_id)
if held then redis.call('XACK', KEYS[1], group, id) end
return 1
