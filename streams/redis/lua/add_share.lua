-- Keep a link to a job unless it has enough of them. KEYS: the job's shares. ARGV: digest, what is kept of it, most, ttl ms.
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
