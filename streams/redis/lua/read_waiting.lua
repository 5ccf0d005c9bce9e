-- A job that its hash does not tell of: its submission, if the stream has it and one of two groups has not acknowledged
-- it, the projector's, which has not come to it, or the executors', where it may wait longer than hashes are kept.
-- KEYS: job hash, submissions stream. ARGV: the two groups, entry id, fields of the hash.
-- Returns {values of the fields, the entry's fields or nothing}.
local id = ARGV[3]
local values = redis.call('HMGET', KEYS[1], unpack(ARGV, 4))
if values[1] then return {values} end
local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
if not entry then return {values} end

local function waits(group)
  local pending = redis.pcall('XPENDING', KEYS[2], group, id, id, 1)
  if pending.err or pending[1] then return true end  -- no group yet, or read and not acknowledged
  -- Not pending: either not delivered yet, which a read from the group's own position tells, or acknowledged.
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[2])) do
    local fields = named(info)
    if fields['name'] == group then return rank(fields['last-delivered-id']) < rank(id) end
  end
end

if waits(ARGV[1]) or waits(ARGV[2]) then return {values, entry[2]} end
return {values}
