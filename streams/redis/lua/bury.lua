-- Acknowledge an entry that is no fact, keep it as a dead letter and append `lost`: once, whoever comes first.
-- KEYS: the entry's stream, dead letters, events stream, job hash.
-- ARGV: both groups, entry id, dead letter's field, dead letter, the ending's arguments if there is one.
-- A group that has not read it yet will, and then only acknowledges it.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
redis.call('XACK', KEYS[1], ARGV[2], ARGV[3])
if redis.call('HSETNX', KEYS[2], ARGV[4], ARGV[5]) == 0 or #ARGV == 5 then return 0 end
if redis.call('HEXISTS', KEYS[4], 'ended') == 1 then return 0 end
append_ending(KEYS[3], KEYS[4], 6)
return 1
