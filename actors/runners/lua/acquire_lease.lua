-- Take a lease if nobody holds it. KEYS: lease. ARGV: token, ttl ms. Returns whether the token holds it now.
-- One that lasts longer than any could was taken before this server's clock went back: it lasts its time from now.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
