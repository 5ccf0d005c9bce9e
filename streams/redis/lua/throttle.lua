-- Count one try on every counter, unless one of them is used up; then none is counted.
-- KEYS: counters. ARGV: for each its limit and its window in ms.
-- Returns the ms until it is worth trying again; 0 when the try was counted.
local wait = 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
end
return 0
