-- Restart the idle time of the entries that the consumer still holds. Returns those that it does not.
-- KEYS: a stream. ARGV: group, consumer, entry ids.
local group, consumer, gone = ARGV[1], ARGV[2], {}
for i = 3, #ARGV do
  if holder(KEYS[1], group, ARGV[i]) == consumer then
    redis.call('XCLAIM', KEYS[1], group, consumer, 0, ARGV[i], 'JUSTID')
  else
    gone[#gone + 1] = ARGV[i]
  end
end
return gone
