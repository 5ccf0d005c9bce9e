-- Append a submission unless its idempotency key already stands for one.
-- KEYS: idempotency key, submissions stream. ARGV: body digest, nonce, ttl ms, lane class, lane number, version, fact.
-- Returns {body digest, entry id, nonce, lane class, lane number} of the submission that the key stands for.
local held = stood_for(KEYS[1])
if held[1] then return held end
local position = redis.call('XADD', KEYS[2], '*', 'v', ARGV[6], 'fact', ARGV[7])
stand_for(KEYS[1], ARGV[3], ARGV[1], position, ARGV[2], ARGV[4], ARGV[5])
return {ARGV[1], position, ARGV[2], ARGV[4], ARGV[5]}
