-- All of a partition that is not an entry of a stream, as of one moment: how far its streams are, its groups, their
-- consumers and what these hold. Read-only. KEYS: streams.
-- Returns {ms now, {{stream, last id, entries added, length, {{group, last delivered, entries read, {consumer, ...},
-- {{id, consumer, idle ms, deliveries}, ...}}, ...}}, ...}}. A number that Redis does not know is ''.
local now = redis.call('TIME')
local streams = {}
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
      local pending = {}
      if group['pending'] > 0 then
        pending = redis.call('XPENDING', stream, group['name'], '-', '+', group['pending'])
      end
      groups[#groups + 1] = {group['name'], group['last-delivered-id'], group['entries-read'] or '', consumers, pending}
    end
    streams[#streams + 1] = {stream, info['last-generated-id'], info['entries-added'], info['length'], groups}
  end
end
return {string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000)), streams}
