-- Give entries that the consumer holds to the consumer from which every claim takes first.
-- KEYS: a stream. ARGV: group, consumer, consumer of handed-back entries, entry ids.
local group, consumer, returned = ARGV[1], ARGV[2], ARGV[3]
for i = 4, #ARGV do
  if holder(KEYS[1], group, ARGV[i]) == consumer then
    redis.call('XCLAIM', KEYS[1], group, returned, 0, ARGV[i], 'JUSTID')
  end
end
return #ARGV - 3
