-- Take a dead letter and append its submission again: once, whoever asks how often.
-- KEYS: dead letters, submissions stream. ARGV: dead letter's field, version, fact.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return false end
return redis.call('XADD', KEYS[2], '*', 'v', ARGV[2], 'fact', ARGV[3])
