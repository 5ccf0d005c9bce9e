-- Append `started`, if the consumer holds the submission, this is the next attempt, and nothing has ended the job.
-- KEYS: submissions stream, job hash, events stream.
-- ARGV: group, consumer, entry id, attempt, version, fact, its mark, status channel, job id, what state keeps of the
-- submission.
-- A mark begins with the attempt's number; that of the last one that started says whose it was.
-- The hash says both facts in the same step, in slots as streams.state makes them: the projector will find nothing new.
local stream, job, events = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, id, attempt = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local ended, cancel_requested, attempts = unpack(redis.call('HMGET', job, 'ended', 'cancel_requested', 'attempts'))
if ended then
  redis.call('XACK', stream, group, id)
  return {'ended'}
end
if holder(stream, group, id) ~= consumer then return {'not ours'} end
if cancel_requested then return {'cancelled'} end
local started = tonumber(string.match(attempts or '0', '^%d+'))
if attempt ~= started + 1 then return {'attempts', started, attempts or ''} end
local position = append_after(id, events, ARGV[5], ARGV[6])
local mark = string.format('%06d', attempt) .. ' ' .. rank(position)
redis.call(
  'HSET', job, 'attempts', ARGV[7], 'started', ARGV[6], 'started@', mark, 'status', 'running', 'status@', '1',
  'submission', ARGV[10], 'submission@', rank(id)
)
redis.call('PUBLISH', ARGV[8], ARGV[9] .. ' running')
return {'begun', position}
