-- A job that no projection has reached: its submission, if the stream has it and the projector has not acknowledged it.
-- KEYS: job hash, submissions stream. ARGV: projector's group, entry id, fields of the hash.
-- Returns {values of the fields, the entry's fields or nothing}.
local group, id = ARGV[1], ARGV[2]
local values = redis.call('HMGET', KEYS[1], unpack(ARGV, 3))
if values[1] then return {values} end
local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
if not entry then return {values} end
local pending = redis.pcall('XPENDING', KEYS[2], group, id, id, 1)
if pending.err or pending[1] then return {values, entry[2]} end  -- no group yet, or read and not acknowledged
-- Not pending: either not delivered yet, which a read from the group's own position tells, or acknowledged.
for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[2])) do
  local fields = named(info)
  if fields['name'] == group then
    if rank(fields['last-delivered-id']) < rank(id) then return {values, entry[2]} end
  end
end
return {values}
