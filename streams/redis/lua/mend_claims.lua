-- Let claims count from now that were made in the future, as far as this server can tell: its clock went back, and until
-- it is there again nobody would find them overdue. Redis says of such a claim that it was renewed just now, which is
-- what this makes true. That of a live consumer, renewed in this very millisecond, is renewed again, which does no harm.
-- KEYS: streams. ARGV: how many to look at in one go, groups. Returns how many claims were mended.
local page, mended = ARGV[1], 0

local function mend(stream, group)
  local from = '-'
  while true do
    local pending = redis.pcall('XPENDING', stream, group, from, '+', page)
    if pending.err or #pending == 0 then return end  -- no such stream or group, or no more
    for _, claim in ipairs(pending) do
      if claim[3] <= 0 then
        redis.call('XCLAIM', stream, group, claim[2], 0, claim[1], 'JUSTID')
        mended = mended + 1
      end
    end
    from = '(' .. pending[#pending][1]
  end
end

for _, stream in ipairs(KEYS) do
  for i = 2, #ARGV do mend(stream, ARGV[i]) end
end
return mended
