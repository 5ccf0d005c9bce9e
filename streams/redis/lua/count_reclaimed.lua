-- Count entries that were taken over. A script, so that it counts even at `maxmemory`.
-- KEYS: counts. ARGV: which, how many.
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
