-- Renew an actor's report. Time is this server's, so that clocks of hosts need not agree.
-- KEYS: actors. ARGV: name, ttl ms, report.
local now = redis.call('TIME')
local expires = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2]
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s ', expires, ARGV[2]) .. ARGV[3])
return 1
