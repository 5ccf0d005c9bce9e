-- Make right what Redis counts of groups: how many entries each has read, from which it tells how many wait ('lag'). After
-- a restart it does not know, and a replica that took over counts too few: neither the append-only file nor replication
-- says it. KEYS: streams. ARGV: how many entries to look at in one go. Returns how many counts were made right.
local page, mended = ARGV[1], 0

local function waiting_after(stream, id)
  local count, from = 0, '(' .. id
  while true do
    local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', page)
    count = count + #entries
    if #entries < tonumber(page) then return count end
    from = '(' .. entries[#entries][1]
  end
end

local function mend(stream, group)
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  local read_all = not last or rank(last[1]) <= rank(group['last-delivered-id'])
  if group['lag'] and not read_all then return end  -- right, or not to be told until all is read
  local waiting = read_all and 0 or waiting_after(stream, group['last-delivered-id'])
  local added = named(redis.call('XINFO', 'STREAM', stream))['entries-added']
  local id = group['last-delivered-id']
  redis.call('XGROUP', 'SETID', stream, group['name'], id, 'ENTRIESREAD', string.format('%.0f', added - waiting))
  mended = mended + 1
end

for _, stream in ipairs(KEYS) do
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  for _, listed in ipairs(groups.err and {} or groups) do
    local group = named(listed)
    if group['lag'] ~= 0 then mend(stream, group) end
  end
end
return mended
