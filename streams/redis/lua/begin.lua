-- Append `started`, if the consumer holds the submission, this is the next attempt, and nothing has ended the job.
-- KEYS: submissions stream, job hash, events stream. ARGV: group, consumer, entry id, attempt, ttl ms, version, fact.
local stream, job, events = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, id, attempt, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

if redis.call('HEXISTS', job, 'ended') == 1 then
  redis.call('XACK', stream, group, id)
  return {'ended'}
end
if holder(stream, group, id) ~= consumer then return {'not ours'} end
if redis.call('HEXISTS', job, 'cancel_requested') == 1 then return {'cancelled'} end
local started = tonumber(redis.call('HGET', job, 'attempts') or '0')
if attempt ~= started + 1 then return {'attempts', started} end
local position = redis.call('XADD', events, '*', 'v', ARGV[6], 'fact', ARGV[7])
redis.call('HSET', job, 'attempts', string.format('%06d', attempt))
redis.call('PEXPIRE', job, ttl)
return {'begun', position}
