-- How far the archive's group is behind in the streams of a partition. KEYS: streams. ARGV: group.
-- Returns {entries that were not read or not acknowledged, age of the oldest of them in ms}.
local now = redis.call('TIME')
local now_ms, entries, oldest_ms = now[1] * 1000 + math.floor(now[2] / 1000), 0, nil

local function consider(position)
  local ms = tonumber(string.match(position, '^(%d+)'))
  if not oldest_ms or ms < oldest_ms then oldest_ms = ms end
end

local function group_of(stream)
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local fields = named(info)
    if fields['name'] == ARGV[1] then return fields end
  end
end

for _, stream in ipairs(KEYS) do
  if redis.call('EXISTS', stream) == 1 then
    -- A group that is missing will be made from the beginning: everything waits for it.
    local group = group_of(stream) or {['last-delivered-id'] = '0-0', ['pending'] = 0}
    local first = redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '+', 'COUNT', 1)[1]
    if first then
      consider(first[1])
      -- Redis may have lost count, after entries were deleted: then as many as there can be.
      entries = entries + (group['lag'] or redis.call('XLEN', stream))
    end
    if group['pending'] > 0 then
      consider(redis.call('XPENDING', stream, ARGV[1])[2])
      entries = entries + group['pending']
    end
  end
end
return {entries, oldest_ms and math.max(now_ms - oldest_ms, 0) or 0}
