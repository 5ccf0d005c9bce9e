-- Remember which language its names stand for. A script, as know_language. KEYS: names. ARGV: language, its names.
for i = 2, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], ARGV[1]) end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[1])
