-- Delete entries older than a position, never past what a group has not acknowledged.
-- KEYS: a stream. ARGV: first position to keep, as ms; a group that does not count, or ''; the groups that must be there:
-- one that is missing (nobody came yet, or a flush took it) will be made from the beginning, and has acknowledged nothing.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local keep, found = ARGV[1] .. '-0', {}
for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local fields = named(info)
  found[fields['name']] = true
  if fields['name'] ~= ARGV[2] then
    local ms, seq = string.match(fields['last-delivered-id'], '(%d+)-(%d+)')
    local undelivered = ms .. '-' .. string.format('%.0f', seq + 1)
    local oldest = redis.call('XPENDING', KEYS[1], fields['name'])[2] or undelivered
    if rank(oldest) < rank(keep) then keep = oldest end
  end
end
for i = 3, #ARGV do
  if not found[ARGV[i]] then return 0 end
end
return redis.call('XTRIM', KEYS[1], 'MINID', keep)
