-- Make a group that reads from the beginning, unless it is there. A script, so that it is made even at `maxmemory`.
-- KEYS: a stream. ARGV: group.
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if not made.err then return 1 end
if string.find(made.err, 'BUSYGROUP', 1, true) then return 0 end
return made
