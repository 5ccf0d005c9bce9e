-- Remove a consumer that holds nothing and was not heard of for a while: checked and done in one step.
-- KEYS: a stream. ARGV: group, consumer, idle ms.
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local fields = named(info)
  if fields['name'] == ARGV[2] and fields['pending'] == 0 and fields['idle'] >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    return 1
  end
end
return 0
