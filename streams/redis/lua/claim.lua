-- Claim up to `want` submissions over several lanes, in the order of KEYS; what was handed back comes first.
-- KEYS: submissions streams. ARGV: group, consumer, consumer of handed-back entries, want.
-- Returns {stream index, entry id, {field, value, ...}} for each.
local group, consumer, returned, want = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local claimed = {}

local function take(index, entries)
  for _, entry in ipairs(entries) do
    if entry then claimed[#claimed + 1] = {index, entry[1], entry[2]} end
  end
end

for index, stream in ipairs(KEYS) do
  if #claimed >= want then break end
  local handed_back = redis.pcall('XPENDING', stream, group, '-', '+', want - #claimed, returned)
  if handed_back.err then
    -- From 0, not from the end: a group that is made late, or again after a flush, must miss nothing.
    redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
    handed_back = {}
  end
  for _, pending in ipairs(handed_back) do
    take(index, redis.call('XCLAIM', stream, group, consumer, 0, pending[1]))
  end
  if #claimed < want then
    local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', want - #claimed, 'STREAMS', stream, '>')
    -- RESP2 conversion: {{stream, entries}} or false.
    if fresh then take(index, fresh[1][2]) end
  end
end
return claimed
