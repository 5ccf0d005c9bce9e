-- Prolong a lease if the token still holds it. KEYS: lease. ARGV: token, ttl ms. Returns whether it did.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
