-- How many entries of a stream a group has not read yet, and the ids of the first and the last of them.
-- KEYS: a stream. ARGV: group, id of an entry. Nothing when that entry has been read, or is not there.
local group, id = ARGV[1], ARGV[2]
if #redis.call('XRANGE', KEYS[1], id, id) == 0 then return {} end
local after, waiting = '-', redis.call('XLEN', KEYS[1])
for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local fields = named(info)
  if fields['name'] == group then
    if rank(fields['last-delivered-id']) >= rank(id) then return {} end
    after, waiting = '(' .. fields['last-delivered-id'], fields['lag'] or waiting
  end
end
local first = redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', 1)[1][1]
return {waiting, first, redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]}
