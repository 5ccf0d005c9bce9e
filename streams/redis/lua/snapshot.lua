-- All of a partition that is not an entry of a stream, as of one moment: how far its streams are, its groups, their
-- consumers and what these hold. Read-only. KEYS: streams.
-- Returns {{stream, last id, entries added, length, {{group, last delivered, entries read, {consumer, ...},
-- {{id, consumer, ms since the epoch, deliveries}, ...}}, ...}}, ...}. A number that Redis does not know is ''.
local streams = {}

local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- What a group's consumers hold. Redis tells how long ago; the clock may tick meanwhile, then it is asked again.
local function held(stream, group, count)
  if count == 0 then return {} end
  local pending, now
  for _ = 1, 10 do
    now = milliseconds()
    pending = redis.call('XPENDING', stream, group, '-', '+', count)
    if milliseconds() == now then break end
  end
  for _, entry in ipairs(pending) do entry[3] = now - entry[3] end
  return pending
end

for _, stream in ipairs(KEYS) do
  if redis.call('EXISTS', stream) == 1 then
    local info = named(redis.call('XINFO', 'STREAM', stream))
    local groups = {}
    for _, listed in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      local group = named(listed)
      local consumers = {}
      for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group['name'])) do
        consumers[#consumers + 1] = named(each)['name']
      end
      local pending = held(stream, group['name'], group['pending'])
      groups[#groups + 1] = {group['name'], group['last-delivered-id'], group['entries-read'] or '', consumers, pending}
    end
    streams[#streams + 1] = {stream, info['last-generated-id'], info['entries-added'], info['length'], groups}
  end
end
return streams
