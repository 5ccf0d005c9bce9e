-- Append a submission unless its idempotency key already stands for one.
-- KEYS: idempotency key, submissions stream. ARGV: body digest, nonce, ttl ms, lane class, lane number, version, fact.
-- Returns {body digest, entry id, nonce, lane class, lane number} of the submission that the key stands for.
local held = redis.call('HMGET', KEYS[1], 'body', 'position', 'nonce', 'kind', 'number')
if held[1] then return held end
local position = redis.call('XADD', KEYS[2], '*', 'v', ARGV[6], 'fact', ARGV[7])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'position', position, 'nonce', ARGV[2], 'kind', ARGV[4], 'number', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {ARGV[1], position, ARGV[2], ARGV[4], ARGV[5]}
