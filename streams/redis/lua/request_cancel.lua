-- Append `cancel_requested` unless the job has ended, and say so to those who could act on it.
-- KEYS: job hash, events stream, cancellations. ARGV: job id, channel, version, fact.
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 0 end
if redis.call('HEXISTS', KEYS[1], 'cancel_requested') == 1 then return 1 end
local position = redis.call('XADD', KEYS[2], '*', 'v', ARGV[3], 'fact', ARGV[4])
redis.call('HSET', KEYS[1], 'cancel_requested', ARGV[4], 'cancel_requested@', rank(position))
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[1])
return 1
