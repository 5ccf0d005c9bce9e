-- Forget the dead letters that are too old, and the oldest of what is too much; how many.
-- KEYS: dead letters. ARGV: first position to keep, as ms; bytes to keep at most.
-- A field ends with the position of the entry that was given up, so that no letter needs to be read to know its age; one
-- that does not, which only a hand or an import could have put there, counts as the oldest.
local letters = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  letters[#letters + 1] = {field, rank(string.match(field, '%d+%-%d+$') or '0-0')}
end
table.sort(letters, function(one, other) return one[2] > other[2] end)
local oldest, left, dropped = rank(ARGV[1] .. '-0'), tonumber(ARGV[2]), 0
for _, letter in ipairs(letters) do
  left = left - redis.call('HSTRLEN', KEYS[1], letter[1])
  if left < 0 or letter[2] < oldest then dropped = dropped + redis.call('HDEL', KEYS[1], letter[1]) end
end
return dropped
