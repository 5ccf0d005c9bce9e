-- Append what a running job wrote to its output stream, and wake who listens to it.
-- KEYS: output stream. ARGV: channel, job id, ttl ms; for each entry: id, field, value.
-- Returns how many subscriptions were told.
for i = 4, #ARGV, 3 do
  local answer = redis.pcall('XADD', KEYS[1], ARGV[i], ARGV[i + 1], ARGV[i + 2])
  -- Ids grow with the attempt and its bytes. A smaller one is what was written before, when only the answer got lost,
  -- or comes from an executor that no longer holds the job.
  if type(answer) == 'table' and answer.err and not string.find(answer.err, 'equal or smaller', 1, true) then
    return answer
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('PUBLISH', ARGV[1], ARGV[2])
